import Foundation
import Pipeline
import Validation

/// Every product of every run, newest first, with what changed since the run of the same product before.
enum HistoryTable {
  /// - Parameter page: the folder in which the page will stand.
  static func table(_ history: RecordHistory, in page: String) -> Table {
    let all = history.series
    var rows: [(run: Int, cells: [Table.Cell])] = []
    for series in all {
      for (index, point) in series.points.enumerated() {
        let before = index > 0 ? series.points[index - 1] : nil
        rows.append(
          (point.run, cells(history, series, named: HistoryView.name(series, among: all), point, before, page)))
      }
    }
    return Table(
      "Runs",
      columns: [
        "", "product", "when", "size", "mean KLD, nats", "since the last", "same top token", "gates held", "took",
      ],
      numbers: Set(3...8), narrow: .cards,
      rows: rows.enumerated().sorted { ($1.element.run, $0.offset) < ($0.element.run, $1.offset) }.map(\.element.cells))
  }

  private static func cells(
    _ history: RecordHistory, _ series: RecordHistory.Series, named name: String, _ point: RecordHistory.Series.Point,
    _ before: RecordHistory.Series.Point?, _ page: String
  ) -> [Table.Cell] {
    let record = history.records[point.run]
    let product = record.products[point.product]
    func cell(_ measure: Measure) -> Table.Cell {
      guard let found = HistoryFigure(record, product: point.product, measure) else { return Table.Cell(nil) }
      return Table.Cell("\(found.figure)", .number)
    }
    let held = product.gates.isEmpty ? "–" : "\(product.gates.count { $0.holds }) of \(product.gates.count)"
    let date = record.date.map { $0.replacing("T", with: " ").replacing("Z", with: "") } ?? Table.Cell.nothing
    return [
      Table.Cell(
        record.isPublished ? "published" : product.holds ? "held back" : "refused",
        record.isPublished ? .holds : product.holds ? .text : .fails),
      Table.Cell(Phrase(stringLiteral: name), link: link(record, from: page)), Table.Cell(Phrase(stringLiteral: date)),
      cell(.fileBytes), cell(.meanKLD), change(history, point, before), cell(.top1Agreement),
      Table.Cell(Phrase(stringLiteral: held), .derived),
      Table.Cell(
        record.seconds.map { Figure($0, at: "\(record.path)#seconds", NumberText.duration) }),
    ]
  }

  /// How much the mean divergence changed; in words only where the intervals have nothing in common.
  private static func change(
    _ history: RecordHistory, _ point: RecordHistory.Series.Point, _ before: RecordHistory.Series.Point?
  ) -> Table.Cell {
    guard let before, let now = HistoryFigure(history.records[point.run], product: point.product, .meanKLD)?.estimate,
      let then = HistoryFigure(history.records[before.run], product: before.product, .meanKLD)?.estimate, then.value > 0
    else { return Table.Cell(nil) }
    let texts = [point, before].map { history.records[$0.run].products[$0.product].measurements?.text?.tokensSHA256 }
    let share = now.value / then.value - 1
    let isSure =
      (now.high ?? .infinity) < (then.low ?? -.infinity) || (then.high ?? .infinity) < (now.low ?? -.infinity)
    let words =
      texts[0] != texts[1] ? "of other text" : isSure ? (share < 0 ? "better" : "worse") : "within the intervals"
    let text = (share > 0 ? "+" : "") + NumberText.percent(share)
    return Table.Cell(Phrase(stringLiteral: text), below: Phrase(stringLiteral: words), .derived)
  }

  /// The way to the report that lies beside a record inside of the page's folder; nil for any other.
  private static func link(_ record: PublishedRecord, from page: String) -> String? {
    let report = URL(filePath: record.path).deletingLastPathComponent().path + "/report.html"
    let root = URL(filePath: page).path
    guard report.hasPrefix(root + "/"), FileManager.default.fileExists(atPath: report) else { return nil }
    let rest = String(report.dropFirst(root.count + 1))
    return rest.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed).map { "./\($0)" }
  }
}
