import Validation

/// What `eval` found.
struct EvalAnswer: Encodable {
  let model: String
  let against: String?
  /// Tokens of the texts.
  let tokens: Int
  let context: Int
  /// Texts that embeddings were made of; nil for models that predict tokens.
  let texts: Int?
  /// Of the model, over all texts; nil without text.
  let perplexity: Estimate?
  /// Nil with a reference.
  let measurements: SoloMeasurements?
  /// Nil without a reference.
  let comparison: Measurements?

  init(model: String, _ material: ValidationMaterial, _ context: Int, solo: SoloMeasurements) {
    self.model = model
    against = nil
    tokens = material.textTokens
    self.context = context
    texts = material.embedded.isEmpty ? nil : material.sequences
    perplexity = solo.perplexity
    measurements = solo
    comparison = nil
  }

  /// A model whose embeddings were written and not compared.
  init(model: String, _ material: ValidationMaterial, _ context: Int) {
    self.model = model
    against = nil
    tokens = material.textTokens
    self.context = context
    texts = material.sequences
    perplexity = nil
    measurements = nil
    comparison = nil
  }

  init(
    model: String, _ material: ValidationMaterial, _ context: Int, against: String, comparison: Measurements
  ) {
    self.model = model
    self.against = against
    tokens = material.textTokens
    self.context = context
    texts = material.embedded.isEmpty ? nil : material.sequences
    perplexity = comparison.text?.figures[.perplexity]
    measurements = nil
    self.comparison = comparison
  }

  var text: String {
    let lines = comparison.map(Summary.quality) ?? measurements.map(Summary.quality) ?? []
    let kind = texts.map { "in \($0.grouped) texts of at most \(context)" } ?? "in sequences of \(context)"
    let head = tokens > 0 ? "\(model): \(tokens.grouped) tokens \(kind)" : "\(model):"
    return ([head] + lines).joined(separator: "\n")
  }
}
