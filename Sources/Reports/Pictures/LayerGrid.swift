import Pipeline

/// Lays matrices out by block and by part of the block, and those outside of all blocks below.
package struct LayerGrid {
  /// One matrix.
  package struct Cell {
    /// Its place in the ledger.
    package let index: Int
    package let entry: LedgerEntry
    package let x: Double
    package let y: Double
    package let width: Double
    package let height: Double

    /// The words in its middle, if they fit.
    func label(_ words: String, _ style: String) -> Picture.Label? {
      let isSmall = Double(words.count) * Picture.characterWidth > width - 2
      guard height >= 16, !isSmall || Double(words.count) * 6 <= width - 2 else { return nil }
      return Picture.Label(
        words, x: x + width / 2, y: y + height / 2 + 4.5, .middle, "cell \(style)" + (isSmall ? " small" : ""))
    }
  }

  package private(set) var cells: [Cell] = []
  package private(set) var labels: [Picture.Label] = []
  private(set) var lines: [Picture.Line] = []
  package private(set) var height = 0.0

  private static let gutter = 40.0
  private static let gap = 2.0

  /// - Parameter ledger: vectors and biases are left out: they are not rounded.
  package init(_ ledger: Ledger) {
    var blocks: [Int: [String: Int]] = [:]
    var parts: [String] = []
    var tables: [Int] = []
    for (index, entry) in ledger.entries.enumerated() {
      let name = TensorName(entry.tensor)
      guard name.isWeight, entry.rows > 1 else { continue }
      guard let layer = name.layer else {
        tables.append(index)
        continue
      }
      if !parts.contains(name.part) { parts.append(name.part) }
      blocks[layer, default: [:]][name.part] = index
    }
    if !parts.isEmpty {
      addHeader(parts)
      addBlocks(blocks, parts, ledger)
    }
    if !tables.isEmpty { addTables(tables, ledger) }
  }

  private static func columnWidth(_ count: Int) -> Double {
    (Picture.standardWidth - gutter) / Double(count)
  }

  /// Names of the parts: in two lines where that fits, such as `attn` above `q k v`, else upright.
  private mutating func addHeader(_ parts: [String]) {
    let width = Self.columnWidth(parts.count)
    let split = parts.map { $0.split(separator: "_", maxSplits: 1).map(String.init) }
    let longest = split.map { $0.last?.count ?? 0 }.max() ?? 0
    guard Double(longest) * Picture.characterWidth <= width else {
      height = Double(parts.map(\.count).max() ?? 0) * Picture.characterWidth + 6
      for (column, part) in parts.enumerated() {
        let x = Self.gutter + (Double(column) + 0.5) * width + 4.5
        labels.append(.init(part, x: x, y: height - 6, isUpright: true))
      }
      return
    }
    var column = 0
    while column < split.count {
      var end = column + 1
      if split[column].count == 2 {
        while end < split.count, split[end].count == 2, split[end][0] == split[column][0] { end += 1 }
        let (left, right) = (Self.gutter + Double(column) * width, Self.gutter + Double(end) * width - Self.gap)
        labels.append(.init(split[column][0], x: (left + right) / 2, y: 13, .middle))
        lines.append(.init(from: left, 19, to: right, 19, "rule"))
      }
      for place in column..<end {
        let x = Self.gutter + (Double(place) + 0.5) * width
        labels.append(.init(split[place].last ?? "", x: x, y: 35, .middle))
      }
      column = end
    }
    height = 42
  }

  private mutating func addBlocks(_ blocks: [Int: [String: Int]], _ parts: [String], _ ledger: Ledger) {
    let width = Self.columnWidth(parts.count)
    let rowHeight = blocks.count <= 40 ? 22.0 : blocks.count <= 80 ? 11 : 6
    let every = rowHeight >= 15 ? 1 : rowHeight > 7.5 ? 2 : 5
    for (row, layer) in blocks.keys.sorted().enumerated() {
      let y = height + Double(row) * rowHeight
      if row % every == 0 {
        labels.append(.init("\(layer)", x: Self.gutter - 8, y: y + min(rowHeight, 22) / 2 + 4.5, .end))
      }
      for (column, part) in parts.enumerated() {
        guard let index = blocks[layer]?[part] else { continue }
        cells.append(
          Cell(
            index: index, entry: ledger.entries[index], x: Self.gutter + Double(column) * width, y: y,
            width: width - Self.gap, height: rowHeight - (rowHeight > 10 ? Self.gap : 0.5)))
      }
    }
    height += Double(blocks.count) * rowHeight
  }

  private mutating func addTables(_ tables: [Int], _ ledger: Ledger) {
    let width = Self.columnWidth(tables.count)
    height += 20
    for (column, index) in tables.enumerated() {
      let x = Self.gutter + Double(column) * width
      labels.append(.init(TensorName(ledger.entries[index].tensor).part, x: x + width / 2, y: height, .middle))
      cells.append(
        Cell(
          index: index, entry: ledger.entries[index], x: x, y: height + 6, width: width - Self.gap, height: 20))
    }
    height += 28
  }
}
