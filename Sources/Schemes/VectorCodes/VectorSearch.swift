/// The inner loop of everything that rounds to vectors.
enum VectorSearch {
  /// The vector q of a range with the smallest `squared · quads[q] + Σ linear[column] · q[column]`, the first of equals.
  ///
  /// - Parameters:
  ///   - range: bounds are multiples of 8.
  ///   - quads: what each vector costs by itself, eight vectors at a time; those of vector 0 stand at `offset`.
  ///   - squared: the square of the scale.
  ///   - linear: a number for each column; those beyond the table's columns are not read.
  static func best(
    of book: LentCodebook, in range: Range<Int>, quads: Span<Eight>, at offset: Int, squared: Float, linear: Eight
  ) -> (vector: Int, cost: Float) {
    let table = book.table
    let count = book.count / 8
    let eighths = range.lowerBound / 8..<range.upperBound / 8
    precondition(eighths.upperBound <= count && table.count >= book.columnsPerVector * count)
    precondition(offset >= 0 && offset + eighths.upperBound <= quads.count)
    return book.columnsPerVector == 8
      ? best8(table, count, eighths, quads, offset, squared, linear)
      : best4(table, count, eighths, quads, offset, squared, linear)
  }

  @inline(__always)
  private static func best8(
    _ table: Span<Eight>, _ count: Int, _ range: Range<Int>, _ quads: Span<Eight>, _ offset: Int, _ squared: Float,
    _ linear: Eight
  ) -> (vector: Int, cost: Float) {
    let (a, b) = (Eight(repeating: linear[0]), Eight(repeating: linear[1]))
    let (c, d) = (Eight(repeating: linear[2]), Eight(repeating: linear[3]))
    let (e, f) = (Eight(repeating: linear[4]), Eight(repeating: linear[5]))
    let (g, h) = (Eight(repeating: linear[6]), Eight(repeating: linear[7]))
    var tracker = Smallest(startingAt: 8 * range.lowerBound)
    var place = range.lowerBound
    while place < range.upperBound {
      // Two sums, so that no product waits for the one before it.
      var cost = quads[unchecked: offset &+ place] * squared
      var other = table[unchecked: 4 &* count &+ place] * e
      cost.addProduct(table[unchecked: place], a)
      other.addProduct(table[unchecked: 5 &* count &+ place], f)
      cost.addProduct(table[unchecked: count &+ place], b)
      other.addProduct(table[unchecked: 6 &* count &+ place], g)
      cost.addProduct(table[unchecked: 2 &* count &+ place], c)
      other.addProduct(table[unchecked: 7 &* count &+ place], h)
      cost.addProduct(table[unchecked: 3 &* count &+ place], d)
      tracker.take(cost + other)
      place &+= 1
    }
    return tracker.result
  }

  @inline(__always)
  private static func best4(
    _ table: Span<Eight>, _ count: Int, _ range: Range<Int>, _ quads: Span<Eight>, _ offset: Int, _ squared: Float,
    _ linear: Eight
  ) -> (vector: Int, cost: Float) {
    let (a, b) = (Eight(repeating: linear[0]), Eight(repeating: linear[1]))
    let (c, d) = (Eight(repeating: linear[2]), Eight(repeating: linear[3]))
    var tracker = Smallest(startingAt: 8 * range.lowerBound)
    var place = range.lowerBound
    while place < range.upperBound {
      var cost = quads[unchecked: offset &+ place] * squared
      cost.addProduct(table[unchecked: place], a)
      cost.addProduct(table[unchecked: count &+ place], b)
      cost.addProduct(table[unchecked: 2 &* count &+ place], c)
      cost.addProduct(table[unchecked: 3 &* count &+ place], d)
      tracker.take(cost)
      place &+= 1
    }
    return tracker.result
  }

