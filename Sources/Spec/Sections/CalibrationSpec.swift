/// `calibrate`: a text to run through the model, or an importance matrix that somebody gathered before.
enum CalibrationSource {
  case text(CalibrationSpec)
  case importance(FileLocation)

  var text: CalibrationSpec? { if case .text(let spec) = self { spec } else { nil } }
  var importanceMatrix: FileLocation? { if case .importance(let file) = self { file } else { nil } }

  init?(reading options: inout MappingReader) {
    if options.gives("imatrix") {
      guard let file = options.required("imatrix", .input) else { return nil }
      self = .importance(file)
    } else {
      guard let spec = CalibrationSpec(reading: &options) else { return nil }
      self = .text(spec)
    }
  }
}

/// The text of `calibrate`, whose activations tell which weights matter.
package struct CalibrationSpec: Sendable, Equatable {
  /// What later blocks see while they are calibrated.
  package enum Inputs: String, CaseIterable, Sendable {
    /// The output of the blocks before as quantized, so that each block makes up for the errors so far.
    case quantized
    /// The output of the blocks before as they were.
    case original
  }

  /// What experts are calibrated with that too few tokens go to.
  package enum Starved: String, CaseIterable, Sendable, Codable {
    /// All tokens are sent through them.
    case allTokens = "all_tokens"
    /// What all experts of the layer saw together.
    case shared
  }

  /// `experts`: of models that have some.
  package struct Experts: Sendable, Equatable {
    /// An expert that fewer tokens go to is starved.
    package let minimumTokens: Int
    package let starved: Starved

    /// What applies where a file says nothing.
    package static let usual = Experts(minimumTokens: Defaults.expertTokens, starved: Defaults.starved)
  }

  /// `gradients`: of what the model predicts.
  package struct Gradients: Sendable, Equatable {
    /// What is drawn from predictions at each token.
    package enum Draw: String, CaseIterable, Sendable {
      /// The token that comes next.
      case labels
      /// A sign for each token of the vocabulary.
      case signs
    }

    /// Of the text, for the way forward and back.
    package let tokens: Int
    package let draw: Draw
  }

  package let corpora: [CorpusSpec]
  package let budget: TokenBudget
  /// Picks the sequences.
  package let seed: UInt64
  package let inputs: Inputs
  /// Whether what is calibrated for the product of most bits serves all others.
  package let share: Bool
  /// nil where the file says nothing of experts.
  package let experts: Experts?
  /// nil where every matrix is solved for its own outputs.
  package let gradients: Gradients?

  init?(reading options: inout MappingReader) {
    let corpora = CorpusSpec.list(from: &options)
    options.require(
      oneOf: ["corpora", "corpus"],
      "the key 'corpora' is missing in \(options.path), expected a list of texts to calibrate with")
    budget = TokenBudget(reading: &options, sequences: Defaults.calibrationSequences)
    seed = UInt64(options.value("seed", .integer(in: .atLeast(0)), default: Defaults.seed))
    inputs = options.value("inputs", .word, default: Defaults.inputs)
    share = options.value("share", .truth, default: Defaults.sharesCalibration)
    experts = options.optional("experts", .mapping { Experts(reading: &$0) })
    gradients = options.optional("gradients", .mapping { Gradients(reading: &$0) })
    guard let corpora else { return nil }
    self.corpora = corpora
  }
}

extension CalibrationSpec.Experts {
  fileprivate init?(reading options: inout MappingReader) {
    minimumTokens = options.value("min_tokens", .integer(in: .atLeast(0)), default: Defaults.expertTokens)
    starved = options.value("starved", .word, default: Defaults.starved)
  }
}

extension CalibrationSpec.Gradients {
  fileprivate init?(reading options: inout MappingReader) {
    tokens = options.value("tokens", .integer(in: .from(1, to: Limits.tokens)), default: Defaults.gradientTokens)
    draw = options.value("draw", .word, default: Defaults.gradientDraw)
  }
}
