import Validation

/// What the comparison of embeddings says: all corpora together, then each by itself.
enum EmbeddingTable {
  /// - Parameter place: that of the measurements.
  /// - Returns: nil where no embeddings were compared.
  static func table(_ measurements: Measurements, at place: String) -> Table? {
    guard let embeddings = measurements.embeddings else { return nil }
    var columns = [(part: embeddings.all, place: "\(place).embeddings.all")]
    if embeddings.corpora.count > 1 {
      columns += embeddings.corpora.enumerated().map { ($1, "\(place).embeddings.corpora.\($0)") }
    }
    var rows = [
      [Table.Cell("texts")] + columns.map { Table.Cell(Figure($0.part.texts, at: "\($0.place).texts")) },
      [Table.Cell("tokens")] + columns.map { Table.Cell(Figure($0.part.tokens, at: "\($0.place).tokens")) },
    ]
    for measure in Measure.allCases where embeddings.all.figures[measure] != nil {
      rows.append(
        [Table.Cell(Phrase(stringLiteral: MeasureText(measure).label))]
          + columns.map { column in
            guard let estimate = column.part.figures[measure] else { return Table.Cell(nil) }
            let inside = "\(column.place).figures.\(measure.rawValue)"
            return EstimatePhrase(estimate, MeasureText(measure), at: inside).cell
          })
    }
    let headings = columns.count == 1 ? ["measured"] : ["all corpora"] + embeddings.corpora.map(\.name)
    return Table(
      "Embeddings against the original", columns: ["with the 95 % interval over texts"] + headings,
      numbers: Set(1...columns.count), narrow: .stacked, rows: rows)
  }
}
