import Checkpoints
import JSON

/// Columns of text, aligned.
struct TextTable {
  enum Alignment {
    case left
    case right
  }

  private let columns: [Alignment]
  private var rows: [[String]] = []

  init(columns: [Alignment]) {
    self.columns = columns
  }

  /// Adds a row; missing cells are empty.
  mutating func add(_ cells: String...) {
    rows.append(cells.map(\.onOneLine) + [String](repeating: "", count: columns.count - cells.count))
  }

  /// All rows, two spaces between columns, nothing at the end of a line.
  var text: String {
    let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = ""
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line += (column == 0 ? "" : "  ") + (columns[column] == .left ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

extension Int {
  /// With commas between groups of three digits.
  var grouped: String {
    var text = ""
    for (index, digit) in String(magnitude).reversed().enumerated() {
      if index > 0, index % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return (self < 0 ? "-" : "") + String(text.reversed())
  }
}
