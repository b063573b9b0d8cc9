import Models

extension Mixes {
  /// Mostly iq1_s; iq2_xxs for attention outputs, q2_k for values and the token embedding.
  static let iq1_s = lowest("iq1_s", base: "iq1_s", LowestParts(attentionOutput: "iq2_xxs"))

  /// Mostly iq1_m, with exceptions as in iq1_s.
  static let iq1_m = lowest("iq1_m", base: "iq1_m", LowestParts(attentionOutput: "iq2_xxs"))

  /// Mostly iq2_xxs; q2_k for values and the token embedding.
  static let iq2_xxs = lowest("iq2_xxs", base: "iq2_xxs", LowestParts())

  /// Mostly iq2_xs; q2_k for values and the token embedding.
  static let iq2_xs = lowest("iq2_xs", base: "iq2_xs", LowestParts())

  /// Mostly iq2_xs; iq3_s for values, attention outputs and the token embedding.
  static let iq2_s = lowest("iq2_s", base: "iq2_xs", LowestParts(better: "iq3_s", attentionOutput: "iq3_s"))

  /// Mostly iq2_s; iq3_s for values, attention outputs and the token embedding.
  static let iq2_m = lowest("iq2_m", base: "iq2_s", LowestParts(better: "iq3_s", attentionOutput: "iq3_s"))

  /// What matrices have that are worth more than the base.
  private struct LowestParts: Sendable {
    /// Of values, the token embedding and as many down projections as an eighth of the layers, the first ones.
    var better = "q2_k"
    var attentionOutput: String?
  }

  private static func lowest(_ name: String, base: String, _ parts: LowestParts) -> Mix {
    Mix(name: name, base: base, output: "q5_k") { place, model in
      switch place.role {
      case .tokenEmbedding: parts.better
      case let role where role.makesValues:
        model.headsPerKeyValueHead >= 4 || model.expertCount >= 4 ? "q4_k" : parts.better
      case .attentionKey: model.expertCount == 8 ? "q4_k" : nil
      case let role where role.isDown: model.place(ofDown: place) < model.layerCount / 8 ? parts.better : nil
      case .attentionOutput: model.expertCount == 8 ? "q5_k" : parts.attentionOutput
      default: nil
      }
    }
  }
}
