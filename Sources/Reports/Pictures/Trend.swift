import Foundation

/// One measure of several products, run after run.
enum Trend {
  struct Point {
    /// The place of its run.
    let run: Int
    let value: Double
    let low: Double?
    let high: Double?
    let figure: Figure
    let tip: String
  }

  struct Line {
    let name: String
    let points: [Point]
  }

  private static let height = 260.0
  private static let top = 28.0
  /// Lines that can be told apart by colour.
  static let mostLines = 6

  /// - Parameters:
  ///   - runs: what stands below each run.
  ///   - startsAtZero: whether the axis does; else it spans the values.
  /// - Returns: nil where no line has two points.
  static func picture(
    _ lines: [Line], runs: [String], heading: String, up: String, startsAtZero: Bool, limit: Double? = nil,
    text: @escaping (Double) -> String = NumberText.tick, id: String
  ) -> Picture? {
    let drawn = Array(lines.filter { $0.points.count { $0.value.isFinite } > 1 }.prefix(mostLines))
    guard !drawn.isEmpty, runs.count > 1 else { return nil }
    let values = drawn.flatMap(\.points).flatMap { [$0.value, $0.low, $0.high].compactMap { $0 } }.filter(\.isFinite)
    let near = limit.flatMap { $0 < 3 * (values.max() ?? 0) ? $0 : nil }
    let floor = height - Frame.bottom
    let y: Axis =
      startsAtZero
      ? .linear(fromZeroTo: values + [near].compactMap { $0 }, floor, top) : .linear(over: span(values), floor, top)
    let frame = Frame(
      .linear(over: 0...Double(runs.count - 1), Frame.left + 12, Frame.right - 12), y, height: height, across: "run",
      up: up, xText: { runs.indices.contains(Int($0)) ? runs[Int($0)] : "" }, yText: text, xTicks: ticks(runs.count))
    var limits: (lines: [Picture.Line], labels: [Picture.Label]) = ([], [])
    if let near {
      limits.lines = [.init(from: Frame.left, y(near), to: Frame.right, y(near), "limit")]
      limits.labels = [.init("gate ≤ \(text(near))", x: Frame.right, y: y(near) - 5, .end, "limit")]
    }
    let style = { (index: Int) in drawn.count == 1 ? "all" : "series\(index)" }
    return Picture(
      id: id, heading: heading,
      description: drawn.map { line in
        "\(line.name): " + line.points.map(\.figure.text).joined(separator: ", ")
      }.joined(separator: "; "),
      height: height, lines: frame.lines + limits.lines + drawn.flatMap { intervals($0, frame) },
      paths: drawn.enumerated().map { index, line in
        Picture.Path(through: line.points.filter(\.value.isFinite).map { place($0, frame) }, "line \(style(index))")
      },
      points: drawn.enumerated().flatMap { index, line in
        line.points.filter(\.value.isFinite).map {
          Picture.Point(place($0, frame), "dot \(style(index))", tip: "\(line.name), \($0.tip)", $0.figure)
        }
      }, labels: frame.labels + limits.labels,
      legend: drawn.count == 1
        ? [] : drawn.enumerated().map { .init(style: style($0), meaning: Phrase(stringLiteral: $1.name)) })
  }

  private static func place(_ point: Point, _ frame: Frame) -> Picture.Place {
    .init(x: frame.x(Double(point.run)), y: frame.y(point.value))
  }

  private static func intervals(_ line: Line, _ frame: Frame) -> [Picture.Line] {
    line.points.compactMap { point in
      guard let low = point.low, let high = point.high, low.isFinite, high.isFinite else { return nil }
      let x = frame.x(Double(point.run))
      return .init(from: x, frame.y(low), to: x, frame.y(high), "interval")
    }
  }

  /// The values with some room on both sides.
  private static func span(_ values: [Double]) -> ClosedRange<Double> {
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    let room = max((most - least) * 0.15, abs(most) * 1e-4, 1e-9)
    return least - room...most + room
  }

  /// The runs that get a label: the first, the last and some between them.
  private static func ticks(_ count: Int) -> [Double] {
    let step = max(1, (count + 3) / 4)
    return stride(from: 0, to: count, by: step).map(Double.init)
  }
}
