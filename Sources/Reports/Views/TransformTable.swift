import Pipeline
import Transforms

/// What transforms did before anything was rounded, site by site.
enum TransformTable {
  /// - Parameter place: that of the ledger.
  /// - Returns: nil where none noted anything.
  static func table(_ records: [TransformRecord], at place: String) -> Table? {
    guard !records.isEmpty else { return nil }
    return Table(
      "Transforms", summary: "What transforms did",
      columns: ["transform", "block", "site", "exponent", "error before", "error after"], numbers: [1, 3, 4, 5],
      narrow: .stacked,
      rows: records.enumerated().map { index, record in
        let place = "\(place).transforms.\(index)"
        return [
          Table.Cell(Phrase(stringLiteral: record.transform)),
          Table.Cell(Figure(record.layer, at: "\(place).layer")), Table.Cell(Phrase(stringLiteral: record.site)),
          Table.Cell(Figure(record.exponent, at: "\(place).exponent")),
          Table.Cell(Figure(record.errorBefore, at: "\(place).errorBefore")),
          Table.Cell(Figure(record.errorAfter, at: "\(place).errorAfter")),
        ]
      })
  }
}
