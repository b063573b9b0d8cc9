/// The metric of the columns of one vector, and what each vector costs by itself under it.
struct VectorMetric {
  /// Rows of the metric, filled up with zeros.
  private(set) var rows = InlineArray<8, Eight>(repeating: Eight())
  private(set) var diagonal = Eight()
  /// qᵀ A q for each pattern of signs that was asked for, eight vectors at a time: `[patterns, vectors / 8]`.
  private(set) var quads: [Eight]
  private var isKnown: [Bool]
  private let columns: Int

  init(_ book: VectorCodebook) {
    let patterns = book.signs == .none ? 1 : 1 << book.columnsPerVector
    quads = [Eight](repeating: Eight(), count: patterns * (book.count / 8))
    isKnown = [Bool](repeating: false, count: patterns)
    columns = book.columnsPerVector
  }

  mutating func set(_ rows: InlineArray<8, Eight>) {
    self.rows = rows
    for column in 0..<8 { diagonal[column] = rows[column][column] }
    for pattern in isKnown.indices { isKnown[pattern] = false }
  }

  /// Where `quads` has the vectors with a pattern of signs.
  @inline(__always)
  mutating func quads(of pattern: Int, in book: LentCodebook) -> Int {
    if !isKnown[pattern] {
      let metric = rows
      var target = quads.mutableSpan
      VectorSearch.setQuads(
        &target, at: pattern &* (book.count / 8), of: book, metric: metric, signs: SignPatterns.factors(pattern))
      isKnown[pattern] = true
    }
    return pattern &* (book.count / 8)
  }

  /// A x
  @inline(__always)
  func times(_ x: Eight) -> Eight {
    var product = rows[0] * x[0]
    for column in 1..<columns { product.addProduct(rows[column], Eight(repeating: x[column])) }
    return product
  }
}

/// A vector of the table with signs.
struct SignedVector {
  /// A bit for each negative column.
  var pattern: Int
  var vector: Int
  /// (t − s q)ᵀ A (t − s q) − tᵀ A t
  var cost: Float
}

/// Finds vectors and signs under a metric.
struct PatternSearch: ~Escapable {
  let book: LentCodebook
  /// Changes of signs that are tried with all vectors after each improvement.
  private static let trials = 4
  private static let rounds = 3

  @_lifetime(copy book)
  init(_ book: LentCodebook) { self.book = book }

  /// The best vector found for a target.
  ///
  /// - Parameters:
  ///   - target: t.
  ///   - parity: whether an odd number of signs is to be negative, 1, or an even one, 0; nil where both may be.
  func best(
    _ metric: inout VectorMetric, _ target: Eight, scale: Float, in range: Range<Int>, parity: Int?
  ) -> SignedVector {
    let linear = metric.times(target)
    guard book.signs != .none else { return nearest(&metric, linear, scale, range, 0) }
    var pattern = SignPatterns.bits(of: scale < 0 ? -target : target, columns: book.columnsPerVector)
    if let parity, pattern.nonzeroBitCount % 2 != parity { pattern ^= 1 << leastColumn(target * metric.diagonal) }
    var best = nearest(&metric, linear, scale, range, pattern)
    var tried = SIMD4<UInt64>()
    Self.mark(pattern, &tried)
    for _ in 0..<Self.rounds {
      let start = best
      let changes = promising(start, metric, linear, scale, fixesParity: parity != nil)
      for index in 0..<Self.trials where changes.gains[index] < .infinity {
        let pattern = Int(changes.patterns[index])
        guard Self.mark(pattern, &tried) else { continue }
        let found = nearest(&metric, linear, scale, range, pattern)
        if found.cost < best.cost { best = found }
      }
      if best.pattern == start.pattern { break }
    }
    return best
  }

  /// What a vector that is known costs.
  func cost(_ q: Eight, _ metric: borrowing VectorMetric, _ target: Eight, scale: Float) -> Float {
    let step = q * scale
    return (step * (metric.times(step) - 2 * metric.times(target))).sum()
  }

  @inline(__always)
  private func nearest(
    _ metric: inout VectorMetric, _ linear: Eight, _ scale: Float, _ range: Range<Int>, _ pattern: Int
  ) -> SignedVector {
    let offset = metric.quads(of: pattern, in: book)
    let found = VectorSearch.best(
      of: book, in: range, quads: metric.quads.span, at: offset, squared: scale * scale,
      linear: linear * SignPatterns.factors(pattern) * (-2 * scale))
    return SignedVector(pattern: pattern, vector: found.vector, cost: found.cost)
  }

  /// The changes of one sign or of two that promise most: what they would cost if the columns took the smallest magnitude
  /// with the other sign and all others stayed.
  private func promising(
    _ vector: SignedVector, _ metric: borrowing VectorMetric, _ linear: Eight, _ scale: Float, fixesParity: Bool
  ) -> Changes {
    let signs = SignPatterns.factors(vector.pattern)
    let magnitudes = book.vectors[vector.vector]
    let rest = linear - metric.times(magnitudes * signs) * scale
    let steps = (magnitudes + book.smallest) * signs * (-scale)
    let single = steps * (steps * metric.diagonal - 2 * rest)
    var changes = Changes()
    for column in 0..<book.columnsPerVector {
      let pattern = vector.pattern ^ 1 << column
      if !fixesParity { changes.consider(single[column], pattern) }
      let pairs = single + single[column] + metric.rows[column] * steps * (2 * steps[column])
      for other in 0..<column { changes.consider(pairs[other], pattern ^ 1 << other) }
    }
    return changes
  }

  private func leastColumn(_ values: Eight) -> Int {
    var least = 0
    for column in 1..<book.columnsPerVector where abs(values[column]) < abs(values[least]) { least = column }
    return least
  }

  /// Marks a pattern, and whether it was not marked before.
  @discardableResult
  private static func mark(_ pattern: Int, _ marked: inout SIMD4<UInt64>) -> Bool {
    let bit: UInt64 = 1 << UInt64(pattern & 63)
    guard marked[pattern >> 6] & bit == 0 else { return false }
    marked[pattern >> 6] |= bit
    return true
  }
}

/// The four best of many changes.
private struct Changes {
  var gains = SIMD4<Float>(repeating: .infinity)
  var patterns = SIMD4<Int32>()

  @inline(__always)
  mutating func consider(_ gain: Float, _ pattern: Int) {
    guard gain < gains[3] else { return }
    var place = 3
    while place > 0, gain < gains[place - 1] {
      gains[place] = gains[place - 1]
      patterns[place] = patterns[place - 1]
      place -= 1
    }
    gains[place] = gain
    patterns[place] = Int32(truncatingIfNeeded: pattern)
  }
}
