/// Rounds the columns of one code under their own metric A: finds the code q with a small (t − s q)ᵀ A (t − s q).
///
/// For given signs all vectors of the table are looked through. Signs start from those of the targets and are then
/// changed where that lowers the cost: the few changes that promise most are tried with all vectors. Where a code is of
/// two vectors, the first is chosen under what the second cannot make up for (the Schur complement), and then each once
/// more beside the other.
package struct MetricRounder: ~Copyable {
  package let book: VectorCodebook
  /// The metric of the first vector of a code.
  private var first: VectorMetric
  /// Where codes are of two vectors: that of the second, and of the first with the second free.
  private var second: VectorMetric
  private var free: VectorMetric
  /// The second with the first free.
  private var freeSecond: VectorMetric
  /// What an error of one adds to the target of the other, column by column of the error.
  private var toSecond = InlineArray<4, Eight>(repeating: Eight())
  private var toFirst = InlineArray<4, Eight>(repeating: Eight())
  /// The first vector's rows of the metric at the second's columns, column by column.
  private var cross = InlineArray<4, Eight>(repeating: Eight())

  private var hasTwo: Bool { book.columnsPerCode > book.columnsPerVector }

  package init(_ book: VectorCodebook) {
    self.book = book
    first = VectorMetric(book)
    second = first
    free = first
    freeSecond = first
  }

  /// Takes the metric of the code that is rounded next.
  ///
  /// - Parameter metric: A, symmetric and positive definite, `[columnsPerCode, columnsPerCode]`, row after row.
  package mutating func setMetric(_ metric: Span<Float>) {
    let k = book.columnsPerCode
    precondition(metric.count == k * k, "a metric of \(k) columns")
    guard hasTwo else {
      first.set(Self.part(metric, k, rows: 0, columns: 0, count: k))
      return
    }
    let half = SplitMetric(metric)
    first.set(Self.part(metric, k, rows: 0, columns: 0, count: 4))
    second.set(Self.part(metric, k, rows: 4, columns: 4, count: 4))
    free.set(half.free)
    freeSecond.set(half.freeSecond)
    toSecond = half.toSecond
    toFirst = half.toFirst
    for column in 0..<4 {
      for row in 0..<4 { cross[column][row] = metric[row * k + 4 + column] }
    }
  }

  private static func part(
    _ metric: Span<Float>, _ k: Int, rows: Int, columns: Int, count: Int
  ) -> InlineArray<8, Eight> {
    var part = InlineArray<8, Eight>(repeating: Eight())
    for row in 0..<count {
      for column in 0..<count { part[row][column] = metric[(rows + row) * k + columns + column] }
    }
    return part
  }

  /// The best code found for targets.
  ///
  /// - Parameters:
  ///   - target: t, `[columnsPerCode]`.
  ///   - scale: s.
  ///   - which: the book that vectors are taken from.
  ///   - isImproving: whether `codes` hold a code, which stays unless another costs less.
  ///   - codes: `[columnsPerCode]`, receives it.
  package mutating func round(
    _ target: Span<Float>, scale: Float, book which: Int, isImproving: Bool, codes: inout MutableSpan<UInt8>
  ) {
    precondition(target.count == book.columnsPerCode && codes.count == book.columnsPerCode, "the columns of one code")
    // A copy, as it is lent while this value changes.
    let book = book
    let search = PatternSearch(LentCodebook(book))
    let range = book.books[which]
    let width = book.columnsPerVector
    let start = Self.load(target, 0, width)
    guard hasTwo else {
      let found = search.best(&first, start, scale: scale, in: range, parity: book.signs == .even ? 0 : nil)
      if isImproving {
        let known = search.cost(values(search, codes, at: 0), first, start, scale: scale)
        guard found.cost < known else { return }
      }
      write(search, found, to: &codes, at: 0)
      return
    }
    let end = Self.load(target, width, width)
    let found = pair(search, start, end, scale, range)
    if isImproving {
      let known = cost(start - scale * values(search, codes, at: 0), end - scale * values(search, codes, at: width))
      guard cost(start - scale * values(search, found.0), end - scale * values(search, found.1)) < known else { return }
    }
    write(search, found.0, to: &codes, at: 0)
    write(search, found.1, to: &codes, at: width)
  }

  /// Two vectors with an even number of signs together.
  private mutating func pair(
    _ search: PatternSearch, _ start: Eight, _ end: Eight, _ scale: Float, _ range: Range<Int>
  ) -> (SignedVector, SignedVector) {
    var best = pair(search, start, end, scale, range, parity: 0)
    for attempt in [
      pair(search, start, end, scale, range, parity: 1), reversedPair(search, start, end, scale, range, parity: 0),
      reversedPair(search, start, end, scale, range, parity: 1),
    ] where attempt.cost < best.cost { best = attempt }
    let parity = best.first.pattern.nonzeroBitCount % 2
    let target = start + Self.apply(toFirst, end - scale * values(search, best.second))
    let again = search.best(&first, target, scale: scale, in: range, parity: parity)
    if again.cost < search.cost(values(search, best.first), first, target, scale: scale) {
      best.first = again
      let target = end + Self.apply(toSecond, start - scale * values(search, again))
      let other = search.best(&second, target, scale: scale, in: range, parity: parity)
      if other.cost < search.cost(values(search, best.second), second, target, scale: scale) { best.second = other }
    }
    return (best.first, best.second)
  }

  /// The first vector with the second free, then the second beside it; either has that parity of signs.
  private mutating func pair(
    _ search: PatternSearch, _ start: Eight, _ end: Eight, _ scale: Float, _ range: Range<Int>, parity: Int
  ) -> (first: SignedVector, second: SignedVector, cost: Float) {
    let one = search.best(&free, start, scale: scale, in: range, parity: parity)
    let target = end + Self.apply(toSecond, start - scale * values(search, one))
    let two = search.best(&second, target, scale: scale, in: range, parity: parity)
    return (one, two, cost(start - scale * values(search, one), end - scale * values(search, two)))
  }

  /// The second vector with the first free, then the first beside it.
  private mutating func reversedPair(
    _ search: PatternSearch, _ start: Eight, _ end: Eight, _ scale: Float, _ range: Range<Int>, parity: Int
  ) -> (first: SignedVector, second: SignedVector, cost: Float) {
    let two = search.best(&freeSecond, end, scale: scale, in: range, parity: parity)
    let target = start + Self.apply(toFirst, end - scale * values(search, two))
    let one = search.best(&first, target, scale: scale, in: range, parity: parity)
    return (one, two, cost(start - scale * values(search, one), end - scale * values(search, two)))
  }

  /// eᵀ A e for the errors of the two vectors of a code.
  private func cost(_ one: Eight, _ two: Eight) -> Float {
    (one * (first.times(one) + 2 * Self.apply(cross, two))).sum() + (two * second.times(two)).sum()
  }

  @inline(__always)
  private static func apply(_ columns: borrowing InlineArray<4, Eight>, _ x: Eight) -> Eight {
    var product = columns[0] * x[0]
    for column in 1..<4 { product.addProduct(columns[column], Eight(repeating: x[column])) }
    return product
  }

  private static func load(_ target: Span<Float>, _ start: Int, _ count: Int) -> Eight {
    var lanes = Eight()
    for column in 0..<count { lanes[column] = target[start + column] }
    return lanes
  }

  private func values(_ search: PatternSearch, _ vector: SignedVector) -> Eight {
    search.book.vectors[vector.vector] * SignPatterns.factors(vector.pattern)
  }

  private func values(_ search: PatternSearch, _ codes: borrowing MutableSpan<UInt8>, at start: Int) -> Eight {
    let book = search.book
    var lanes = Eight()
    for column in 0..<book.columnsPerVector { lanes[column] = book.levels[Int(codes[start + column])] }
    return lanes
  }

  private func write(
    _ search: PatternSearch, _ vector: SignedVector, to codes: inout MutableSpan<UInt8>, at start: Int
  ) {
    let book = search.book
    for column in 0..<book.columnsPerVector {
      let code = book.codes[vector.vector * book.columnsPerVector + column]
      codes[start + column] = vector.pattern >> column & 1 == 1 ? book.negated(code) : code
    }
  }
}

