/// The vectors of a codebook as pairs of halves: where errors of columns count each by itself, a vector costs what its halves do.
///
/// Of 2,048 vectors of eight columns there are no more than 81 first halves and 81 second ones.
struct VectorHalves: Sendable {
  /// Columns of a half.
  let columns: Int
  let first: Table
  let second: Table
  /// For each book and in it for each first half, where its vectors begin below; at the end, where the last ones end.
  private let starts: [Int]
  /// Of each vector, the second half, and its place in the codebook.
  private let vectors: [(half: UInt16, vector: UInt16)]

  /// The different halves on one side.
  struct Table: Sendable {
    /// `[columns, count / 8]`, eight halves at a time; filled up with copies of the last.
    let values: [Eight]
    /// A multiple of 8.
    let count: Int
    private let columns: Int

    fileprivate init(_ halves: [[Float]]) {
      count = (halves.count + 7) / 8 * 8
      columns = halves[0].count
      let (columns, eighths) = (columns, count / 8)
      values = (0..<columns * eighths).map { place in
        var lanes = Eight()
        for lane in 0..<8 {
          lanes[lane] = halves[min(halves.count - 1, place % eighths * 8 + lane)][place / eighths]
        }
        return lanes
      }
    }

    /// Σ weights q² of each half, eight at a time.
    ///
    /// - Parameter start: the column of `weights` that is the half's first.
    func setQuads(_ quads: inout MutableSpan<Eight>, at offset: Int, weights: Eight, from start: Int) {
      let values = values.span
      let eighths = count / 8
      precondition(offset >= 0 && offset + eighths <= quads.count && values.count >= columns * eighths)
      for place in 0..<eighths {
        var sum = Eight()
        for column in 0..<columns {
          let value = values[unchecked: column &* eighths &+ place]
          sum.addProduct(value * value, Eight(repeating: weights[start + column]))
        }
        quads[unchecked: offset &+ place] = sum
      }
    }

    /// `squared · quads + Σ linear q` of each half, and the least of them.
    func setCosts(
      _ costs: inout MutableSpan<Float>, quads: Span<Eight>, at offset: Int, squared: Float, linear: Eight,
      from start: Int
    ) -> Float {
      let values = values.span
      let eighths = count / 8
      precondition(offset >= 0 && offset + eighths <= quads.count && costs.count >= count)
      precondition(values.count >= columns * eighths)
      var least = Eight(repeating: .infinity)
      for place in 0..<eighths {
        var cost = quads[unchecked: offset &+ place] * squared
        for column in 0..<columns {
          cost.addProduct(values[unchecked: column &* eighths &+ place], Eight(repeating: linear[start + column]))
        }
        least.replace(with: cost, where: cost .< least)
        for lane in 0..<8 { costs[unchecked: 8 &* place &+ lane] = cost[lane] }
      }
      return least.min()
    }
  }

  /// - Parameters:
  ///   - vectors: each of so many columns, then zeros.
  ///   - books: ranges of vectors.
  init(_ vectors: [Eight], columnsPerVector: Int, books: [Range<Int>]) {
    columns = columnsPerVector / 2
    let half = columns
    let sides = vectors.map { vector in
      ((0..<half).map { vector[$0] }, (half..<2 * half).map { vector[$0] })
    }
    func distinct(_ halves: [[Float]]) -> (halves: [[Float]], places: [[Float]: Int]) {
      var known: [[Float]] = []
      var places: [[Float]: Int] = [:]
      for half in halves where places[half] == nil {
        places[half] = known.count
        known.append(half)
      }
      return (known, places)
    }
    let (first, second) = (distinct(sides.map { $0.0 }), distinct(sides.map { $0.1 }))
    self.first = Table(first.halves)
    self.second = Table(second.halves)
    var starts: [Int] = []
    var ordered: [(half: UInt16, vector: UInt16)] = []
    for book in books {
      var members = [[Int]](repeating: [], count: self.first.count)
      for vector in book { members[first.places[sides[vector].0] ?? 0].append(vector) }
      for own in members {
        starts.append(ordered.count)
        ordered += own.map { (UInt16(second.places[sides[$0].1] ?? 0), UInt16($0)) }
      }
    }
    self.starts = starts + [ordered.count]
    self.vectors = ordered
  }

  /// The vector of a book whose halves cost least together.
  ///
  /// First halves that cannot lead to less, whatever stands behind them, are passed over.
  /// - Parameters:
  ///   - first, second: what each half costs.
  ///   - leastFirst, leastSecond: the least of these.
  func best(
    inBook book: Int, first: Span<Float>, second: Span<Float>, leastFirst: Float, leastSecond: Float
  ) -> (vector: Int, cost: Float) {
    let starts = starts.span
    let vectors = vectors.span
    let offset = book &* self.first.count
    precondition(first.count >= self.first.count && second.count >= self.second.count)
    precondition(offset >= 0 && offset + self.first.count < starts.count)
    var best = (vector: 0, cost: Float.infinity)
    // Twice: those that cost no more than the least, which set the mark, then all others.
    for isFirst in [true, false] {
      for half in 0..<self.first.count {
        let own = first[unchecked: half]
        guard (own == leastFirst) == isFirst, own + leastSecond < best.cost else { continue }
        for place in starts[unchecked: offset &+ half]..<starts[unchecked: offset &+ half &+ 1] {
          let pair = vectors[unchecked: place]
          let cost = own + second[unchecked: Int(pair.half)]
          if cost < best.cost { best = (Int(pair.vector), cost) }
        }
      }
    }
    return best
  }
}
