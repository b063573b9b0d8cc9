import Foundation
import Validation

/// How many tokens diverge by how much.
enum DivergenceHistogram {
  private static let height = 260.0
  private static let top = 76.0

  /// - Parameter place: that of the text's measurements.
  /// - Returns: nil where no token's divergence lies in a bin.
  static func picture(_ text: TextMeasurements, at place: String, id: String) -> Picture? {
    let histogram = text.divergenceHistogram
    guard let first = histogram.counts.firstIndex(where: { $0 > 0 }),
      let last = histogram.counts.lastIndex(where: { $0 > 0 }), histogram.edges.count == histogram.counts.count + 1
    else { return nil }
    let (low, high) = (histogram.edges[first], histogram.edges[last + 1])
    let floor = height - Frame.bottom
    let frame = Frame(
      Axis(logarithmicFrom: low, to: high, Frame.left, Frame.right),
      .linear(fromZeroTo: histogram.counts.map(Double.init), floor, top), height: height,
      across: "KL divergence of a token, nats", up: "tokens",
      xText: high / low > 1e4 ? NumberText.powerOfTen : NumberText.tick)
    let boxes = (first...last).map { bin in
      let (left, right) = (frame.x(histogram.edges[bin]), frame.x(histogram.edges[bin + 1]))
      let y = frame.y(Double(histogram.counts[bin]))
      let figure = Figure(histogram.counts[bin], at: "\(place).divergenceHistogram.counts.\(bin)")
      let range =
        "\(NumberText.significant(histogram.edges[bin], digits: 2)) to "
        + NumberText.significant(histogram.edges[bin + 1], digits: 2)
      return Picture.Box(
        x: left + 0.5, y: y, width: right - left - 1, height: floor - y, "bar", tip: "\(range) nats: \(figure.text)",
        figure)
    }
    let marks = marks(text, frame, floor)
    return Picture(
      id: id, heading: "Distribution of the divergence",
      description: marks.descriptions.joined(separator: "; "), height: height, lines: frame.lines + marks.lines,
      boxes: boxes, labels: frame.labels + marks.labels, note: note(histogram, at: "\(place).divergenceHistogram"))
  }

  private struct Marks {
    var lines: [Picture.Line] = []
    var labels: [Picture.Label] = []
    var descriptions: [String] = []
  }

  /// Median, mean and 99th percentile, one label below the other, so that they cannot overlap.
  private static func marks(_ text: TextMeasurements, _ frame: Frame, _ floor: Double) -> Marks {
    var marks = Marks()
    let wanted: [(measure: Measure, name: String)] = [(.medianKLD, "median"), (.meanKLD, "mean"), (.p99KLD, "99 %")]
    for (row, mark) in wanted.enumerated() {
      guard let value = text.figures[mark.measure]?.value, value.isFinite, value > 0 else { continue }
      let x = frame.x(value)
      let y = 32 + Double(row) * 16
      let isLast = x + 6 + Double(mark.name.count) * Picture.characterWidth > Picture.standardWidth
      marks.lines.append(.init(from: x, y - 10, to: x, floor, "mark"))
      marks.labels.append(.init(mark.name, x: isLast ? x - 6 : x + 6, y: y, isLast ? .end : .start, "value"))
      marks.descriptions.append("\(mark.name) \(NumberText.significant(value)) nats")
    }
    return marks
  }

  private static func note(_ histogram: Histogram, at place: String) -> Phrase {
    var note: Phrase = "Four bins in each factor of ten."
    if histogram.below > 0, let edge = histogram.edges.first {
      note =
        note + " \(Figure(histogram.below, at: "\(place).below")) tokens below \(NumberText.tick(edge)) are not drawn."
    }
    if histogram.above > 0, let edge = histogram.edges.last {
      note =
        note
        + " \(Figure(histogram.above, at: "\(place).above")) at \(NumberText.tick(edge)) or above are not drawn."
    }
    return note
  }
}
