import Pipeline
import Validation

/// Products by their size and their divergence.
enum SizeAgainstQuality {
  /// A product that was measured.
  struct Entry {
    let name: String
    let size: Figure
    let bytes: Double
    let divergence: Figure
    let value: Double
    let isPublished: Bool
  }

  private static let height = 300.0
  private static let top = 28.0

  /// The products that were compared with their original on a text.
  ///
  /// - Parameters:
  ///   - names: one for each outcome.
  ///   - places: that of each outcome.
  static func entries(_ outcomes: [Outcome], names: [String], places: [String]) -> [Entry] {
    var entries: [Entry] = []
    for ((outcome, name), place) in zip(zip(outcomes, names), places) {
      for (index, product) in outcome.products.enumerated() {
        guard let value = product.measurements?[.meanKLD]?.value else { continue }
        let path = "\(place)products.\(index)"
        let file = outcomes.count == 1 || outcome.products.count > 1 ? [ProductView.fileName(product.path)] : []
        let pipeline = outcomes.count > 1 ? [name] : []
        entries.append(
          Entry(
            name: (pipeline + file).joined(separator: " "),
            size: Figure(product.bytes, at: "\(path).bytes", NumberText.bytes),
            bytes: Double(product.bytes),
            divergence: Figure(value, at: "\(path).measurements.text.figures.mean_kld.value"), value: value,
            isPublished: outcome.isPublished))
      }
    }
    return entries
  }

  /// - Returns: nil where fewer than two products can be compared.
  static func picture(_ entries: [Entry], id: String) -> Picture? {
    let drawn = entries.filter { $0.value.isFinite && $0.value > 0 }
    guard drawn.count > 1 else { return nil }
    let floor = height - Frame.bottom
    let frame = Frame(
      sizes(drawn.map(\.bytes)), .logarithmic(around: drawn.map(\.value), floor, top), height: height,
      across: "size of the product", up: "mean KL divergence, nats",
      xText: { NumberText.bytes(Int($0)) })
    let places = drawn.map { Picture.Place(x: frame.x($0.bytes), y: frame.y($0.value)) }
    var placement = LabelPlacement(x: Frame.left...Picture.standardWidth, y: top...floor, around: places)
    var (lines, labels): ([Picture.Line], [Picture.Label]) = ([], [])
    for (entry, place) in zip(drawn, places) {
      guard let spot = placement.place(entry.name, at: place) else { continue }
      labels.append(.init(entry.name, x: spot.place.x, y: spot.place.y, spot.anchor, "name"))
      if spot.isDistant {
        lines.append(.init(from: place.x, place.y, to: spot.place.x, spot.place.y - 5, "leader"))
      }
    }
    let points = zip(drawn, places).map { entry, place in
      Picture.Point(
        place, entry.isPublished ? "product" : "product refused",
        tip: "\(entry.name): \(entry.size.text), \(entry.divergence.text) nats", entry.divergence)
    }
    let kinds = Set(drawn.map(\.isPublished))
    return Picture(
      id: id, heading: "Size against quality",
      description: drawn.map { "\($0.name): \($0.size.text), mean KL divergence \($0.divergence.text)" }
        .joined(separator: "; "),
      height: height, lines: frame.lines + lines, points: points, labels: frame.labels + labels,
      legend: kinds.contains(false)
        ? [true, false].filter(kinds.contains).map {
          .init(style: $0 ? "published" : "refused", meaning: $0 ? "published" : "refused")
        } : [],
      note: "Further left is smaller, further down is closer to the original.")
  }

  /// A linear axis with some room on both sides.
  private static func sizes(_ bytes: [Double]) -> Axis {
    let (least, most) = (bytes.min() ?? 0, bytes.max() ?? 1)
    let room = max((most - least) * 0.12, most * 0.02, 1)
    return .linear(over: max(0, least - room)...most + room, Frame.left, Frame.right)
  }
}
