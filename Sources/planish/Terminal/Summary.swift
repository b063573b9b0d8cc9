import Foundation
import Pipeline
import Validation

/// The outcome of a run as a person reads it.
enum Summary {
  static func text(_ outcome: Outcome) -> String {
    var lines: [String] = []
    for product in outcome.products {
      lines.append(headline(product, outcome))
      if let date = product.earlierProduct {
        lines.append("  an older product, of \(date), still stands there; this run did not touch it")
      }
      lines.append(
        "  \(outcome.original.bytes.asBytes) → \(product.bytes.asBytes), "
          + "\(product.bytes.compared(to: outcome.original.bytes)); \(product.bytes.grouped) bytes, "
          + String(format: "%.2f bits", product.bitsPerWeight))
      if let measurements = product.measurements { lines += quality(measurements) }
      if !product.gates.isEmpty { lines.append(gates(product.gates)) }
      if let rounds = product.rounds, rounds.raised || !product.holds { lines.append("  \(rounds)") }
      if let kept = product.keptAt { lines.append("  kept for study at \(kept)") }
    }
    lines.append("in \(outcome.seconds.asDuration) on \(outcome.workers) threads (\(outcome.blasCore))")
    return lines.joined(separator: "\n")
  }

  private static func headline(_ product: ProductOutcome, _ outcome: Outcome) -> String {
    if outcome.isPublished { return "published \(product.path)" }
    let reason =
      product.holds
      ? "its gates hold, but another product's do not: all are published, or none" : "a gate does not hold"
    return "REFUSED \(product.path): \(reason)"
  }

  /// All products of several, smallest first, within 80 columns; nil for a single one.
  static func table(_ outcomes: [Outcome]) -> String? {
    let products = outcomes.flatMap { outcome in outcome.products.map { (outcome, $0) } }
    guard products.count > 1 else { return nil }
    var table = TextTable(columns: [.left, .right, .right, .right, .right, .right, .left])
    table.add("product", "size", "smaller", "bits", "mean KLD", "same top", "")
    for (outcome, product) in products.sorted(by: { $0.1.bytes < $1.1.bytes }) {
      func figure(_ measure: Measure, _ format: (Double) -> String) -> String {
        product.measurements?[measure, in: .all].map { format($0.value) } ?? "—"
      }
      let state =
        outcome.isPublished ? (product.gates.isEmpty ? "no gate" : "holds") : product.holds ? "unpublished" : "FAILS"
      table.add(
        shortened(URL(filePath: product.path).lastPathComponent, to: 24), product.bytes.asBytes,
        String(format: "%.1f ×", Double(outcome.original.bytes) / Double(max(1, product.bytes))),
        String(format: "%.2f", product.bitsPerWeight), figure(.meanKLD) { number($0, digits: 3) },
        figure(.top1Agreement) { String(format: "%.1f %%", 100 * $0) }, state)
    }
    return table.text
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
