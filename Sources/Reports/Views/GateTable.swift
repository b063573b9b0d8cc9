import Validation

/// The gates of a product: what was judged, what was wanted, the margin and what was measured.
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
    var columns = ["", "gate", hasIntervals ? "judged" : "measured", "wanted", "margin"]
    if hasIntervals { columns.append("measured") }
    if hasBaselines { columns.append("baseline") }
    let rows = shown.map { index, result in
      let row = GateRow(result, at: "\(place).gates.\(index)")
      var cells = [
        Table.Cell(result.holds ? "holds" : "fails", result.holds ? .holds : .fails),
        Table.Cell(Phrase(stringLiteral: row.label), below: Phrase(stringLiteral: row.name)),
        Table.Cell(row.judged, below: row.judgedEnd, .number), Table.Cell(row.wanted, .number),
        Table.Cell(row.margin, .number),
      ]
      if hasIntervals { cells.append(Table.Cell(row.measured, below: row.interval, .number)) }
      if hasBaselines { cells.append(Table.Cell(row.baseline, below: row.allowance, .number)) }
      return cells
    }
    return Table(caption, columns: columns, numbers: Set(2..<7), narrow: .cards, rows: rows)
  }
}

/// A gate in words and figures.
struct GateRow {
  /// As people call the measure.
  let label: String
  /// As the pipeline file calls the gate.
  let name: String
  /// What was held against the limits: the estimate or, with a confidence, the worse end of its interval.
  let judged: Phrase
  /// Which end that is, where it is one.
  let judgedEnd: Phrase?
  let measured: Phrase
  let wanted: Phrase
  let margin: Phrase
  /// Such as `−2.07 % to 1.58 %`.
  let interval: Phrase?
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
    interval = result.interval.map {
      """
      \(Figure($0.low, at: "\(place).interval.low", text.figure)) to \
      \(Figure($0.high, at: "\(place).interval.high", text.figure))
      """
    }
    if let end = result.judgedEnd, let confidence = gate.confidence {
      judged = phrase(end.value, "interval.\(end.side.rawValue)", text.figure)
      judgedEnd = """
        \(end.side == .high ? "upper" : "lower") end, \
        \(Figure(confidence, at: "\(place).gate.confidence", { NumberText.percentOfShare($0) }))
        """
    } else {
      judged = measured
      judgedEnd = nil
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

extension GateResult {
  /// An end of an interval, as records name it.
  enum Side: String {
    case low
    case high
  }

  /// The end of the interval that was judged: the one nearest to its limit, or furthest beyond it. Nil for gates that
  /// judge the estimate.
  var judgedEnd: (side: Side, value: Double)? {
    guard let interval else { return nil }
    let belowMaximum = maximum.map { $0 - interval.high }
    let aboveMinimum = minimum.map { interval.low - $0 }
    guard let aboveMinimum, aboveMinimum < belowMaximum ?? .infinity else { return (.high, interval.high) }
    return (.low, interval.low)
  }
}
