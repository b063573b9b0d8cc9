import Foundation
import Pipeline
import Products
import Validation

/// Many runs, one after the other: trends and a table.
struct HistoryView {
  let version: String
  let heading: String
  let sentence: String
  let pictures: [Picture]
  let tables: [Table]
  let notes: [String]
  let hasNotes: Bool
  let folder: String

  /// - Parameter page: the folder in which the page will stand; links are relative to it.
  init(_ history: RecordHistory, in page: String) {
    version = Planish.version
    folder = history.folder
    let count = history.records.count
    heading = count == 1 ? "One run" : "\(NumberText.grouped(count)) runs"
    sentence = Self.sentence(history)
    pictures = Self.pictures(history)
    tables = [HistoryTable.table(history, in: page)]
    notes = history.notes.map { "Not read: \($0)" }
    hasNotes = !notes.isEmpty
  }

  private static func sentence(_ history: RecordHistory) -> String {
    let refused = history.records.count { !$0.isPublished }
    let days = history.records.compactMap(\.date).map(day)
    var span = ""
    if let first = days.first, let last = days.last {
      span = first == last ? "On \(first). " : "From \(first) to \(last). "
    }
    let products = history.series.count
    return span + "\(NumberText.grouped(products)) \(products == 1 ? "product" : "products"), "
      + (refused == 0 ? "every run published." : "\(refused) \(refused == 1 ? "run" : "runs") refused.")
  }

  /// The day of a date.
  static func day(_ date: String) -> String { String(date.prefix(10)) }

  private static func pictures(_ history: RecordHistory) -> [Picture] {
    let runs = labels(history)
    let charts: [(measure: Measure, startsAtZero: Bool)] = [
      (.meanKLD, true), (.perplexityRatio, false), (.top1Agreement, false), (.accuracy, false), (.meanCosine, false),
      (.fileBytes, true),
    ]
    return charts.enumerated().compactMap { index, chart in
      Trend.picture(
        lines(history, chart.measure), runs: runs, heading: title(chart.measure), up: MeasureText(chart.measure).label,
        startsAtZero: chart.startsAtZero, limit: chart.measure == .meanKLD ? limit(history) : nil,
        text: axisText(chart.measure), id: "trend\(index)")
    }
  }

  private static func title(_ measure: Measure) -> String {
    switch measure {
    case .meanKLD: "Divergence"
    case .perplexityRatio: "Perplexity ratio"
    case .top1Agreement: "Same top token"
    case .accuracy: "Task accuracy"
    case .meanCosine: "Cosine of embeddings"
    default: "Size"
    }
  }

  private static func axisText(_ measure: Measure) -> (Double) -> String {
    switch measure {
    case .fileBytes: { NumberText.bytes(Int($0)) }
    case .top1Agreement, .accuracy: { NumberText.percentOfShare($0) }
    default: NumberText.tick
    }
  }

  /// Days, or times of the day where all runs are of one.
  private static func labels(_ history: RecordHistory) -> [String] {
    let dates = history.records.map { $0.date ?? "" }
    let isOneDay = Set(dates.map(day)).count == 1
    return dates.enumerated().map { index, date in
      guard date.count >= 16 else { return "\(index + 1)" }
      return String(isOneDay ? date.dropFirst(11).prefix(5) : date.dropFirst(5).prefix(5))
    }
  }

  private static func lines(_ history: RecordHistory, _ measure: Measure) -> [Trend.Line] {
    let all = history.series
    return all.map { series in
      Trend.Line(
        name: name(series, among: all),
        points: series.points.compactMap { point in
          let record = history.records[point.run]
          guard let found = HistoryFigure(record, product: point.product, measure) else { return nil }
          return Trend.Point(
            run: point.run, value: found.estimate.value, low: found.estimate.low, high: found.estimate.high,
            figure: found.figure, tip: "\(record.date ?? record.path): \(found.figure.text)")
        })
    }
  }

  /// What tells a series from the others.
  static func name(_ series: RecordHistory.Series, among all: [RecordHistory.Series]) -> String {
    let names = Set(all.map(\.name))
    let pipeline = [names.count > 1 ? series.name : nil, series.variant].compactMap { $0 }.joined(separator: " ")
    let like = all.filter { $0.name == series.name && $0.variant == series.variant }
    return pipeline.isEmpty || like.count > 1
      ? "\(pipeline) \(series.file)".trimmingCharacters(in: .whitespaces) : pipeline
  }

  /// What the gates of the newest run allow, where all allow the same.
  private static func limit(_ history: RecordHistory) -> Double? {
    let limits = Set(
      history.records.last?.products.flatMap(\.gates).filter { $0.gate.measure == .meanKLD && $0.gate.scope == .all }
        .compactMap(\.maximum) ?? [])
    return limits.count == 1 ? limits.first : nil
  }
}

/// A measure of a product of an earlier run, and where it stands: file and place.
struct HistoryFigure {
  let estimate: Estimate
  let figure: Figure

  /// - Returns: nil where it was not measured.
  init?(_ record: PublishedRecord, product index: Int, _ measure: Measure) {
    let product = record.products[index]
    let place = "\(record.path)#products.\(index)"
    switch measure {
    case .fileBytes:
      estimate = Estimate(exactly: Double(product.bytes))
      figure = Figure(product.bytes, at: "\(place).bytes", NumberText.bytes)
    case .accuracy:
      guard let found = product.measurements?.questions?.figures[measure] else { return nil }
      estimate = found
      figure = Figure(
        found.value, at: "\(place).measurements.questions.figures.accuracy.value", MeasureText(measure).figure)
    case .meanCosine:
      guard let found = product.measurements?.embeddings?.all.figures[measure] else { return nil }
      estimate = found
      figure = Figure(
        found.value, at: "\(place).measurements.embeddings.all.figures.mean_cosine.value", MeasureText(measure).figure)
    default:
      guard let found = product.measurements?.text?.figures[measure] else { return nil }
      estimate = found
      figure = Figure(
        found.value, at: "\(place).measurements.text.figures.\(measure.rawValue).value", MeasureText(measure).figure)
    }
  }
}
