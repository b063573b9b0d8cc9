import Foundation
import Pipeline
import Validation

/// Products by their size and their divergence, with intervals, the limits of gates, and the front of the best.
enum SizeAgainstQuality {
  /// A product that was measured.
  struct Entry {
    let name: String
    let size: Figure
    let bytes: Double
    let divergence: Figure
    let value: Double
    /// The 95 % interval, where there is one.
    let low: Double?
    let high: Double?
    /// Whether its gates hold.
    let holds: Bool
    /// What gates on the mean divergence of all text allow.
    let limits: [Double]
  }

  private static let height = 300.0
  private static let top = 28.0
  /// More lines would hide the points.
  private static let mostLimits = 3

  /// The products that were compared with their original on a text.
  static func entries(_ rows: [ProductRow]) -> [Entry] {
    rows.compactMap { row in
      guard let estimate = row.product.measurements?.text?.figures[.meanKLD] else { return nil }
      let gates = row.product.gates.filter { $0.gate.measure == .meanKLD && $0.gate.scope == .all }
      return Entry(
        name: row.name, size: Figure(row.product.bytes, at: "\(row.place).bytes", NumberText.bytes),
        bytes: Double(row.product.bytes),
        divergence: Figure(estimate.value, at: "\(row.place).measurements.text.figures.mean_kld.value"),
        value: estimate.value, low: estimate.low, high: estimate.high, holds: row.product.holds,
        limits: gates.compactMap(\.maximum))
    }
  }

  /// - Returns: nil where fewer than two products can be compared.
  static func picture(_ entries: [Entry], id: String) -> Picture? {
    let drawn = entries.filter { $0.value.isFinite && $0.value > 0 }
    guard drawn.count > 1 else { return nil }
    let floor = height - Frame.bottom
    let limits = limits(drawn)
    let values = drawn.flatMap { [$0.value, $0.low, $0.high].compactMap { $0 } } + limits.near
    let frame = Frame(
      sizes(drawn.map(\.bytes)), .logarithmic(around: values, floor, top), height: height,
      across: "size of the product", up: "mean KL divergence, nats",
      xText: { NumberText.bytes(Int($0)) })
    let places = drawn.map { Picture.Place(x: frame.x($0.bytes), y: frame.y($0.value)) }
    let gates = gateLines(limits.near, frame)
    let ends = zip(drawn, places).flatMap { entry, place in
      [entry.low, entry.high].compactMap { $0 }.filter { $0 > 0 }.map { Picture.Place(x: place.x, y: frame.y($0)) }
    }
    let names = names(drawn, places, around: places + ends, floor)
    let points = zip(drawn, places).map { entry, place in
      Picture.Point(
        place, entry.holds ? "product" : "product refused",
        tip: "\(entry.name): \(entry.size.text), \(entry.divergence.text) nats", entry.divergence)
    }
    let front = front(drawn).map { Picture.Place(x: frame.x($0.bytes), y: frame.y($0.value)) }
    let paths = front.count > 1 ? [Picture.Path(through: front, "front")] : []
    return Picture(
      id: id, heading: "Size against quality",
      description: drawn.map { "\($0.name): \($0.size.text), mean KL divergence \($0.divergence.text)" }
        .joined(separator: "; "),
      height: height, lines: frame.lines + gates.lines + intervals(drawn, frame) + names.lines, paths: paths,
      points: points, labels: frame.labels + gates.labels + names.labels,
      legend: legend(drawn, hasFront: !paths.isEmpty, hasLimits: !limits.near.isEmpty),
      note: note(drawn, farLimits: limits.far))
  }

  private static func legend(_ drawn: [Entry], hasFront: Bool, hasLimits: Bool) -> [Picture.LegendEntry] {
    let kinds = Set(drawn.map(\.holds))
    var legend: [Picture.LegendEntry] =
      kinds.contains(false)
      ? [true, false].filter(kinds.contains).map {
        .init(style: $0 ? "published" : "refused", meaning: $0 ? "gates hold" : "a gate fails")
      } : []
    if hasFront { legend.append(.init(style: "front", meaning: "nothing is both smaller and closer")) }
    if hasLimits { legend.append(.init(style: "limit", meaning: "what a gate allows")) }
    return legend
  }

