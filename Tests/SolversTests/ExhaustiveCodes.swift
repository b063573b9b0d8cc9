import Schemes

/// All codes of a book, one after the other: what a search is measured against.
struct ExhaustiveCodes {
  let book: VectorCodebook
  /// The values of each signed vector, and whether an odd number of them is negative.
  private let vectors: [(values: [Double], isOdd: Bool)]

  init(_ book: VectorCodebook, book which: Int = 0) {
    self.book = book
    let width = book.columnsPerVector
    var vectors: [(values: [Double], isOdd: Bool)] = []
    for vector in book.books[which] {
      let values = (0..<width).map { Double(book.levels[Int(book.codes[vector * width + $0])]) }
      for signs in 0..<(book.signs == .none ? 1 : 1 << width) {
        vectors.append(
          (
            values.enumerated().map { signs >> $0.offset & 1 == 1 ? -$0.element : $0.element },
            signs.nonzeroBitCount % 2 == 1
          ))
      }
    }
    self.vectors = vectors
  }

  /// The smallest (t − s q)ᵀ A (t − s q) of all codes q.
  func smallestCost(_ metric: [[Double]], _ target: [Double], scale: Double) -> Double {
    let width = book.columnsPerVector
    if book.columnsPerCode == width {
      var best = Double.infinity
      for vector in vectors where book.signs != .even || !vector.isOdd {
        best = min(best, Self.cost(metric, zip(target, vector.values).map { $0 - scale * $1 }))
      }
      return best
    }
    // Of two vectors: each alone, and what they have in common.
    func part(_ rows: Int, _ columns: Int) -> [[Double]] {
      (0..<width).map { row in (0..<width).map { metric[rows + row][columns + $0] } }
    }
    let cross = part(0, width)
    let ends = vectors.map { vector in
      let error = (0..<width).map { target[width + $0] - scale * vector.values[$0] }
      let product = cross.map { row in 2 * zip(row, error).reduce(0) { $0 + $1.0 * $1.1 } }
      return (cost: Self.cost(part(width, width), error), product: SIMD4(product), isOdd: vector.isOdd)
    }
    let start = part(0, 0)
    var best = Double.infinity
    for vector in vectors {
      let error = (0..<width).map { target[$0] - scale * vector.values[$0] }
      let own = Self.cost(start, error)
      let lanes = SIMD4(error)
      for end in ends where end.isOdd == vector.isOdd { best = min(best, own + end.cost + (lanes * end.product).sum()) }
    }
    return best
  }

  /// xᵀ A x
  static func cost(_ metric: [[Double]], _ x: [Double]) -> Double {
    var sum = 0.0
    for row in x.indices {
      var product = 0.0
      for column in x.indices { product += metric[row][column] * x[column] }
      sum += x[row] * product
    }
    return sum
  }
}
