/// The inner loop of everything that rounds to vectors.
enum VectorSearch {
  /// The vector q of a range with the smallest `squared · quads[q] + Σ linear[column] · q[column]`, the first of equals.
  ///
  /// - Parameters:
  ///   - range: bounds are multiples of 16.
  ///   - quads: what each vector costs by itself; that of vector 0 stands at `offset`.
  ///   - squared: the square of the scale.
  ///   - linear: a number for each column; those beyond the table's columns are not read.
  @inline(__always)
  static func best(
    of book: VectorCodebook, in range: Range<Int>, quads: Span<Float>, at offset: Int, squared: Float, linear: Eight
  ) -> (vector: Int, cost: Float) {
    let elements = book.table
    let table = elements.span
    return book.columnsPerVector == 8
      ? best8(table, book.count, range, quads, offset, squared, linear)
      : best4(table, book.count, range, quads, offset, squared, linear)
  }

  private static func best8(
    _ table: Span<Float>, _ count: Int, _ range: Range<Int>, _ quads: Span<Float>, _ offset: Int, _ squared: Float,
    _ linear: Eight
  ) -> (vector: Int, cost: Float) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count && table.count >= 8 * count)
    precondition(offset >= 0 && offset + range.upperBound <= quads.count)
    let (a, b, c, d) = (linear[0], linear[1], linear[2], linear[3])
    let (e, f, g, h) = (linear[4], linear[5], linear[6], linear[7])
    var tracker = Smallest(startingAt: range.lowerBound)
    var place = range.lowerBound
    while place < range.upperBound {
      var cost = Eight(quads, at: offset &+ place) * squared
      cost.addProduct(Eight(table, at: place), Eight(repeating: a))
      cost.addProduct(Eight(table, at: count &+ place), Eight(repeating: b))
      cost.addProduct(Eight(table, at: 2 &* count &+ place), Eight(repeating: c))
      cost.addProduct(Eight(table, at: 3 &* count &+ place), Eight(repeating: d))
      cost.addProduct(Eight(table, at: 4 &* count &+ place), Eight(repeating: e))
      cost.addProduct(Eight(table, at: 5 &* count &+ place), Eight(repeating: f))
      cost.addProduct(Eight(table, at: 6 &* count &+ place), Eight(repeating: g))
      cost.addProduct(Eight(table, at: 7 &* count &+ place), Eight(repeating: h))
      tracker.take(cost)
      place &+= 8
    }
    return tracker.result
  }

  private static func best4(
    _ table: Span<Float>, _ count: Int, _ range: Range<Int>, _ quads: Span<Float>, _ offset: Int, _ squared: Float,
    _ linear: Eight
  ) -> (vector: Int, cost: Float) {
    precondition(range.lowerBound >= 0 && range.upperBound <= count && table.count >= 4 * count)
    precondition(offset >= 0 && offset + range.upperBound <= quads.count)
    let (a, b, c, d) = (linear[0], linear[1], linear[2], linear[3])
    var tracker = Smallest(startingAt: range.lowerBound)
    var place = range.lowerBound
    while place < range.upperBound {
      var cost = Eight(quads, at: offset &+ place) * squared
      cost.addProduct(Eight(table, at: place), Eight(repeating: a))
      cost.addProduct(Eight(table, at: count &+ place), Eight(repeating: b))
      cost.addProduct(Eight(table, at: 2 &* count &+ place), Eight(repeating: c))
      cost.addProduct(Eight(table, at: 3 &* count &+ place), Eight(repeating: d))
      tracker.take(cost)
      place &+= 8
    }
    return tracker.result
  }

  /// Sets `quads[offset...]` to qᵀ A q for each vector q of the table, some of whose columns have the other sign.
  ///
  /// - Parameters:
  ///   - metric: rows of A.
  ///   - signs: 1 or −1 for each column.
  static func setQuads(
    _ quads: inout MutableSpan<Float>, at offset: Int, of book: VectorCodebook, metric: borrowing InlineArray<8, Eight>,
    signs: Eight
  ) {
    let count = book.count
    let elements = book.table
    let table = elements.span
    precondition(offset >= 0 && offset + count <= quads.count)
    for place in stride(from: 0, to: count, by: 8) {
      var sum = Eight()
      for row in 0..<book.columnsPerVector {
        let values = Eight(table, at: row &* count &+ place)
        // The part of the row below the diagonal counts twice.
        var product = values * metric[row][row]
        for column in 0..<row {
          let factor = 2 * metric[row][column] * signs[row] * signs[column]
          product.addProduct(Eight(table, at: column &* count &+ place), Eight(repeating: factor))
        }
        sum.addProduct(values, product)
      }
      for lane in 0..<8 { quads[unchecked: offset &+ place &+ lane] = sum[lane] }
    }
  }
}

/// The smallest of many numbers, eight at a time, and where it stands.
private struct Smallest {
  private var smallest = Eight(repeating: .infinity)
  private var places: Eight
  private var place: Eight

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
  var result: (vector: Int, cost: Float) {
    var best = (place: places[0], cost: smallest[0])
    for lane in 1..<8 {
      let cost = smallest[lane]
      if cost < best.cost || (cost == best.cost && places[lane] < best.place) { best = (places[lane], cost) }
    }
    return (Int(best.place), best.cost)
  }
}
