import Pipeline

/// Tensors that are not as they were asked for.
enum FallbackTable {
  static func table(_ ledger: Ledger) -> Table {
    Table(
      "Fallbacks",
      summary: "Tensors with another type or solver than was asked for, or calibrated with what others saw",
      columns: ["tensor", "asked", "used", "reason"], numbers: [], narrow: .stacked,
      rows: ledger.entries.flatMap { entry in
        [
          entry.fallback.map { row(entry, entry.typeAsked, entry.typeUsed, because: $0) },
          entry.solverFallback.map { row(entry, "another solver", entry.solver ?? "none", because: $0) },
          entry.starved.map {
            row(entry, "its own tokens", $0, because: "only \(entry.expertTokens ?? 0) tokens went to this expert")
          },
        ].compactMap { $0 }
      })
  }

  private static func row(
    _ entry: LedgerEntry, _ asked: String, _ used: String, because reason: String
  ) -> [Table.Cell] {
    [
      Table.Cell(Phrase(stringLiteral: entry.tensor), .mono), Table.Cell(Phrase(stringLiteral: asked)),
      Table.Cell(Phrase(stringLiteral: used)), Table.Cell(Phrase(stringLiteral: reason), .wrap),
    ]
  }
}
