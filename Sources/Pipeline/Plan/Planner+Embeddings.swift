import Models
import Validation

/// What can be asked of models that make embeddings, and of no others.
extension Planner {
  /// Refuses what cannot be measured on this model, and says what can.
  mutating func checkMeasures(_ shape: DecoderShape) {
    let isEncoder = shape.choices.pooling != nil
    let embeddings = Self.names { $0.source == .embeddings }
    for gate in spec.validation?.gates ?? [] {
      let found = "found the gate '\(gate.gate.measure.rawValue)'"
      switch gate.gate.measure.source {
      case .text where isEncoder, .tasks where isEncoder:
        mistakes.append(
          spec.diagnostic(
            at: "\(gate.path)", "\(found), expected \(embeddings): this model makes embeddings and predicts no tokens"))
      case .embeddings where !isEncoder:
        mistakes.append(
          spec.diagnostic(
            at: "\(gate.path)",
            "\(found), expected one like mean_kld: this model predicts tokens and makes no embeddings"))
      default: break
      }
    }
    guard isEncoder, let validation = spec.validation else { return }
    if !validation.tasks.isEmpty {
      mistakes.append(
        spec.diagnostic(
          at: "validate.tasks", "found tasks, expected none: this model makes embeddings and answers no questions"))
    }
    if validation.text?.floor == true {
      mistakes.append(
        spec.diagnostic(
          at: "validate.floor",
          "found floor, expected none: it is a divergence of predicted tokens, and this model makes embeddings"))
    }
  }

  private static func names(_ isMeant: (Measure) -> Bool) -> String {
    let names = Measure.allCases.filter(isMeant).map(\.rawValue)
    return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
  }
}
