import Foundation
import Pipeline
import Validation

/// The outcome of a run as a person reads it.
enum Summary {
  static func text(_ outcome: Outcome) -> String {
    var lines: [String] = []
    for product in outcome.products {
      lines.append(outcome.isPublished ? "published \(product.path)" : "REFUSED \(product.path): a gate does not hold")
      let bits = String(format: "%.2f", product.bitsPerWeight)
      lines.append(
        "  \(product.bytes.grouped) bytes, \(bits) bits per weight, \(outcome.ledger.entries.count) tensors, "
          + "\(outcome.ledger.fallbacks) fallbacks")
      if let measurements = product.measurements {
        lines.append(
          "  measured on \(measurements.scoredTokens.grouped) of \(outcome.validationTokens.grouped) tokens:")
        lines += quality(measurements)
      }
      if !product.gates.isEmpty { lines.append(gates(product.gates)) }
    }
    lines.append("in \(outcome.seconds.asDuration) on \(outcome.workers) threads (\(outcome.blasCore))")
    return lines.joined(separator: "\n")
  }

  /// The figures of a comparison, one a line.
  static func quality(_ measurements: Measurements) -> [String] {
    var table = TextTable(columns: [.left, .left])
    table.add("  perplexity", text(measurements.perplexity))
    table.add("  of the original", text(measurements.referencePerplexity))
    table.add("  ratio", text(measurements.perplexityRatio))
    table.add("  mean KL divergence", text(measurements.meanDivergence))
    table.add(
      "  median, 90 %, 99 %, most",
      [
        measurements.medianDivergence, measurements.divergence90, measurements.divergence99,
        measurements.maximumDivergence,
      ].map { number($0) }.joined(separator: ", "))
    table.add("  same top token", text(measurements.topAgreement))
    return [table.text]
  }

  /// Measured, wanted and margin for each gate.
  static func gates(_ results: [GateResult]) -> String {
    var table = TextTable(columns: [.left, .right, .left, .right, .left])
    table.add("  gate", "measured", "wanted", "margin")
    for result in results {
      let measured = result.measured ?? .nan
      let limits = [
        result.gate.minimum.map { ("≥ \(number($0))", measured - $0) },
        result.gate.maximum.map { ("≤ \(number($0))", $0 - measured) },
      ].compactMap { $0 }
      table.add(
        "  \(result.gate.measure.rawValue)", number(measured), limits.map { $0.0 }.joined(separator: ", "),
        number(limits.map { $0.1 }.min() ?? .nan), result.holds ? "holds" : "FAILS")
    }
    return table.text
  }

  /// An estimate with its standard error.
  static func text(_ estimate: Estimate) -> String {
    "\(number(estimate.value)) ± \(number(estimate.standardError, digits: 2))"
  }

  /// A figure to a few significant digits, without an exponent where that is readable.
  static func number(_ value: Double, digits: Int = 5) -> String {
    guard value.isFinite else { return "\(value)" }
    if value == value.rounded(), abs(value) < 1e15 { return Int(value).grouped }
    let magnitude = Int(floor(log10(abs(value))))
    guard magnitude > -7 else { return String(format: "%.\(digits - 1)e", value) }
    return String(format: "%.\(max(0, digits - 1 - magnitude))f", value)
  }
}
