import Foundation
import Pipeline

/// The error of each matrix by block and part, as a heat map.
enum LayerErrorMap {
  /// Shades, from the least error to the most.
  static let shades = 7

  /// - Parameter place: that of the ledger.
  /// - Returns: nil where no matrix was solved with known errors.
  static func picture(_ ledger: Ledger, at place: String, id: String) -> Picture? {
    let grid = LayerGrid(ledger)
    let errors = grid.cells.compactMap(\.entry.error).filter { $0.isFinite && $0 > 0 }
    guard let least = errors.min(), let most = errors.max() else { return nil }
    let unit = Unit(of: most)
    var boxes: [Picture.Box] = []
    var labels = grid.labels
    for cell in grid.cells {
      guard let error = cell.entry.error else {
        let tip = "\(cell.entry.tensor): stored as \(cell.entry.typeUsed), without error to choose"
        boxes.append(.init(x: cell.x, y: cell.y, width: cell.width, height: cell.height, "none", tip: tip))
        continue
      }
      let shade = shade(error, least, most)
      let figure = Figure(error, at: "\(place).entries.\(cell.index).error")
      let rounding = cell.entry.roundingError.map { ", by rounding \(NumberText.significant($0))" } ?? ""
      boxes.append(
        .init(
          x: cell.x, y: cell.y, width: cell.width, height: cell.height, "heat\(shade)",
          tip: "\(cell.entry.tensor), \(cell.entry.typeUsed): \(figure.text)\(rounding)", figure))
      if let label = cell.label(unit.text(error), "on\(shade)") { labels.append(label) }
    }
    let worst = grid.cells.max { ($0.entry.error ?? 0) < ($1.entry.error ?? 0) }
    let worstName = worst.map(\.entry.tensor) ?? ""
    let legend =
      [Picture.LegendEntry(style: "", meaning: "\(unit.end(least))")]
      + (0..<shades).map { .init(style: "heat\($0)", meaning: "") }
      + [.init(style: "", meaning: "\(unit.end(most))")]
    return Picture(
      id: id, heading: "Error by block and part",
      description: """
        Relative output error of each matrix, from \(NumberText.significant(least)) to \
        \(NumberText.significant(most)); the largest is that of \(worstName).
        """,
      height: grid.height, lines: grid.lines, boxes: boxes, labels: labels, legend: legend,
      note: """
        tr(ΔHΔᵀ) / tr(WHWᵀ): the error of each matrix’s output on the calibration text, as a share of that output\(unit.sentence). \
        Shades are steps of equal ratio. The largest is that of \(worstName).
        """)
  }

  /// The shade of an error, on a scale of equal ratios.
  private static func shade(_ error: Double, _ least: Double, _ most: Double) -> Int {
    guard error > 0 else { return 0 }
    guard error.isFinite else { return shades - 1 }
    guard most > least * 1.0001 else { return shades / 2 }
    return min(shades - 1, max(0, Int(log(error / least) / log(most / least) * Double(shades))))
  }
}

/// The power of ten in which all cells of a picture are written, so that they can be compared at a glance.
private struct Unit {
  private let exponent: Int

  /// The unit in which the largest value has one digit before the point.
  init(of most: Double) {
    exponent = most >= 0.095 ? 0 : Int(floor(log10(most)))
  }

  /// A cell's value without the unit. What is too small for two decimals is no zero.
  func text(_ value: Double) -> String {
    let scaled = value / pow(10, Double(exponent))
    return scaled > 0 && scaled < 0.005 ? "<0.01" : NumberText.fixed(scaled, decimals: 2)
  }

  /// An end of the scale with the unit, so that both ends read alike.
  func end(_ value: Double) -> String {
    let scaled = value / pow(10, Double(exponent))
    return scaled < 0.001
      ? NumberText.significant(value, digits: 2) : NumberText.significant(scaled, digits: 2) + suffix
  }

  private var suffix: String { exponent == 0 ? "" : " × 10\(NumberText.superscript(exponent))" }
  var sentence: String { exponent == 0 ? "" : ", in units of 10\(NumberText.superscript(exponent))" }
}
