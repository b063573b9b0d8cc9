import Validation

/// `validate`: what the product is measured on, and the bounds it must keep.
package struct ValidationSpec: Sendable, Equatable {
  /// A text to compare both models on.
  package struct Text: Sendable, Equatable {
    package let corpora: [CorpusSpec]
    package let budget: TokenBudget
  }

  /// Nil when only gates that need no text are asked for.
  package let text: Text?
  package let gates: [Gate]

  init?(reading options: inout MappingReader, isCalibrated: Bool) {
    let hasText = options.keys.contains("corpus") || options.keys.contains("corpora")
    let corpora = CorpusSpec.list(from: &options)
    if hasText {
      let budget = TokenBudget(reading: &options, sequences: Defaults.validationSequences)
      text = corpora.map { Text(corpora: $0, budget: budget) }
    } else {
      text = nil
      for key in ["tokens", "context"] where options.optional(key, .integer(in: .atLeast(1))) != nil {
        options.report(at: key, "found \(key) without corpus, expected a text to take tokens from")
      }
    }
    options.refuse("tasks", "found tasks, expected none: this version does not measure tasks yet")
    gates = options.value("gates", Gate.list(.init(text: hasText, calibration: isCalibrated)), default: [])
    if !hasText, !options.keys.contains("gates") {
      options.report("found neither corpus nor gates, expected at least one of them")
    }
  }
}
