import Models

extension Mixes {
  /// Mostly q4_k; the first layers' values and down projections get q5_k.
  static let q4_k_s = Mix(name: "q4_k_s", base: "q4_k") { place, model in
    switch place.role {
    case let role where role.makesValues: MixRules.values(place.layer < 4 ? "q5_k" : "q4_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown:
      model.architecture != "falcon" && place.layer < model.layerCount / 8 ? "q5_k" : nil
    case .attentionOutput: MixRules.attentionOutput(nil, model)
    default: nil
    }
  }

  /// Mostly q4_k; half of the values and down projections get q6_k.
  static let q4_k_m = Mix(name: "q4_k_m", base: "q4_k") { place, model in
    switch place.role {
    case let role where role.makesValues:
      MixRules.values(MixModel.deservesMoreBits(place.layer, of: model.valueLayerCount) ? "q6_k" : "q4_k", model)
    case .attentionKey: MixRules.keys(model)
    case let role where role.isDown: fourBitDown(place, model)
    case .attentionOutput: MixRules.attentionOutput(nil, model)
    default: nil
    }
  }

  private static func fourBitDown(_ place: TensorPlace, _ model: MixModel) -> String? {
    let more = MixModel.deservesMoreBits(place.layer, of: model.layerCount)
    if model.architecture != "falcon" { return more ? "q6_k" : nil }
    if place.layer < model.layerCount / 16 { return "q6_k" }
    return more ? "q5_k" : nil
  }

  /// Mostly iq4_nl: 16 unevenly spaced levels.
  static let iq4_nl = Mix(name: "iq4_nl", base: "iq4_nl", rule: unevenRule("iq4_nl", expertOutput: "q5_k"))

  /// Mostly iq4_xs: 16 unevenly spaced levels, with nested scales.
  static let iq4_xs = Mix(name: "iq4_xs", base: "iq4_xs", rule: unevenRule("iq4_xs", expertOutput: "q5_k"))

  private static func unevenRule(_ base: String, expertOutput: String) -> @Sendable (TensorPlace, MixModel) -> String? {
    { place, model in
      switch place.role {
      case let role where role.makesValues:
        MixRules.values(model.headsPerKeyValueHead >= 4 ? "q5_k" : base, model)
      case .attentionKey: MixRules.keys(model)
      case let role where role.isDown:
        model.guidance == .none && place.layer < model.layerCount / 8 ? "q5_k" : nil
      case .attentionOutput: MixRules.attentionOutput(nil, model)
      default: nil
      }
    }
  }

  /// All q4_0; with importance, q4_1 for the first down projections, whose inputs it would fit too closely.
  static let q4_0 = Mix(name: "q4_0", base: "q4_0", rule: blockRule("q4_0", firstDown: "q4_1"))

  /// All q4_1.
  static let q4_1 = Mix(name: "q4_1", base: "q4_1", rule: MixRules.plain("q4_1"))

  /// The rule of mixes of 32-weight blocks: another format for the first eighth of down projections, with importance.
  static func blockRule(_ base: String, firstDown: String) -> @Sendable (TensorPlace, MixModel) -> String? {
    { place, model in
      if place.role.isDown {
        return model.guidance == .importance && place.layer < model.layerCount / 8 ? firstDown : nil
      }
      return MixRules.plain(base)(place, model)
    }
  }
}
