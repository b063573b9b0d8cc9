/// Rounds a few columns to vectors where each column's error counts by itself: Σ weight · (x − scale · q)².
///
/// For a run of columns a vector costs `scale² · Σ w q² − 2 scale · Σ w q x`: both sums are computed once for the columns and serve
/// all scales that are tried. Large tables of ternary levels do without: they hold the cheapest runs of levels, or nearly so.
struct DiagonalRounder: ~Copyable, ~Escapable {
  private let book: LentCodebook
  /// For each run of columns what scales multiply, eight vectors at a time: Σ w q², then Σ w q x where x has the signs of q.
  private var sums: [Eight]
  private var patterns = TernaryPatterns()
  private var x: [Eight]
  private var weights: [Eight]
  /// Of each run, the vector and the signs that it was rounded to.
  private var chosen: [(vector: Int, pattern: Int)]

  /// - Parameter columns: the most that are loaded at a time.
  @_lifetime(borrow book)
  init(_ book: borrowing VectorCodebook, columns: Int) {
    self.book = LentCodebook(book)
    let runs = columns / book.columnsPerVector
    sums = [Eight](repeating: Eight(), count: book.signs == .none ? 0 : 2 * runs * book.count / 8)
    x = [Eight](repeating: Eight(), count: runs)
    weights = x
    chosen = [(vector: Int, pattern: Int)](repeating: (0, 0), count: runs)
  }

  /// Takes columns to round.
  ///
  /// - Parameter importance: the weight of each column's squared error.
  @_lifetime(self: copy self)
  mutating func load(_ values: Span<Float>, importance: Span<Float>) {
    let book = book
    let width = book.columnsPerVector
    precondition(values.count / width <= x.count && importance.count >= values.count)
    for run in 0..<values.count / width {
      for column in 0..<width {
        x[run][column] = values[run * width + column]
        weights[run][column] = importance[run * width + column]
      }
      guard book.signs != .none else { continue }
      let w = weights[run]
      let linear = w * magnitudes(x[run])
      var target = sums.mutableSpan
      VectorSearch.setSums(&target, at: 2 * run * book.count / 8, of: book, weights: w, linear: linear)
    }
  }

  private func magnitudes(_ x: Eight) -> Eight { x.replacing(with: -x, where: x .< 0) }

  /// Rounds some columns to the nearest codes under one scale.
  ///
  /// - Parameters:
  ///   - columns: whole codes of those that were loaded.
  ///   - which: the book that vectors are taken from.
  ///   - flips: how many columns are tried, one after the other, as the one whose sign makes an even number.
  /// - Returns: Σ w q² and Σ w q x.
  @_lifetime(self: copy self)
  mutating func round(_ columns: Range<Int>, scale: Float, book which: Int, flips: Int) -> (qq: Float, qx: Float) {
    let runsPerCode = book.columnsPerCode / book.columnsPerVector
    var sums = (qq: Eight(), qx: Eight())
    for column in stride(from: columns.lowerBound, to: columns.upperBound, by: book.columnsPerCode) {
      let first = column / book.columnsPerVector
      roundCode(first..<first + runsPerCode, scale, which, flips: flips)
      for run in first..<first + runsPerCode {
        var q = book.vectors[chosen[run].vector]
        if book.signs != .none { q *= SignPatterns.factors(chosen[run].pattern) }
        let weighted = q * weights[run]
        sums.qq.addProduct(weighted, q)
        sums.qx.addProduct(weighted, x[run])
      }
    }
    return (sums.qq.sum(), sums.qx.sum())
  }

  /// Sets the codes that the first columns were rounded to.
  func setCodes(_ codes: inout MutableSpan<UInt8>, _ columns: Range<Int>) {
    let width = book.columnsPerVector
    for run in 0..<columns.count / width {
      let (vector, pattern) = chosen[run]
      for column in 0..<width {
        let code = book.codes[vector * width + column]
        codes[columns.lowerBound + run * width + column] = pattern >> column & 1 == 1 ? book.negated(code) : code
      }
    }
  }

