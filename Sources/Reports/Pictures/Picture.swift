import Foundation

/// A picture as the template `picture` draws it: marks in units of its own, which the page scales to its width.
///
/// Classes name what a mark is; colours, strokes and letter sizes stand in the style sheet.
package struct Picture {
  /// Unique in its page.
  let id: String
  /// What the picture shows; stands above it.
  let heading: String
  /// What it says, in words, for whoever cannot see it.
  let description: String
  let width: String
  let height: String
  let lines: [Line]
  let boxes: [Box]
  let paths: [Path]
  let points: [Point]
  let labels: [Label]
  /// What the colours mean; stands below it.
  let legend: [LegendEntry]
  let hasLegend: Bool
  /// `legend`, or `legend ramp` for shades side by side.
  let legendStyle: String
  /// How to read it.
  let notes: [Phrase]

  /// The width of every picture in its own units.
  package static let standardWidth = 480.0
  /// Room for one character of a label at its largest, which is that of narrow screens.
  package static let characterWidth = 8.4

  init(
    id: String, heading: String, description: String, height: Double, lines: [Line] = [], boxes: [Box] = [],
    paths: [Path] = [], points: [Point] = [], labels: [Label] = [], legend: [LegendEntry] = [], note: Phrase = ""
  ) {
    self.id = id
    self.heading = heading
    self.description = description
    width = Self.number(Self.standardWidth)
    self.height = Self.number(height)
    self.lines = lines
    self.boxes = boxes
    self.paths = paths
    self.points = points
    self.labels = labels
    self.legend = legend
    hasLegend = !legend.isEmpty
    legendStyle = legend.contains { $0.meaning.pieces.isEmpty } ? "legend ramp" : "legend"
    notes = note.pieces.isEmpty ? [] : [note]
  }

  /// A coordinate; a hundredth of a unit is less than a pixel of any screen.
  static func number(_ value: Double) -> String {
    let text = String(format: "%.2f", value)
    return text.hasSuffix(".00") ? String(text.dropLast(3)) : text
  }

  struct Line {
    let x1: String
    let y1: String
    let x2: String
    let y2: String
    let style: String

    init(from x1: Double, _ y1: Double, to x2: Double, _ y2: Double, _ style: String) {
      self.x1 = number(x1)
      self.y1 = number(y1)
      self.x2 = number(x2)
      self.y2 = number(y2)
      self.style = style
    }
  }

  /// A rectangle that stands for a number.
  struct Box {
    let x: String
    let y: String
    let boxWidth: String
    let boxHeight: String
    let style: String
    /// What it says to whoever points at it.
    let tip: String
    let figures: [Figure]

    init(x: Double, y: Double, width: Double, height: Double, _ style: String, tip: String, _ figure: Figure? = nil) {
      self.x = number(x)
      self.y = number(y)
      boxWidth = number(max(0, width))
      boxHeight = number(max(0, height))
      self.style = style
      self.tip = tip
      figures = figure.map { [$0] } ?? []
    }
  }

  struct Path {
    let data: String
    let style: String

    /// A line through points, closed or not.
    init(through points: [Place], isClosed: Bool = false, _ style: String) {
      data =
        "M" + points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L") + (isClosed ? "Z" : "")
      self.style = style
    }
  }

  struct Point {
    let x: String
    let y: String
    let style: String
    let tip: String
    let figures: [Figure]

    init(_ place: Place, _ style: String, tip: String, _ figure: Figure) {
      x = number(place.x)
      y = number(place.y)
      self.style = style
      self.tip = tip
      figures = [figure]
    }
  }

  package struct Label {
    package enum Anchor: String {
      case start
      case middle
      case end
    }

    let x: String
    let y: String
    let anchor: String
    let style: String
    package let words: String
    /// A rotation about the label's own place, if it is turned.
    package let turns: [String]

    init(
      _ words: String, x: Double, y: Double, _ anchor: Anchor = .start, _ style: String = "tick",
      isUpright: Bool = false
    ) {
      self.words = words
      self.x = number(x)
      self.y = number(y)
      self.anchor = anchor.rawValue
      self.style = style
      turns = isUpright ? ["rotate(-90 \(number(x)) \(number(y)))"] : []
    }
  }

  struct LegendEntry {
    /// The class of its patch of colour, if it has one.
    let swatches: [String]
    let meaning: Phrase

    init(style: String, meaning: Phrase) {
      swatches = style.isEmpty ? [] : [style]
      self.meaning = meaning
    }
  }

  package struct Place: Sendable, Equatable {
    package let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }
}
