/// Finds room for labels beside points.
package struct LabelPlacement {
  private struct Area {
    let x: ClosedRange<Double>
    let y: ClosedRange<Double>

    func overlaps(_ other: Area) -> Bool { x.overlaps(other.x) && y.overlaps(other.y) }
  }

  /// Where a label goes.
  package struct Spot {
    package let place: Picture.Place
    package let anchor: Picture.Label.Anchor
    /// Whether it is so far from its point that a line should lead there.
    let isDistant: Bool
  }

  private let frame: Area
  private var taken: [Area] = []
  private static let height = 15.0
  private static let gap = 9.0

  /// - Parameter points: no label may cover one.
  package init(x: ClosedRange<Double>, y: ClosedRange<Double>, around points: [Picture.Place]) {
    frame = Area(x: x, y: y)
    taken = points.map { Area(x: $0.x - 5...$0.x + 5, y: $0.y - 5...$0.y + 5) }
  }

  /// Takes the nearest free spot: right, left, above, below, then further away. Nil where there is none.
  package mutating func place(_ words: String, at point: Picture.Place) -> Spot? {
    let width = Double(words.count) * Picture.characterWidth
    for distance in 0..<6 {
      let far = Double(distance) * Self.height
      let candidates: [(dx: Double, dy: Double, anchor: Picture.Label.Anchor)] =
        distance == 0
        ? [(Self.gap, 5, .start), (-Self.gap, 5, .end), (0, -Self.gap, .middle), (0, Self.gap + 12, .middle)]
        : [
          (Self.gap, 5 - far, .start), (Self.gap, 5 + far, .start), (-Self.gap, 5 - far, .end),
          (-Self.gap, 5 + far, .end),
        ]
      for candidate in candidates {
        let (x, y) = (point.x + candidate.dx, point.y + candidate.dy)
        let left =
          switch candidate.anchor {
          case .start: x
          case .middle: x - width / 2
          case .end: x - width
          }
        let area = Area(x: left...left + width, y: y - 12...y + 3)
        let fits =
          frame.x.contains(area.x.lowerBound) && frame.x.contains(area.x.upperBound)
          && frame.y.contains(area.y.lowerBound) && frame.y.contains(area.y.upperBound)
        guard fits, !taken.contains(where: { $0.overlaps(area) }) else { continue }
        taken.append(area)
        return Spot(place: .init(x: x, y: y), anchor: candidate.anchor, isDistant: distance > 0)
      }
    }
    return nil
  }
}