  /// Rounds the runs of one code.
  @_lifetime(self: copy self)
  private mutating func roundCode(_ runs: Range<Int>, _ scale: Float, _ which: Int, flips: Int) {
    // Two at most.
    var costs = SIMD2<Float>()
    var negative = 0
    if book.signs != .none {
      for run in runs {
        chosen[run].pattern = SignPatterns.bits(of: scale < 0 ? -x[run] : x[run], columns: book.columnsPerVector)
        negative += chosen[run].pattern.nonzeroBitCount
      }
    }
    let isOdd = book.signs == .even && negative % 2 == 1
    // A code of one run that has to change has no use for its signs as they are.
    if !isOdd || runs.count > 1 {
      for run in runs {
        (chosen[run].vector, costs[run - runs.lowerBound]) = nearest(run, scale, which, flipping: nil)
      }
    }
    guard isOdd else { return }
    var best = (run: runs.lowerBound, column: 0, vector: 0, more: Float.infinity)
    var tried = 0
    for _ in 0..<flips {
      let (index, column) = cheapestFlip(runs, but: tried)
      tried |= 1 << (index * book.columnsPerVector + column)
      let found = nearest(runs.lowerBound + index, scale, which, flipping: column)
      let more = found.cost - costs[index]
      if more < best.more { best = (runs.lowerBound + index, column, found.vector, more) }
    }
    chosen[best.run] = (best.vector, chosen[best.run].pattern ^ 1 << best.column)
  }

  /// The best vector of a run, where the column that `flipping` names has the other sign.
  @_lifetime(self: copy self)
  private mutating func nearest(
    _ run: Int, _ scale: Float, _ which: Int, flipping: Int?
  ) -> (vector: Int, cost: Float) {
    guard book.signs != .none else { return nearestTernary(run, scale, which) }
    // Signs of the columns follow the scale's.
    let factor = abs(scale)
    let flip = flipping.map { (column: $0, linear: 4 * factor * weights[run][$0] * abs(x[run][$0])) }
    return VectorSearch.best(
      of: book, in: book.books[which], sums: sums.span, at: 2 * run * book.count / 8, squared: scale * scale,
      linear: -2 * factor, flip: flip)
  }

  @_lifetime(self: copy self)
  private mutating func nearestTernary(_ run: Int, _ scale: Float, _ which: Int) -> (vector: Int, cost: Float) {
    let (linear, squared) = (weights[run] * x[run] * (-2 * scale), weights[run] * (scale * scale))
    @inline(__always) func costs(_ level: Float) -> Eight { (linear + squared * level) * level }
    var best = (vector: 0, cost: Float.infinity)
    let count = book.shifts.count / book.books.count
    for index in which * count..<(which + 1) * count {
      let shift = book.shifts[index]
      let costs = (costs(shift.low), costs(shift.middle), costs(shift.high))
      let found = patterns.cheapest(costs, in: book.positions) ?? cheapestOfAll(costs)
      if found.cost < best.cost { best = (shift.start + found.position, found.cost) }
    }
    return best
  }

  /// The cheapest run of a table, by looking at all of them.
  private func cheapestOfAll(_ costs: (low: Eight, middle: Eight, high: Eight)) -> (position: Int, cost: Float) {
    var best = (position: 0, cost: Float.infinity)
    for key in 0..<book.positions.count where book.positions[key] != .max {
      var cost: Float = 0
      for column in 0..<8 {
        let digit = key >> (2 * column) & 3
        cost += digit == 0 ? costs.low[column] : digit == 1 ? costs.middle[column] : costs.high[column]
      }
      if cost < best.cost { best = (Int(book.positions[key]), cost) }
    }
    return best
  }

  /// The column that loses least by another sign of those that were not tried, a bit for each.
  ///
  /// It changes nothing: called on a value that may change, a function that may not would be given a copy of two kilobytes.
  @_lifetime(self: copy self)
  private mutating func cheapestFlip(_ runs: Range<Int>, but tried: Int) -> (index: Int, column: Int) {
    var best = (cost: Float.infinity, index: 0, column: 0)
    for index in 0..<runs.count {
      let costs = weights[runs.lowerBound + index] * x[runs.lowerBound + index]
      for column in 0..<book.columnsPerVector where tried >> (index * book.columnsPerVector + column) & 1 == 0 {
        let cost = abs(costs[column])
        if cost < best.cost { best = (cost, index, column) }
      }
    }
    return (best.index, best.column)
  }
}
