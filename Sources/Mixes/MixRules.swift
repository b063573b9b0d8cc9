import Models

/// What several mixes do alike.
enum MixRules {
  /// The format of a value matrix after a mix has chosen `format` for it: small ones, beside large rests of models, are
  /// worth more.
  static func values(_ format: String, _ model: MixModel) -> String {
    if model.expertCount == 8 { return "q8_0" }
    return model.isSeventyBillion && ["q3_k", "q4_k"].contains(format) ? "q5_k" : format
  }

  /// The format of a key matrix: q8_0 beside eight experts, where it is small.
  static func keys(_ model: MixModel) -> String? {
    model.expertCount == 8 ? "q8_0" : nil
  }

  /// The format of an attention output: `format`, or q5_k beside eight experts.
  static func attentionOutput(_ format: String?, _ model: MixModel) -> String? {
    if model.architecture == "falcon" { return nil }
    return model.expertCount == 8 ? "q5_k" : format
  }

  /// What a mix without rules of its own does: only the base, and more for values and keys beside eight experts.
  static func plain(_ base: String) -> @Sendable (TensorPlace, MixModel) -> String? {
    { place, model in
      switch place.role {
      case let role where role.makesValues: values(base, model)
      case .attentionKey: keys(model)
      default: nil
      }
    }
  }
}
