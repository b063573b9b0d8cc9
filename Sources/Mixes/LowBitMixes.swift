import Models

extension Mixes {
  /// Mostly q2_k; q3_k for down projections and attention outputs, and at least q3_k for values.
  static let q2_k = Mix(name: "q2_k", base: "q2_k") { place, model in
    switch place.role {
    case let role where role.makesValues:
      MixRules.values(model.headsPerKeyValueHead >= 4 ? "q4_k" : "q3_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown: "q3_k"
    case .attentionOutput: MixRules.attentionOutput("q3_k", model)
    default: nil
    }
  }

  /// Nearly all q2_k.
  static let q2_k_s = Mix(name: "q2_k_s", base: "q2_k") { place, model in
    switch place.role {
    case let role where role.makesValues:
      MixRules.values(model.headsPerKeyValueHead >= 4 ? "q4_k" : "q2_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown: place.layer < model.layerCount / 8 ? "q4_k" : nil
    default: nil
    }
  }

  /// Nearly all q3_k.
  static let q3_k_s = Mix(name: "q3_k_s", base: "q3_k") { place, model in
    switch place.role {
    case let role where role.makesValues: MixRules.values("q3_k", model)
    case .attentionKey: MixRules.keys(model)
    case .attentionOutput: MixRules.attentionOutput(nil, model)
    default: nil
    }
  }

  /// Mostly q3_k; q4_k or q5_k for values, down projections and attention outputs.
  static let q3_k_m = Mix(name: "q3_k_m", base: "q3_k") { place, model in
    switch place.role {
    case let role where role.makesValues: MixRules.values(place.layer < 2 ? "q5_k" : "q4_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown: threeBitDown(place, model)
    case .attentionOutput: MixRules.attentionOutput("q4_k", model)
    default: nil
    }
  }

  private static func threeBitDown(_ place: TensorPlace, _ model: MixModel) -> String {
    if place.layer < model.layerCount / 16 { return "q5_k" }
    let more = MixModel.deservesMoreBits(place.layer, of: model.layerCount)
    return model.architecture != "falcon" || more ? "q4_k" : "q3_k"
  }

  /// Mostly q3_k; q5_k for values, down projections and attention outputs.
  static let q3_k_l = Mix(name: "q3_k_l", base: "q3_k") { place, model in
    switch place.role {
    case let role where role.makesValues: MixRules.values("q5_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown: model.architecture == "falcon" ? "q4_k" : "q5_k"
    case .attentionOutput:
      // Eight experts change nothing here, unlike in the smaller mixes.
      model.architecture == "falcon" ? "q4_k" : (model.expertCount == 8 ? nil : "q5_k")
    default: nil
    }
  }

  /// All signs.
  static let q1_0 = Mix(name: "q1_0", base: "q1_0", rule: MixRules.plain("q1_0"))

  /// All codes of two bits; embeddings get q4_k.
  static let q2_0 = Mix(name: "q2_0", base: "q2_0", rule: ternaryRule("q2_0"))

  /// All ternary in base three; embeddings get q4_k.
  static let tq1_0 = Mix(name: "tq1_0", base: "tq1_0", rule: ternaryRule("tq1_0"))

  /// All ternary in two bits; embeddings get q4_k.
  static let tq2_0 = Mix(name: "tq2_0", base: "tq2_0", rule: ternaryRule("tq2_0"))

  private static func ternaryRule(_ base: String) -> @Sendable (TensorPlace, MixModel) -> String? {
    { place, model in
      place.role == .tokenEmbedding ? "q4_k" : MixRules.plain(base)(place, model)
    }
  }
}
