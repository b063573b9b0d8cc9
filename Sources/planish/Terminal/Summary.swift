import Foundation
import Pipeline
import Validation

/// The outcome of a run as a person reads it.
enum Summary {
  static func text(_ outcome: Outcome) -> String {
    var lines: [String] = []
    for product in outcome.products {
      lines.append(outcome.isPublished ? "published \(product.path)" : "REFUSED \(product.path): a gate does not hold")
      if let date = product.earlierProduct {
        lines.append("  an older product, of \(date), still stands there; this run did not touch it")
      }
      let ledger = product.ledger ?? outcome.ledger
      let bits = String(format: "%.2f", product.bitsPerWeight)
      lines.append(
        "  \(product.bytes.grouped) bytes, \(bits) bits per weight, \(ledger.entries.count) tensors, "
          + "\(ledger.fallbacks) fallbacks")
      if let measurements = product.measurements { lines += quality(measurements) }
      if !product.gates.isEmpty { lines.append(gates(product.gates)) }
      if let kept = product.keptAt { lines.append("  kept for study at \(kept)") }
    }
    lines.append("in \(outcome.seconds.asDuration) on \(outcome.workers) threads (\(outcome.blasCore))")
    return lines.joined(separator: "\n")
  }

  /// An estimate with its standard error.
  static func text(_ estimate: Estimate) -> String {
    guard let error = estimate.standardError else { return number(estimate.value) }
    return "\(number(estimate.value)) ± \(number(error, digits: 2))"
  }

  /// A figure to a few significant digits, without an exponent where that is readable.
  static func number(_ value: Double, digits: Int = 5) -> String {
    guard value.isFinite else { return value.isNaN ? "not a number" : "\(value)" }
    if value == value.rounded(), abs(value) < 1e15 { return Int(value).grouped }
    let magnitude = Int(floor(log10(abs(value))))
    guard magnitude > -7 else { return String(format: "%.\(digits - 1)e", value) }
    return String(format: "%.\(max(0, digits - 1 - magnitude))f", value)
  }
}
