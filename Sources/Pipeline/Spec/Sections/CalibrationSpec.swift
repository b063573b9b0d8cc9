/// `calibrate`: a text to run through the model, or an importance matrix that somebody gathered before.
enum CalibrationSource {
  case text(CalibrationSpec)
  case importance(FileLocation)

  var text: CalibrationSpec? { if case .text(let spec) = self { spec } else { nil } }
  var importanceMatrix: FileLocation? { if case .importance(let file) = self { file } else { nil } }

  init?(reading options: inout MappingReader) {
    if options.keys.contains("imatrix") {
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

  package let corpora: [CorpusSpec]
  package let budget: TokenBudget
  /// Picks the sequences.
  package let seed: UInt64
  package let inputs: Inputs

  init?(reading options: inout MappingReader) {
    let corpora = CorpusSpec.list(from: &options)
    if !options.keys.contains("corpora"), !options.keys.contains("corpus") {
      options.report("the key 'corpora' is missing in \(options.path), expected a list of texts to calibrate with")
    }
    budget = TokenBudget(reading: &options, sequences: Defaults.calibrationSequences)
    seed = UInt64(options.value("seed", .integer(in: .atLeast(0)), default: Defaults.seed))
    inputs = options.value("inputs", .word, default: Defaults.inputs)
    guard let corpora else { return nil }
    self.corpora = corpora
  }
}
