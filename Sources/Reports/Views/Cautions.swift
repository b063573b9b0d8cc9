import Pipeline
import Validation

/// What a reader should know before trusting figures or a green verdict.
enum Cautions {
  /// Bits per weight below which an original was quantized before.
  static let fewestOriginalBits = 12.0

  /// - Parameter place: that of the outcome; empty where it is the whole record.
  static func list(_ outcome: Outcome, at place: String = "") -> [Phrase] {
    original(outcome, at: place) + calibration(outcome) + measurement(outcome)
      + outcome.products.indices.flatMap { product(outcome, $0, at: place) }
  }

  private static func original(_ outcome: Outcome, at place: String) -> [Phrase] {
    guard outcome.original.bitsPerWeight < fewestOriginalBits else { return [] }
    let bits = Figure(outcome.original.bitsPerWeight, at: "\(place)original.bitsPerWeight")
    return [
      """
      The original was quantized already, to \(bits) bits per weight: both errors add up, and every figure here is \
      against that original. Start from the F16 or BF16 checkpoint if there is one.
      """
    ]
  }

  private static func calibration(_ outcome: Outcome) -> [Phrase] {
    let solvers = Set(outcome.ledgers.flatMap(\.entries).compactMap(\.solver))
    guard outcome.calibrationTokens == 0, solvers.contains("rtn") else { return [] }
    return [
      """
      Rounded to the nearest level without calibration text. With a calibration text the same bytes stay closer to the original.
      """
    ]
  }

  private static func measurement(_ outcome: Outcome) -> [Phrase] {
    guard outcome.products.allSatisfy({ $0.measurements == nil }) else { return [] }
    return [
      """
      Nothing was measured: how close the product is to its original is not known. A validation text compares them.
      """
    ]
  }

  private static func product(_ outcome: Outcome, _ index: Int, at place: String) -> [Phrase] {
    let product = outcome.products[index]
    let name = ProductView.fileName(product.path)
    var cautions: [Phrase] = []
    if product.bytes > outcome.original.bytes {
      let bytes = Figure(product.bytes, at: "\(place)products.\(index).bytes", NumberText.bytes)
      let before = Figure(outcome.original.bytes, at: "\(place)original.bytes", NumberText.bytes)
      cautions.append("\(name) is larger than its original: \(bytes) instead of \(before).")
    }
    if let rounds = product.rounds, rounds.raised || !product.holds {
      cautions.append(Phrase(stringLiteral: "\(name): \(rounds)."))
    }
    let ledger = outcome.ledger(ofProduct: index)
    if ledger.fallbacks > 0 {
      let matrices = ledger.entries.count { $0.rows > 1 }
      cautions.append(
        """
        \(name): \(NumberText.grouped(ledger.fallbacks)) of \(NumberText.grouped(matrices)) matrices have another type or \
        solver than was asked for.
        """)
    }
    return cautions
  }
}
