import Pipeline

/// What bytes buy: the frontier of size and foretold divergence, and the point on it that a budget chose.
enum SpendingFrontier {
  private static let height = 280.0
  private static let top = 28.0

  /// - Parameter place: that of the product.
  /// - Returns: nil for a product without a budget, or one that had no choice.
  static func picture(_ spending: TypeSpending?, at place: String, id: String) -> Picture? {
    guard let spending else { return nil }
    let drawn = spending.frontier.filter { $0.foretold.isFinite && $0.foretold > 0 }
    guard let first = drawn.first, let last = drawn.last, drawn.count > 1, spending.chosen.foretold > 0 else {
      return nil
    }
    let frame = Frame(
      .linear(over: Double(first.bytes)...Double(last.bytes), Frame.left, Frame.right),
      .logarithmic(around: drawn.map(\.foretold), height - Frame.bottom, top), height: height,
      across: "bytes of all tensors", up: "foretold divergence, nats", xText: { NumberText.bytes(Int($0)) })
    func spot(_ point: TypeSpending.Point) -> Picture.Place {
      Picture.Place(x: frame.x(Double(point.bytes)), y: frame.y(point.foretold))
    }
    let size = Figure(spending.chosen.bytes, at: "\(place).spending.chosen.bytes", NumberText.bytes)
    let cost = Figure(spending.chosen.foretold, at: "\(place).spending.chosen.foretold")
    return Picture(
      id: id, heading: "What bytes buy",
      description: "From \(NumberText.bytes(first.bytes)) at \(NumberText.significant(first.foretold)) nats to "
        + "\(NumberText.bytes(last.bytes)) at \(NumberText.significant(last.foretold)); chosen were \(size.text) at \(cost.text).",
      height: height, lines: frame.lines, paths: [.init(through: drawn.map(spot), "front")],
      points: [
        Picture.Point(spot(spending.chosen), "product", tip: "\(spending.asked): \(size.text), \(cost.text) nats", cost)
      ],
      labels: frame.labels,
      note: Phrase(
        stringLiteral:
          "Asked was \(spending.asked). Each place on the line is the best choice of types for its bytes, by what "
          + "trials on the calibration text foretell before anything is solved. types.yaml names the types that were chosen."
      ))
  }
}
