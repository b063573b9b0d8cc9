import Validation

/// What the comparison on text says: all corpora together, then each by itself.
enum QualityTable {
  /// - Parameter place: that of the measurements.
  /// - Returns: nil where no text was compared.
  static func table(_ measurements: Measurements, at place: String) -> Table? {
    guard let all = measurements.text else { return nil }
    var columns = [Column(heading: "measured", text: all, place: "\(place).text")]
    if measurements.corpora.count > 1 {
      columns = [Column(heading: "all corpora", text: all, place: "\(place).text")]
      columns += measurements.corpora.enumerated().map {
        Column(heading: $1.name, text: $1, place: "\(place).corpora.\($0)")
      }
    }
    var rows = [
      [Table.Cell("tokens scored")]
        + columns.map { Table.Cell(Figure($0.text.scoredTokens, at: "\($0.place).scoredTokens")) },
      [Table.Cell("perplexity of the original")]
        + columns.map {
          EstimatePhrase($0.text.originalPerplexity, MeasureText(.perplexity), at: "\($0.place).originalPerplexity")
            .cell
        },
    ]
    for measure in Measure.allCases where all.figures[measure] != nil {
      rows.append([Table.Cell(Phrase(stringLiteral: label(measure)))] + columns.map { $0.cell(measure) })
    }
    if all.floor != nil {
      rows.append([Table.Cell("mean KL divergence of the original in F16, nats")] + columns.map(\.floor))
    }
    return Table(
      "Against the original", columns: ["with the 95 % interval over sequences"] + columns.map(\.heading),
      numbers: Set(1...columns.count), narrow: .stacked, rows: rows)
  }

  private static func label(_ measure: Measure) -> String {
    measure == .perplexity ? "perplexity of the product" : MeasureText(measure).label
  }

  private struct Column {
    let heading: String
    let text: TextMeasurements
    let place: String

    func cell(_ measure: Measure) -> Table.Cell {
      guard let estimate = text.figures[measure] else { return Table.Cell(nil) }
      return EstimatePhrase(estimate, MeasureText(measure), at: "\(place).figures.\(measure.rawValue)").cell
    }

    var floor: Table.Cell {
      guard let estimate = text.floor else { return Table.Cell(nil) }
      return EstimatePhrase(estimate, MeasureText(.meanKLD), at: "\(place).floor").cell
    }
  }
}
