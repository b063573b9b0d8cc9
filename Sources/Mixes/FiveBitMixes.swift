import Models

extension Mixes {
  /// All q5_k.
  static let q5_k_s = Mix(name: "q5_k_s", base: "q5_k", rule: MixRules.plain("q5_k"))

  /// Mostly q5_k; half of the values and down projections get q6_k.
  static let q5_k_m = Mix(name: "q5_k_m", base: "q5_k") { place, model in
    switch place.role {
    case let role where role.makesValues:
      MixRules.values(MixModel.deservesMoreBits(place.layer, of: model.valueLayerCount) ? "q6_k" : "q5_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown:
      MixModel.deservesMoreBits(place.layer, of: model.layerCount) ? "q6_k" : nil
    default: nil
    }
  }

  /// All q5_0; with importance, q5_1 for the first down projections.
  static let q5_0 = Mix(name: "q5_0", base: "q5_0", rule: blockRule("q5_0", firstDown: "q5_1"))

  /// All q5_1.
  static let q5_1 = Mix(name: "q5_1", base: "q5_1", rule: MixRules.plain("q5_1"))

  /// All q6_k.
  static let q6_k = Mix(name: "q6_k", base: "q6_k", rule: MixRules.plain("q6_k"))

  /// All q8_0.
  static let q8_0 = Mix(name: "q8_0", base: "q8_0", rule: MixRules.plain("q8_0"))
}
