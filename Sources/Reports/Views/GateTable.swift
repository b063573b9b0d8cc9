import Validation

/// The gates of a product: measured, wanted, margin, interval.
enum GateTable {
  /// - Parameter place: that of the product.
  /// - Returns: nil where there are no gates to show.
  static func table(
    _ results: [GateResult], at place: String, named caption: String = "Gates", onlyFailed: Bool = false
  ) -> Table? {
    let shown = results.enumerated().filter { !onlyFailed || !$0.element.holds }
    guard !shown.isEmpty else { return nil }
    let hasIntervals = results.contains { $0.interval != nil }
    let hasBaselines = results.contains { $0.gate.worseBy != nil }
    var columns = ["", "gate", "measured", "wanted", "margin"]
    if hasIntervals { columns.append("interval") }
    if hasBaselines { columns.append("baseline") }
    let rows = shown.map { index, result in
      let row = GateRow(result, at: "\(place).gates.\(index)")
      var cells = [
        Table.Cell(result.holds ? "holds" : "fails", result.holds ? .holds : .fails),
        Table.Cell(Phrase(stringLiteral: row.label), below: Phrase(stringLiteral: row.name)),
        Table.Cell(row.measured, .number), Table.Cell(row.wanted, .number), Table.Cell(row.margin, .number),
      ]
      if hasIntervals { cells.append(Table.Cell(row.interval, below: row.confidence, .number)) }
      if hasBaselines { cells.append(Table.Cell(row.baseline, below: row.allowance, .number)) }
      return cells
    }
    return Table(caption, columns: columns, numbers: Set(2..<7), isCards: true, rows: rows)
  }
}

/// A gate in words and figures.
struct GateRow {
  /// As people call the measure.
  let label: String
  /// As the pipeline file calls the gate.
  let name: String
  let measured: Phrase
  let wanted: Phrase
  let margin: Phrase
  let interval: Phrase
  let confidence: Phrase?
  let baseline: Phrase
  let allowance: Phrase?
  let holds: Bool

  /// - Parameter place: that of the result.
  init(_ result: GateResult, at place: String) {
    let gate = result.gate
    let text = MeasureText(gate.measure)
    label = text.label
    name = Self.name(gate)
    holds = result.holds
    func phrase(_ value: Double?, _ key: String, _ write: @escaping (Double) -> String) -> Phrase {
      value.map { "\(Figure($0, at: "\(place).\(key)", write))" } ?? Phrase(stringLiteral: Table.Cell.nothing)
    }
    measured = result.measured == nil ? "not measured" : phrase(result.measured, "measured", text.figure)
    margin = phrase(result.margin, "margin", text.margin)
    wanted = Self.wanted(result, text, at: place)
    interval =
      result.interval.map {
        """
        \(Figure($0.low, at: "\(place).interval.low", text.figure)) to \
        \(Figure($0.high, at: "\(place).interval.high", text.figure))
        """
      } ?? Phrase(stringLiteral: Table.Cell.nothing)
    confidence = gate.confidence.map {
      "with \(Figure($0, at: "\(place).gate.confidence", { NumberText.percentOfShare($0) })) confidence"
    }
    baseline = phrase(result.baseline, "baseline", text.figure)
    allowance = gate.worseBy.map { "may be worse by \(Self.figure($0, text, at: "\(place).gate.worseBy"))" }
  }

  private static func figure(_ allowance: Allowance, _ text: MeasureText, at place: String) -> Figure {
    switch allowance {
    case .absolute(let amount): Figure(amount, at: place, text.limit)
    case .share: Figure(words: allowance.description, at: place)
    }
  }

  private static func wanted(_ result: GateResult, _ text: MeasureText, at place: String) -> Phrase {
    // A limit from a baseline has as many digits as a measurement; one of the file has those that were written.
    let write = result.baseline == nil ? text.limit : text.figure
    let limits: [Phrase] = [
      result.minimum.map { "≥ \(Figure($0, at: "\(place).minimum", write))" },
      result.maximum.map { "≤ \(Figure($0, at: "\(place).maximum", write))" },
    ].compactMap { $0 }
    guard let first = limits.first else { return Phrase(stringLiteral: Table.Cell.nothing) }
    return limits.dropFirst().reduce(first) { $0 + ", " + $1 }
  }

  /// Such as `mean_kld`, `mean_kld of code.jsonl` or `accuracy of arithmetic`.
  static func name(_ gate: Gate) -> String {
    switch gate.scope {
    case .all: gate.measure.rawValue
    case .corpus(let name), .task(let name): "\(gate.measure.rawValue) of \(name)"
    }
  }
}