  private static func note(_ drawn: [Entry], farLimits: [Double]) -> Phrase {
    var note = "Further left is smaller, further down is closer to the original."
    if drawn.contains(where: { $0.low != nil }) {
      note += " Bars are 95 % intervals."
    }
    for limit in farLimits { note += " A gate allows \(NumberText.significant(limit)) nats, outside of the picture." }
    return Phrase(stringLiteral: note)
  }

  /// The limits of gates, those near enough to the values to be drawn among them.
  private static func limits(_ drawn: [Entry]) -> (near: [Double], far: [Double]) {
    let all = Set(drawn.flatMap(\.limits)).filter { $0.isFinite && $0 > 0 }.sorted()
    let (least, most) = (drawn.map(\.value).min() ?? 1, drawn.map(\.value).max() ?? 1)
    let near = all.filter { $0 > least / 10 && $0 < most * 10 }.prefix(mostLimits)
    return (Array(near), all.filter { !near.contains($0) })
  }

  private static func gateLines(
    _ limits: [Double], _ frame: Frame
  ) -> (lines: [Picture.Line], labels: [Picture.Label]) {
    (
      limits.map { .init(from: Frame.left, frame.y($0), to: Frame.right, frame.y($0), "limit") },
      limits.map { .init("gate ≤ \(NumberText.tick($0))", x: Frame.right, y: frame.y($0) - 5, .end, "limit") }
    )
  }

  /// A bar with two ends for each interval that is taller than its point.
  private static func intervals(_ drawn: [Entry], _ frame: Frame) -> [Picture.Line] {
    drawn.flatMap { entry -> [Picture.Line] in
      guard let low = entry.low, let high = entry.high, low.isFinite, high.isFinite else { return [] }
      let (x, bottom, top) = (frame.x(entry.bytes), frame.y(max(low, frame.y.low)), frame.y(high))
      return [
        .init(from: x, bottom, to: x, top, "interval"), .init(from: x - 4, bottom, to: x + 4, bottom, "interval"),
        .init(from: x - 4, top, to: x + 4, top, "interval"),
      ]
    }
  }

  private static func names(
    _ drawn: [Entry], _ places: [Picture.Place], around taken: [Picture.Place], _ floor: Double
  ) -> (lines: [Picture.Line], labels: [Picture.Label]) {
    var placement = LabelPlacement(x: Frame.left...Picture.standardWidth, y: top...floor, around: taken)
    var (lines, labels): ([Picture.Line], [Picture.Label]) = ([], [])
    for (entry, place) in zip(drawn, places) {
      guard let spot = placement.place(entry.name, at: place) else { continue }
      labels.append(.init(entry.name, x: spot.place.x, y: spot.place.y, spot.anchor, "name"))
      if spot.isDistant {
        lines.append(.init(from: place.x, place.y, to: spot.place.x, spot.place.y - 5, "leader"))
      }
    }
    return (lines, labels)
  }

  /// Those that no other beats in both size and divergence, smallest first.
  static func front(_ entries: [Entry]) -> [Entry] {
    var front: [Entry] = []
    for entry in entries.sorted(by: { ($0.bytes, $0.value) < ($1.bytes, $1.value) })
    where entry.value < front.last?.value ?? .infinity { front.append(entry) }
    return front
  }

  /// A linear axis with some room on both sides.
  private static func sizes(_ bytes: [Double]) -> Axis {
    let (least, most) = (bytes.min() ?? 0, bytes.max() ?? 1)
    let room = max((most - least) * 0.12, most * 0.02, 1)
    return .linear(over: max(0, least - room)...most + room, Frame.left, Frame.right)
  }
}
