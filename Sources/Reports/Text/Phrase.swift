/// Words with figures between them.
struct Phrase: ExpressibleByStringInterpolation {
  /// Words, and the figures that follow them: none or one.
  struct Piece {
    let words: String
    let figures: [Figure]
  }

  let pieces: [Piece]

  init(_ pieces: [Piece]) {
    self.pieces = pieces
  }

  init(stringLiteral words: String) {
    pieces = words.isEmpty ? [] : [Piece(words: words, figures: [])]
  }

  init(stringInterpolation: StringInterpolation) {
    pieces = stringInterpolation.pieces
  }

  static func + (left: Phrase, right: Phrase) -> Phrase {
    Phrase(left.pieces + right.pieces)
  }

  /// The same without marks, for descriptions.
  var plain: String {
    pieces.map { $0.words + $0.figures.map(\.text).joined() }.joined()
  }

  /// Takes text and figures in turn.
  struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var pieces: [Piece] = []

    init(literalCapacity: Int, interpolationCount: Int) {}

    mutating func appendLiteral(_ words: String) {
      if !words.isEmpty { pieces.append(Piece(words: words, figures: [])) }
    }

    mutating func appendInterpolation(_ words: String) {
      appendLiteral(words)
    }

    mutating func appendInterpolation(_ figure: Figure) {
      pieces.append(Piece(words: "", figures: [figure]))
    }
  }
}
