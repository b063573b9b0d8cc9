import Pipeline

/// Every tensor as the ledger has it.
enum TensorTable {
  /// - Parameter place: that of the ledger.
  static func table(_ ledger: Ledger, at place: String) -> Table {
    Table(
      "Tensors", summary: "All \(NumberText.grouped(ledger.entries.count)) tensors",
      columns: [
        "tensor", "shape", "type", "solver", "tokens", "damping", "error of rounding", "error", "error beside the aim",
        "bytes",
        "time",
      ],
      numbers: [1, 4, 5, 6, 7, 8, 9, 10],
      rows: ledger.entries.enumerated().map { row($1, at: "\(place).entries.\($0)") })
  }

  private static func row(_ entry: LedgerEntry, at place: String) -> [Table.Cell] {
    [
      Table.Cell(Phrase(stringLiteral: entry.tensor), .mono),
      Table.Cell(
        "\(Figure(entry.rows, at: "\(place).rows")) × \(Figure(entry.columns, at: "\(place).columns"))", .number),
      Table.Cell(
        Phrase(stringLiteral: entry.typeUsed),
        below: entry.fallback == nil ? nil : Phrase(stringLiteral: "instead of \(entry.typeAsked)")),
      Table.Cell(Phrase(stringLiteral: entry.solver ?? "–")),
      Table.Cell(entry.solver == nil ? nil : Figure(entry.tokens, at: "\(place).tokens")),
      Table.Cell(damping(entry, at: place)),
      Table.Cell(entry.roundingError.map { Figure($0, at: "\(place).roundingError") }),
      Table.Cell(entry.error.map { Figure($0, at: "\(place).error") }),
      Table.Cell(entry.targetError.map { Figure($0, at: "\(place).targetError") }),
      Table.Cell(Figure(entry.bytes, at: "\(place).bytes")),
      Table.Cell(Figure(entry.seconds, at: "\(place).seconds", NumberText.duration)),
    ]
  }

  private static func damping(_ entry: LedgerEntry, at place: String) -> Figure? {
    entry.dampingUsed.map { Figure($0, at: "\(place).dampingUsed") }
  }
}