/// What the halves of a metric of eight columns mean to each other.
private struct SplitMetric {
  /// The first four's metric with the others free: A₁₁ − A₁₂ A₂₂⁻¹ A₂₁.
  private(set) var free = InlineArray<8, Eight>(repeating: Eight())
  /// The second four's metric with the first free: A₂₂ − A₂₁ A₁₁⁻¹ A₁₂.
  private(set) var freeSecond = InlineArray<8, Eight>(repeating: Eight())
  /// A₂₂⁻¹ A₂₁, column after column.
  private(set) var toSecond = InlineArray<4, Eight>(repeating: Eight())
  /// A₁₁⁻¹ A₁₂, column after column.
  private(set) var toFirst = InlineArray<4, Eight>(repeating: Eight())

  init(_ metric: Span<Float>) {
    let a = (0..<64).map { Double(metric[$0]) }
    let second = Self.solved(a, 4, 0)
    let first = Self.solved(a, 0, 4)
    for row in 0..<4 {
      for column in 0..<4 {
        toSecond[column][row] = Float(second[row * 4 + column])
        toFirst[column][row] = Float(first[row * 4 + column])
        var rest = a[row * 8 + column]
        for inner in 0..<4 { rest -= a[row * 8 + 4 + inner] * second[inner * 4 + column] }
        free[row][column] = Float(rest)
        rest = a[(4 + row) * 8 + 4 + column]
        for inner in 0..<4 { rest -= a[(4 + row) * 8 + inner] * first[inner * 4 + column] }
        freeSecond[row][column] = Float(rest)
      }
    }
  }

  /// The four by four block at `own` solved for that beside it: X with A X = B, by elimination.
  private static func solved(_ a: [Double], _ own: Int, _ other: Int) -> [Double] {
    var left = (0..<16).map { a[(own + $0 / 4) * 8 + own + $0 % 4] }
    var right = (0..<16).map { a[(own + $0 / 4) * 8 + other + $0 % 4] }
    for pivot in 0..<4 where left[pivot * 4 + pivot] != 0 {
      for row in 0..<4 where row != pivot {
        let factor = left[row * 4 + pivot] / left[pivot * 4 + pivot]
        for column in 0..<4 {
          left[row * 4 + column] -= factor * left[pivot * 4 + column]
          right[row * 4 + column] -= factor * right[pivot * 4 + column]
        }
      }
    }
    return (0..<16).map { left[$0 / 4 * 5] == 0 ? 0 : right[$0] / left[$0 / 4 * 5] }
  }
}