  /// The vector of a range that costs least by its sums as `setSums` leaves them, the first times `squared` and the second times
  /// `linear`; of equals the first.
  ///
  /// - Parameters:
  ///   - range: bounds are multiples of 8.
  ///   - offset: where the sums of vector 0 stand.
  ///   - flip: a column whose levels, times a number, count too.
  static func best(
    of book: LentCodebook, in range: Range<Int>, sums: Span<Eight>, at offset: Int, squared: Float, linear: Float,
    flip: (column: Int, linear: Float)?
  ) -> (vector: Int, cost: Float) {
    let count = book.count / 8
    let eighths = range.lowerBound / 8..<range.upperBound / 8
    precondition(offset >= 0 && eighths.upperBound <= count && offset + 2 * count <= sums.count)
    var tracker = Smallest(startingAt: range.lowerBound)
    let (a, b) = (Eight(repeating: squared), Eight(repeating: linear))
    guard let flip else {
      for place in eighths {
        var cost = sums[unchecked: offset &+ 2 &* place] * a
        cost.addProduct(sums[unchecked: offset &+ 2 &* place &+ 1], b)
        tracker.take(cost)
      }
      return tracker.result
    }
    let table = book.table
    precondition(0..<book.columnsPerVector ~= flip.column && table.count >= book.columnsPerVector * count)
    let c = Eight(repeating: flip.linear)
    for place in eighths {
      var cost = sums[unchecked: offset &+ 2 &* place] * a
      cost.addProduct(sums[unchecked: offset &+ 2 &* place &+ 1], b)
      cost.addProduct(table[unchecked: flip.column &* count &+ place], c)
      tracker.take(cost)
    }
    return tracker.result
  }

  /// Sets `sums[offset...]` to Σ weights q² and Σ linear q of each vector q of the table, eight vectors at a time.
  static func setSums(
    _ sums: inout MutableSpan<Eight>, at offset: Int, of book: LentCodebook, weights: Eight, linear: Eight
  ) {
    book.columnsPerVector == 8
      ? setSums(&sums, at: offset, of: book, columns: 8, weights, linear)
      : setSums(&sums, at: offset, of: book, columns: 4, weights, linear)
  }

  @inline(__always)
  private static func setSums(
    _ sums: inout MutableSpan<Eight>, at offset: Int, of book: LentCodebook, columns: Int, _ weights: Eight,
    _ linear: Eight
  ) {
    let count = book.count / 8
    let table = book.table
    precondition(offset >= 0 && offset + 2 * count <= sums.count && table.count >= columns * count)
    for place in 0..<count {
      var (quad, product) = (Eight(), Eight())
      for column in 0..<columns {
        let q = table[unchecked: column &* count &+ place]
        quad.addProduct(q * q, Eight(repeating: weights[column]))
        product.addProduct(q, Eight(repeating: linear[column]))
      }
      sums[unchecked: offset &+ 2 &* place] = quad
      sums[unchecked: offset &+ 2 &* place &+ 1] = product
    }
  }

  /// Sets `quads[offset...]` to qᵀ A q for each vector q of the table, some of whose columns have the other sign.
  ///
  /// - Parameters:
  ///   - metric: rows of A.
  ///   - signs: 1 or −1 for each column.
  static func setQuads(
    _ quads: inout MutableSpan<Eight>, at offset: Int, of book: LentCodebook, metric: borrowing InlineArray<8, Eight>,
    signs: Eight
  ) {
    let count = book.count / 8
    let table = book.table
    precondition(offset >= 0 && offset + count <= quads.count && table.count >= book.columnsPerVector * count)
    for place in 0..<count { quads[unchecked: offset &+ place] = Eight() }
    for row in 0..<book.columnsPerVector {
      // What stands beside the diagonal counts twice.
      var factors = metric[row] * signs * (2 * signs[row])
      factors[row] = metric[row][row]
      for place in 0..<count {
        var product = table[unchecked: row &* count &+ place] * factors[row]
        for column in 0..<row {
          product.addProduct(table[unchecked: column &* count &+ place], Eight(repeating: factors[column]))
        }
        quads[unchecked: offset &+ place].addProduct(table[unchecked: row &* count &+ place], product)
      }
    }
  }
}

/// The smallest of many numbers, eight at a time, and where it stands.
private struct Smallest {
  private var smallest = Eight(repeating: .infinity)
  private var places: Eight
  private var place: Eight

  @inline(__always)
  init(startingAt start: Int) {
    place = Eight(0, 1, 2, 3, 4, 5, 6, 7) + Float(start)
    places = place
  }

  @inline(__always)
  mutating func take(_ costs: Eight) {
    let isLess = costs .< smallest
    smallest.replace(with: costs, where: isLess)
    places.replace(with: place, where: isLess)
    place += 8
  }

  /// Of equals the first.
  @inline(__always)
  var result: (vector: Int, cost: Float) {
    var best = (place: places[0], cost: smallest[0])
    for lane in 1..<8 {
      let cost = smallest[lane]
      if cost < best.cost || (cost == best.cost && places[lane] < best.place) { best = (places[lane], cost) }
    }
    return (Int(best.place), best.cost)
  }
}
