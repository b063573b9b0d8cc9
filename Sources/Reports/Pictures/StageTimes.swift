import Pipeline

/// How long each stage of a run took, as bars.
enum StageTimes {
  static func picture(_ outcome: Outcome, id: String) -> Picture {
    let left = 120.0
    let right = Picture.standardWidth - 92
    let rowHeight = 30.0
    let longest = outcome.stages.map(\.seconds).max() ?? 0
    var boxes: [Picture.Box] = []
    var labels: [Picture.Label] = []
    for (row, time) in outcome.stages.enumerated() {
      let y = Double(row) * rowHeight + 4
      let figure = Figure(time.seconds, at: "stages.\(row).seconds", NumberText.duration)
      let length = longest > 0 ? max(1, time.seconds / longest * (right - left)) : 1
      boxes.append(
        .init(
          x: left, y: y, width: length, height: rowHeight - 10, "bar", tip: "\(name(time.stage)): \(figure.text)",
          figure))
      labels.append(.init(name(time.stage), x: left - 8, y: y + 15, .end, "name"))
      labels.append(.init(figure.text, x: left + length + 7, y: y + 15, .start, "value"))
    }
    return Picture(
      id: id, heading: "Time by stage",
      description: outcome.stages.map { "\(name($0.stage)): \(NumberText.duration($0.seconds))" }
        .joined(separator: "; "),
      height: Double(outcome.stages.count) * rowHeight, boxes: boxes, labels: labels,
      note: """
        \(Figure(outcome.seconds, at: "seconds", NumberText.duration)) in all on \
        \(Figure(outcome.workers, at: "workers")) \(outcome.workers == 1 ? "thread" : "threads"), \
        OpenBLAS kernels for \(outcome.blasCore). \
        This was written before publishing, whose time is not known here.
        """)
  }

  private static func name(_ stage: Stage) -> String {
    switch stage {
    case .open: "open and hash"
    case .gradients: "take gradients"
    case .allot: "allot bits"
    case .compile: "solve blocks"
    case .tables: "solve tables"
    case .validate: "check"
    case .publish: "publish"
    }
  }
}
