import Validation

/// Answers that were right before and are wrong now, and the other way round, task by task.
enum FlippedAnswers {
  private static let rowHeight = 46.0

  /// - Parameter place: that of the measurements.
  /// - Returns: nil where no question was asked.
  static func picture(_ measurements: Measurements, at place: String, id: String) -> Picture? {
    guard !measurements.tasks.isEmpty else { return nil }
    let most = measurements.tasks.flatMap { [$0.answers.lost, $0.answers.gained] }.max() ?? 0
    let middle = Picture.standardWidth / 2
    let reach = middle - 40
    let unit = most > 0 ? reach / Double(most) : 0
    var boxes: [Picture.Box] = []
    var labels: [Picture.Label] = [
      .init("lost", x: middle - 8, y: 13, .end, "axis-title"),
      .init("gained", x: middle + 8, y: 13, .start, "axis-title"),
    ]
    let height = Double(measurements.tasks.count) * rowHeight + 24
    for (row, task) in measurements.tasks.enumerated() {
      let y = Double(row) * rowHeight + 42
      let path = "\(place).tasks.\(row).answers"
      let lost = Figure(task.answers.lost, at: "\(path).lost")
      let gained = Figure(task.answers.gained, at: "\(path).gained")
      labels.append(.init(task.name, x: 0, y: y - 5, .start, "name"))
      let (left, right) = (Double(task.answers.lost) * unit, Double(task.answers.gained) * unit)
      boxes.append(
        .init(x: middle - left, y: y, width: left, height: 16, "lost", tip: "\(task.name): \(lost.text) lost", lost))
      boxes.append(
        .init(x: middle, y: y, width: right, height: 16, "gained", tip: "\(task.name): \(gained.text) gained", gained))
      labels.append(.init(lost.text, x: middle - left - 6, y: y + 13, .end, "value"))
      labels.append(.init(gained.text, x: middle + right + 6, y: y + 13, .start, "value"))
    }
    return Picture(
      id: id, heading: "Flipped answers",
      description: measurements.tasks.map {
        "\($0.name): \($0.answers.lost) lost, \($0.answers.gained) gained of \($0.items)"
      }.joined(separator: "; "),
      height: height,
      lines: measurements.tasks.indices.map { row in
        let y = Double(row) * rowHeight + 38
        return .init(from: middle, y, to: middle, y + 24, "axis")
      }, boxes: boxes, labels: labels,
      note: """
        Questions that only the original answers rightly are lost, those that only the product answers rightly are \
        gained.
        """)
  }
}
