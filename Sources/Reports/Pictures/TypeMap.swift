import Pipeline

/// The type of each matrix by block and part.
enum TypeMap {
  /// Shades, from the fewest bits to the most.
  static let shades = 6

  /// - Parameter place: that of the list of `types` in the record; nil where it holds none for this ledger.
  /// - Returns: nil where there is no matrix.
  static func picture(_ ledger: Ledger, typesAt place: String?, id: String) -> Picture? {
    let grid = LayerGrid(ledger)
    let types = ledger.types
    guard !grid.cells.isEmpty else { return nil }
    let used = Set(grid.cells.map(\.entry.typeUsed))
    let names = types.map(\.type).filter(used.contains)
    var boxes: [Picture.Box] = []
    var labels = grid.labels
    for cell in grid.cells {
      let shade = shade(names.firstIndex(of: cell.entry.typeUsed) ?? 0, of: names.count)
      let asked = cell.entry.fallback == nil ? "" : " instead of \(cell.entry.typeAsked)"
      boxes.append(
        .init(
          x: cell.x, y: cell.y, width: cell.width, height: cell.height,
          "type\(shade)" + (cell.entry.fallback == nil ? "" : " fallback"),
          tip: "\(cell.entry.tensor): \(cell.entry.typeUsed)\(asked), \(NumberText.bytes(cell.entry.bytes))"))
      let words = cell.entry.typeUsed + (cell.entry.fallback == nil ? "" : "*")
      if let label = cell.label(words, "over\(shade)") { labels.append(label) }
    }
    let legend = types.enumerated().map { index, type in
      // Vectors have types too; they are not drawn.
      Picture.LegendEntry(
        style: names.firstIndex(of: type.type).map { "type\(shade($0, of: names.count))" } ?? "",
        meaning: meaning(type, at: place.map { "\($0).\(index)" }))
    }
    let hasFallback = grid.cells.contains { $0.entry.fallback != nil }
    return Picture(
      id: id, heading: "Types by block and part",
      description: "The type of each matrix. In all: "
        + types.map { "\($0.tensors) \($0.type)" }.joined(separator: ", ") + ".",
      height: grid.height, lines: grid.lines, boxes: boxes, labels: labels, legend: legend,
      note: hasFallback ? "* not the type that was asked for: its rows do not fit that one." : "")
  }

  /// A type, how much of it there is and in how many tensors.
  private static func meaning(_ type: TypeShare, at place: String?) -> Phrase {
    let noun = type.tensors == 1 ? "tensor" : "tensors"
    guard let place else {
      return "\(type.type): \(NumberText.bytes(type.bytes)) in \(NumberText.grouped(type.tensors)) \(noun)"
    }
    return """
      \(type.type): \(Figure(type.bytes, at: "\(place).bytes", NumberText.bytes)) in \
      \(Figure(type.tensors, at: "\(place).tensors")) \(noun)
      """
  }

  /// Spreads the types over the shades.
  private static func shade(_ index: Int, of count: Int) -> Int {
    // Few types need not differ as much as black and white.
    let (low, high) = count > 4 ? (0, shades - 1) : (1, shades - 2)
    return count > 1 ? low + index * (high - low) / (count - 1) : shades / 2
  }
}
