/// Every default of the pipeline language; what applies is echoed in the manifest.
package enum Defaults {
  /// The version of the language that this program reads.
  package static let version = 1

  /// Tokens in one sequence, for calibration and validation alike.
  package static let context = 512
  /// `calibrate.tokens` is this many contexts: 65,536 tokens at the default context.
  package static let calibrationSequences = 128
  /// `validate.tokens` is this many contexts: 32,768 tokens at the default context.
  package static let validationSequences = 64
  /// It costs another run of the original, and says nothing new where that is stored in F16.
  package static let floor = false
  /// Equal shares, unless the file says otherwise.
  package static let share = 1.0
  /// The field that holds the text of a line in a `.jsonl` file.
  package static let field = "text"
  /// Whether special tokens that texts of a corpus spell are tokens.
  package static let special = false
  package static let seed = 0
  package static let inputs = CalibrationSpec.Inputs.quantized
  /// Each product has the bytes that it would have alone.
  package static let sharesCalibration = false
  /// Tokens below which an expert is starved, and what becomes of it then.
  package static let expertTokens = 256
  package static let starved = CalibrationSpec.Starved.allTokens
  /// Tokens of the backward pass, where there is one.
  package static let gradientTokens = 16_384
  package static let gradientDraw = CalibrationSpec.Gradients.Draw.labels

  /// The solver, when there is calibration data to solve with.
  package static let solver = "gptq"
  /// The solver of a file without calibration text: there is no Hessian to do more with.
  package static let uncalibratedSolver = "rtn"
  /// A mix is what llama-quantize makes of it.
  package static let fallbackTypes = FallbackTypes.stock
}

/// What keeps a hostile or broken file from costing more than its reading is worth.
enum Limits {
  /// Bytes in a pipeline file and all that it extends.
  static let fileBytes = 1 << 20
  /// Values in these files, after every alias was followed.
  static let values = 100_000
  /// Files that extend each other, one after the other.
  static let extending = 16
  /// Files that are extended, in all.
  static let extended = 64
  /// Collections inside collections.
  static let depth = 64
  /// Uses of `*alias`; the nesting of aliases is what lets a small file name billions of values.
  static let aliases = 16
  /// Duplicate keys that are told one by one.
  static let duplicateKeys = 64
  /// Tokens of one context.
  static let context = 1 << 20
  /// Tokens of a calibration or validation.
  static let tokens = 1 << 40
}
