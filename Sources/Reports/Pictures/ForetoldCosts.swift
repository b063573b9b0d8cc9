import Pipeline

/// What the error of each tensor is foretold to cost, as bars: where the divergence comes from.
enum ForetoldCosts {
  /// Tensors with a bar of their own.
  static let bars = 24

  /// - Parameters:
  ///   - place: that of the ledger.
  ///   - measured: the mean divergence of the product, where it was measured.
  /// - Returns: nil where no gradients told.
  static func picture(_ ledger: Ledger, at place: String, measured: Double?, id: String) -> Picture? {
    guard let total = ledger.foretold else { return nil }
    let known = ledger.entries.enumerated().compactMap { index, entry in
      entry.foretold.map { (index: index, tensor: entry.tensor, type: entry.typeUsed, cost: $0) }
    }
    let sorted = known.sorted { $0.cost != $1.cost ? $0.cost > $1.cost : $0.index < $1.index }
    let start = 170.0
    let right = Picture.standardWidth - 92
    let rowHeight = 22.0
    let largest = sorted.first?.cost ?? 0
    var boxes: [Picture.Box] = []
    var labels: [Picture.Label] = []
    for (row, item) in sorted.prefix(bars).enumerated() {
      let y = Double(row) * rowHeight + 4
      let figure = Figure(item.cost, at: "\(place).entries.\(item.index).foretold")
      let length = largest > 0 ? max(1, item.cost / largest * (right - start)) : 1
      boxes.append(
        .init(
          x: start, y: y, width: length, height: rowHeight - 8, "bar",
          tip: "\(item.tensor), \(item.type): \(figure.text)",
          figure))
      labels.append(.init(item.tensor, x: start - 8, y: y + 11, .end, "name"))
      labels.append(.init(figure.text, x: start + length + 7, y: y + 11, .start, "value"))
    }
    let rest = sorted.dropFirst(bars)
    let left = NumberText.significant(rest.reduce(0) { $0 + $1.cost })
    let others = rest.isEmpty ? "" : " The \(NumberText.grouped(rest.count)) others cost \(left) together."
    let seen = measured.map { " Measured was a mean divergence of \(NumberText.significant($0))." } ?? ""
    return Picture(
      id: id, heading: "Where the divergence comes from",
      description: """
        Foretold cost of each tensor in nats per token; the largest is \(NumberText.significant(largest)) of \
        \(sorted.first?.tensor ?? "").
        """,
      height: Double(min(bars, sorted.count)) * rowHeight, boxes: boxes, labels: labels,
      note: Phrase(
        stringLiteral: "½ tr(ΔᵀBΔA) / T of each tensor, in nats per token, from gradients on the calibration text: "
          + "\(NumberText.significant(total)) in all.\(others)\(seen)"))
  }
}
