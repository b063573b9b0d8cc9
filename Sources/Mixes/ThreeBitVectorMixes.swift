import Models

extension Mixes {
  /// Mostly iq3_xxs; iq2_s for queries and keys, iq3_s for attention outputs and the token embedding.
  static let iq3_xxs = Mix(name: "iq3_xxs", base: "iq3_xxs", output: "q5_k") { place, model in
    switch place.role {
    case .tokenEmbedding: "iq3_s"
    case let role where role.makesValues:
      MixRules.values(
        model.headsPerKeyValueHead >= 4 ? "q4_k" : model.guidance == .none ? "iq3_s" : "iq3_xxs", model)
    case .attentionKey: MixRules.keys(model) ?? "iq2_s"
    case .attentionQuery: "iq2_s"
    case let role where role.isDown:
      model.guidance == .none ? (place.layer < model.layerCount / 8 ? "q4_k" : "q3_k") : nil
    case .attentionOutput: MixRules.attentionOutput("iq3_s", model)
    default: nil
    }
  }

  /// Half iq3_s, half iq3_xxs: queries, keys, and in the middle three quarters of the layers gates and up projections.
  static let iq3_xs = Mix(name: "iq3_xs", base: "iq3_s") { place, model in
    switch place.role {
    case let role where role.makesValues: threeBitValues(model)
    case .attentionKey: MixRules.keys(model) ?? "iq3_xxs"
    case .attentionQuery: "iq3_xxs"
    case .attentionOutput: MixRules.attentionOutput(nil, model)
    case let role where role.isGate || role.isUp:
      model.layerCount / 8..<7 * model.layerCount / 8 ~= place.layer ? "iq3_xxs" : nil
    default: nil
    }
  }

  /// Nearly all iq3_s.
  static let iq3_s = Mix(name: "iq3_s", base: "iq3_s") { place, model in
    switch place.role {
    case let role where role.makesValues: threeBitValues(model)
    case .attentionKey: MixRules.keys(model)
    case .attentionOutput: MixRules.attentionOutput(nil, model)
    default: nil
    }
  }

  private static func threeBitValues(_ model: MixModel) -> String {
    MixRules.values(model.headsPerKeyValueHead >= 4 ? "q4_k" : "iq3_s", model)
  }

  /// Mostly iq3_s; q4_k for values, attention outputs and the first down projections.
  static let iq3_m = Mix(name: "iq3_m", base: "iq3_s") { place, model in
    switch place.role {
    case let role where role.makesValues: MixRules.values("q4_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown:
      place.layer < model.layerCount / 8
        || (model.expertCount == 8 && MixModel.deservesMoreBits(place.layer, of: model.layerCount)) ? "q4_k" : nil
    case .attentionOutput: MixRules.attentionOutput("q4_k", model)
    default: nil
    }
  }
}
