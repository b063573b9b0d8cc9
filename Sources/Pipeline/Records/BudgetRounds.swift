import Validation

/// What a run spent on a product before its gates held, or before it was given up: one round after the other, each with a larger
/// budget.
package struct BudgetRounds: Sendable, Codable, Equatable {
  /// One round: a product that was made, measured and judged.
  package struct Round: Sendable, Codable, Equatable {
    /// What could be spent, as a pipeline file says it: `4.25 bits`, and later `90107136 bytes`.
    package let budget: String
    /// Of all tensors.
    package let bytes: Int
    package let bitsPerWeight: Double
    /// Nats per token that trials foretold.
    package let foretold: Double
    /// Nats per token that were measured; nil where there is no text.
    package let measured: Double?
    /// The gates that did not hold.
    package let failed: [GateResult]
  }

  /// Why there was no further round.
  package enum Ending: String, Sendable, Codable {
    /// The gates of the product hold.
    case held
    /// What should hold them takes more than a budget may be raised to.
    case limit
    /// Every tensor has the best of its types already.
    case types
    /// A gate failed that more bits do not mend.
    case gate
    /// A gate of another product failed that no budget mends.
    case otherProduct = "other_product"
  }

  /// The bits of a weight that a budget may be raised to.
  package let untilBits: Double
  package internal(set) var rounds: [Round] = []
  package internal(set) var ending: Ending = .held
  /// What should hold the gates, by what was foretold and measured last; nil where they hold, or where no choice of types should.
  package internal(set) var needed: Needed?

  /// A budget that a run did not spend.
  package struct Needed: Sendable, Codable, Equatable {
    package let bytes: Int
    package let bitsPerWeight: Double
  }

  /// Whether the budget of the file was not enough.
  package var raised: Bool { rounds.count > 1 }
}

extension BudgetRounds: CustomStringConvertible {
  /// What happened, in one line.
  package var description: String {
    guard let first = rounds.first, let last = rounds.last else { return "no round" }
    let bits = BudgetText.bits(last.bitsPerWeight)
    let figures = rounds.map { round in
      "\(BudgetText.nats(round.measured)) at \(BudgetText.bits(round.bitsPerWeight)) (foretold \(BudgetText.nats(round.foretold)))"
    }.joined(separator: ", then ")
    let start =
      raised
      ? "the budget of \(first.budget) was raised to \(last.budget), \(bits): mean KLD \(figures)"
      : "the budget of \(first.budget) was not raised: mean KLD \(figures)"
    guard let reason else { return start }
    return "\(start); \(reason)"
  }

  private var reason: String? {
    switch ending {
    case .held: return nil
    case .limit:
      let limit = "until_bits allows \(untilBits)"
      guard let needed else { return "\(limit), and no choice of the budget's types should hold the gates" }
      return
        "\(limit), and the gates should hold at \(BudgetText.bits(needed.bitsPerWeight)): a budget of \(needed.bytes) bytes"
    case .types: return "every tensor has the best of its types: the gates need a type of more bits in `from`"
    case .gate: return "a gate failed that more bits do not mend"
    case .otherProduct: return "a gate of another product failed that no budget mends"
    }
  }
}

/// Figures of budgets as people read them.
enum BudgetText {
  /// Such as `4.258 bits`.
  static func bits(_ bits: Double) -> String { "\((1000 * bits).rounded() / 1000) bits" }

  /// To three significant digits.
  static func nats(_ nats: Double?) -> String {
    guard let nats else { return "not measured" }
    guard nats.isFinite, nats > 0 else { return "\(nats)" }
    var unit = 1.0
    while nats * unit < 100 { unit *= 10 }
    return "\((nats * unit).rounded() / unit)"
  }
}
