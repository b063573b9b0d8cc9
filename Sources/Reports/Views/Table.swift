/// A table as the template `table` draws it.
struct Table {
  struct Head {
    let words: String
    let style: String
  }

  struct Cell {
    let main: Phrase
    /// A smaller line below, if there is one.
    let subs: [Phrase]
    let style: String
    /// Where the words lead, if anywhere.
    let links: [String]

    /// What stands where there is nothing to tell.
    static let nothing = "–"

    init(_ main: Phrase, below sub: Phrase? = nil, _ style: Style = .text, link: String? = nil) {
      self.main = main
      links = link.map { [$0] } ?? []
      subs = sub.map { [$0] } ?? []
      self.style = style.rawValue + (main.plain == Self.nothing ? " empty" : "")
    }

    init(_ figure: Figure?, below sub: Phrase? = nil) {
      self.init(figure.map { "\($0)" } ?? Phrase(stringLiteral: Self.nothing), below: sub, .number)
    }
  }

  enum Style: String {
    case text
    case number
    /// A number that follows from figures of the record, without a place of its own there.
    case derived = "number derived"
    case mono
    case hash
    case wrap
    case holds
    case fails
  }

  /// A cell that knows its column's name, where cards need it.
  struct LabelledCell {
    let labels: [String]
    let cell: Cell
  }

  struct Row {
    let cells: [LabelledCell]
  }

  /// What becomes of a table on a screen that is narrower than it.
  enum Narrow: String {
    /// It is scrolled.
    case wide
    /// Each row is a card, with its first two cells as the title.
    case cards
    /// Each row is a card, with its first cell as the title.
    case stacked
  }

  let caption: String
  /// What unfolds it, for tables that are folded away.
  let summary: String
  /// How rows stand on narrow screens.
  let tableStyle: String
  let head: [Head]
  let rows: [Row]

  /// - Parameters:
  ///   - columns: their names.
  ///   - numbers: those of them that hold numbers.
  ///   - narrow: what narrow screens make of it.
  init(
    _ caption: String, summary: String = "", columns: [String], numbers: Set<Int>, narrow: Narrow = .wide,
    rows: [[Cell]]
  ) {
    self.caption = caption
    self.summary = summary
    switch narrow {
    case .wide: tableStyle = "wide"
    case .cards: tableStyle = "narrow cards"
    // Two columns fit everywhere.
    case .stacked: tableStyle = columns.count > 2 ? "narrow stacked" : "pair"
    }
    head = columns.enumerated().map { Head(words: $1, style: numbers.contains($0) ? "number" : "text") }
    self.rows = rows.map { row in
      Row(
        cells: zip(row, columns).map {
          LabelledCell(labels: narrow == .wide || columns.count < 3 ? [] : [$1], cell: $0)
        })
    }
  }
}
