/// The frame of a picture with two axes: lines and labels at their marks.
struct Frame {
  let x: Axis
  let y: Axis
  private(set) var lines: [Picture.Line] = []
  private(set) var labels: [Picture.Label] = []

  static let left = 62.0
  static let right = Picture.standardWidth - 10
  static let bottom = 46.0

  /// - Parameters:
  ///   - height: that of the whole picture.
  ///   - across: what the horizontal axis measures; stands below it.
  ///   - up: what the vertical axis measures; stands above it.
  ///   - xTicks: the values to mark on the horizontal axis, where these are not the axis's own choice.
  init(
    _ x: Axis, _ y: Axis, height: Double, across: String, up: String,
    xText: (Double) -> String = NumberText.tick, yText: (Double) -> String = NumberText.tick,
    xTicks: [Double]? = nil
  ) {
    self.x = x
    self.y = y
    let floor = height - Self.bottom
    for value in y.ticks(most: y.scale == .logarithmic ? 8 : 5) {
      lines.append(.init(from: Self.left, y(value), to: Self.right, y(value), "grid"))
      labels.append(.init(yText(value), x: Self.left - 8, y: y(value) + 4.5, .end))
    }
    lines.append(.init(from: Self.left, floor, to: Self.right, floor, "axis"))
    var end = -Double.infinity
    for value in xTicks ?? x.ticks(most: 6) {
      let text = xText(value)
      let half = Double(text.count) * Picture.characterWidth / 2
      let place = min(max(x(value), Self.left - 20 + half), Picture.standardWidth - half)
      // A mark keeps its label only where the one before leaves room.
      lines.append(.init(from: x(value), floor, to: x(value), floor + 4, "axis"))
      guard place - half > end + 4 else { continue }
      labels.append(.init(text, x: place, y: floor + 19, .middle))
      end = place + half
    }
    labels.append(.init(across, x: (Self.left + Self.right) / 2, y: height - 6, .middle, "axis-title"))
    labels.append(.init(up, x: 0, y: 13, .start, "axis-title"))
  }
}
