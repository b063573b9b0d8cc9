import Validation

/// How both models answer questions: all tasks together, then each by itself.
enum TaskTable {
  /// - Parameter place: that of the measurements.
  /// - Returns: nil where no question was asked.
  static func table(_ measurements: Measurements, at place: String) -> Table? {
    guard let all = measurements.questions else { return nil }
    var rows: [[Table.Cell]] = []
    for (index, task) in measurements.tasks.enumerated() {
      rows.append(row(task, named: task.name, at: "\(place).tasks.\(index)"))
    }
    if measurements.tasks.count != 1 { rows.insert(row(all, named: "all tasks", at: "\(place).questions"), at: 0) }
    return Table(
      "Tasks",
      columns: [
        "with the 95 % interval", "questions", "by chance", "original", "product", "loss", "flipped", "lost", "gained",
      ],
      numbers: Set(1...8), narrow: .stacked, rows: rows)
  }

  private static func row(_ task: TaskMeasurements, named name: String, at place: String) -> [Table.Cell] {
    func figure(_ measure: Measure) -> Table.Cell {
      guard let estimate = task.figures[measure] else { return Table.Cell(nil) }
      return EstimatePhrase(estimate, MeasureText(measure), at: "\(place).figures.\(measure.rawValue)").cell
    }
    return [
      Table.Cell(Phrase(stringLiteral: name)), Table.Cell(Figure(task.items, at: "\(place).items")),
      Table.Cell(Figure(task.chance, at: "\(place).chance", { NumberText.percent($0) })),
      EstimatePhrase(task.originalAccuracy, MeasureText(.accuracy), at: "\(place).originalAccuracy").cell,
      figure(.accuracy), figure(.accuracyDrop), figure(.flips),
      Table.Cell(Figure(task.answers.lost, at: "\(place).answers.lost")),
      Table.Cell(Figure(task.answers.gained, at: "\(place).answers.gained")),
    ]
  }
}
