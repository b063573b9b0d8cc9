/// Rounds a few columns to vectors where each column's error counts by itself: Σ weight · (x − scale · q)².
///
/// What a vector costs by itself is computed once for the columns and serves all scales that are tried.
struct DiagonalRounder: ~Copyable {
  let book: VectorCodebook
  /// Codes of the columns at hand.
  private(set) var codes: [UInt8]
  /// Σ w q² of each first half of a vector, and then of each second half, for each run of columns, eight at a time.
  private var quads: [Eight]
  /// What each half costs for the run at hand.
  private var first: [Float]
  private var second: [Float]
  private var x: [Eight]
  private var weights: [Eight]
  private var columns = 0

  /// - Parameter columns: the most that are rounded at a time.
  init(_ book: VectorCodebook, columns: Int) {
    self.book = book
    codes = [UInt8](repeating: 0, count: columns)
    let runs = columns / book.columnsPerVector
    first = [Float](repeating: 0, count: book.halves.first.count)
    second = [Float](repeating: 0, count: book.halves.second.count)
    quads = [Eight](repeating: Eight(), count: runs * (first.count + second.count) / 8)
    x = [Eight](repeating: Eight(), count: runs)
    weights = x
  }

  /// Takes columns to round.
  ///
  /// - Parameters:
  ///   - values: x, of which those of `range` are meant.
  ///   - importance: the weight of each column's squared error.
  mutating func load(_ values: Span<Float>, importance: Span<Float>, _ range: Range<Int>) {
    let width = book.columnsPerVector
    columns = range.count
    let halves = book.halves
    let quadsPerRun = quadsPerRun
    for run in 0..<range.count / width {
      var w = Eight()
      for column in 0..<width {
        x[run][column] = values[range.lowerBound + run * width + column]
        w[column] = importance[range.lowerBound + run * width + column]
      }
      weights[run] = w
      var target = quads.mutableSpan
      halves.first.setQuads(&target, at: run * quadsPerRun, weights: w, from: 0)
      halves.second.setQuads(
        &target, at: run * quadsPerRun + halves.first.count / 8, weights: w, from: halves.columns)
    }
  }

  private var quadsPerRun: Int { (first.count + second.count) / 8 }

  /// The nearest codes under one scale.
  ///
  /// - Parameters:
  ///   - which: the book that vectors are taken from.
  ///   - flips: how many columns are tried, one after the other, as the one whose sign makes an even number.
  /// - Returns: Σ w q² and Σ w q x.
  mutating func round(scale: Float, book which: Int, flips: Int) -> (qq: Float, qx: Float) {
    let runs = book.columnsPerCode / book.columnsPerVector
    var sums = (qq: Eight(), qx: Eight())
    for first in stride(from: 0, to: columns / book.columnsPerVector, by: runs) {
      roundCode(first..<first + runs, scale, which, flips: flips, &sums)
    }
    return (sums.qq.sum(), sums.qx.sum())
  }

  /// Rounds the runs of one code.
  private mutating func roundCode(
    _ runs: Range<Int>, _ scale: Float, _ which: Int, flips: Int, _ sums: inout (qq: Eight, qx: Eight)
  ) {
    let width = book.columnsPerVector
    // Two at most.
    var patterns = SIMD2<Int>()
    var vectors = SIMD2<Int>()
    var costs = SIMD2<Float>()
    var negative = 0
    for run in runs {
      let index = run - runs.lowerBound
      if book.signs != .none {
        patterns[index] = SignPatterns.bits(of: scale < 0 ? -x[run] : x[run], columns: width)
        negative += patterns[index].nonzeroBitCount
      }
      (vectors[index], costs[index]) = nearest(run, scale, which, patterns[index])
    }
    if book.signs == .even, negative % 2 == 1 {
      var best = (index: 0, pattern: 0, vector: 0, more: Float.infinity)
      var tried = 0
      for _ in 0..<flips {
        let flip = cheapestFlip(runs, but: tried)
        tried |= 1 << (flip.index * width + flip.column)
        let pattern = patterns[flip.index] ^ 1 << flip.column
        let found = nearest(runs.lowerBound + flip.index, scale, which, pattern)
        let more = found.cost - costs[flip.index]
        if more < best.more { best = (flip.index, pattern, found.vector, more) }
      }
      patterns[best.index] = best.pattern
      vectors[best.index] = best.vector
    }
    for run in runs { take(run, vectors[run - runs.lowerBound], patterns[run - runs.lowerBound], &sums) }
  }

  private mutating func nearest(
    _ run: Int, _ scale: Float, _ which: Int, _ pattern: Int
  ) -> (vector: Int, cost: Float) {
    let linear = x[run] * weights[run] * SignPatterns.factors(pattern) * (-2 * scale)
    let halves = book.halves
    let start = run * quadsPerRun
    let quads = quads
    var firstCosts = first.mutableSpan
    let leastFirst = halves.first.setCosts(
      &firstCosts, quads: quads.span, at: start, squared: scale * scale, linear: linear, from: 0)
    var secondCosts = second.mutableSpan
    let leastSecond = halves.second.setCosts(
      &secondCosts, quads: quads.span, at: start + halves.first.count / 8, squared: scale * scale, linear: linear,
      from: halves.columns)
    return halves.best(
      inBook: which, first: first.span, second: second.span, leastFirst: leastFirst, leastSecond: leastSecond)
  }

  /// The column that loses least by another sign of those that were not tried, a bit for each.
  private func cheapestFlip(_ runs: Range<Int>, but tried: Int) -> (index: Int, column: Int) {
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

  /// Takes a vector for a run of columns.
  private mutating func take(_ run: Int, _ vector: Int, _ pattern: Int, _ sums: inout (qq: Eight, qx: Eight)) {
    let width = book.columnsPerVector
    let q = book.vectors[vector] * SignPatterns.factors(pattern)
    let weighted = q * weights[run]
    sums.qq.addProduct(weighted, q)
    sums.qx.addProduct(weighted, x[run])
    for column in 0..<width {
      let code = book.codes[vector * width + column]
      codes[run * width + column] = pattern >> column & 1 == 1 ? book.negated(code) : code
    }
  }
}
