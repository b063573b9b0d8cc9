/// Fits blocks of 256 columns whose codes are vectors, and whose groups have odd integers for scales under one factor:
/// `value = d · unit · (2 s + 1) · level`.
package struct VectorBlockFit: Sendable {
  let book: VectorCodebook
  let columnsPerGroup: Int
  /// How many odd integers there are.
  let steps: Int
  /// What the half-precision factor is multiplied by.
  let unit: Float
  let start: Start

  /// Which scales of a group are tried first.
  enum Start {
    /// Relative to the one that brings the largest weight to the largest level.
    case places([Float])
    /// The best one of ternary levels, for each way in which they may be shifted.
    case split(shift: Float)
  }

  init(_ book: VectorCodebook, columnsPerGroup: Int, steps: Int, unit: Float, start: Start) {
    self.book = book
    self.columnsPerGroup = columnsPerGroup
    self.steps = steps
    self.unit = unit
    self.start = start
  }

  /// Fits a row of blocks.
  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let groups = weights.count / columnsPerGroup
    var row = GridRow(
      scales: [Float](repeating: 0, count: groups),
      nested: GridRow.Nested(
        scaleCodes: [Int8](repeating: 1, count: groups),
        books: book.bookCount > 1 ? [UInt8](repeating: 0, count: groups) : [],
        superScales: [Float](repeating: 0, count: weights.count / 256)))
    var block = WeightedBlock()
    var rounder = DiagonalRounder(book, columns: 256)
    let groupsPerBlock = 256 / columnsPerGroup
    for index in 0..<weights.count / 256 {
      guard block.load(weights, importance: importance, from: index * 256, count: 256) else { continue }
      rounder.load(block.x.span.extracting(0..<256), importance: block.errorWeights.span.extracting(0..<256))
      let fitted = fit(block, &rounder)
      let superScale = fitted.superScale * block.unit
      row.nested.superScales[index] = superScale
      for group in 0..<groupsPerBlock {
        let position = index * groupsPerBlock + group
        row.nested.scaleCodes[position] = Int8(fitted.codes[group])
        row.scales[position] = superScale * fitted.codes[group]
        if book.bookCount > 1 { row.nested.books[position] = UInt8(truncatingIfNeeded: fitted.books[group]) }
      }
    }
    return row
  }

  /// One block's parameters, in units of its scaled weights.
  private struct Parameters {
    var superScale: Float = 0
    /// `[groups]`, odd integers.
    var codes = InlineArray<16, Float>(repeating: 1)
    var books = InlineArray<16, Int>(repeating: 0)
    /// What a scale of each group costs for the vectors at hand.
    var costs = InlineArray<16, ScaleCost>(repeating: ScaleCost())
    var error = Float.infinity
  }

  /// Fits one block: each group by itself, then a factor for all of them, then the integer of each group by trial with the
  /// vectors that it leads to, then the factor again by regression.
  private func fit(_ block: borrowing WeightedBlock, _ rounder: inout DiagonalRounder) -> Parameters {
    var scales = InlineArray<16, Float>(repeating: 0)
    var parameters = Parameters()
    let groups = 256 / columnsPerGroup
    for group in 0..<groups {
      let found = search(block, group, &rounder)
      scales[group] = found.scale
      parameters.books[group] = found.book
      parameters.costs[group] = found.cost
    }
    parameters.superScale = halfFactor(factor(scales, parameters.costs), block)
    for group in 0..<groups { parameters.codes[group] = code(scales[group], under: parameters.superScale) }
    refine(&parameters, block, &rounder)
    if let factor = regress(parameters) {
      var next = parameters
      next.superScale = halfFactor(factor, block)
      refine(&next, block, &rounder)
      if next.error < parameters.error { parameters = next }
    }
    return parameters
  }

  /// The factor nearest to `value` that the block can store.
  private func halfFactor(_ value: Float, _ block: borrowing WeightedBlock) -> Float {
    HalfPrecision.finite(value / unit * block.unit) * unit / block.unit
  }

  /// The best scale of one group by itself, and the book that it wants.
  private func search(
    _ block: borrowing WeightedBlock, _ group: Int, _ rounder: inout DiagonalRounder
  ) -> (scale: Float, book: Int, cost: ScaleCost) {
    let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
    let x = block.x.span.extracting(range)
    let weights = block.errorWeights.span.extracting(range)
    let extremes = Lanes.extremes(of: x)
    let largest = max(extremes.high, -extremes.low)
    guard largest > 0 else { return (0, 0, ScaleCost()) }
    let start = ScaleCost(x, weights)
    var best = (scale: Float(0), book: 0, cost: start)
    var smallest = Float.infinity
    func consider(_ scale: Float, _ book: Int) {
      let sums = rounder.round(range, scale: scale, book: book, flips: 1)
      let cost = start.with(qq: sums.qq, qx: sums.qx)
      let error = cost.error(cost.bestScale)
      if error < smallest { (smallest, best) = (error, (cost.bestScale, book, cost)) }
    }
    switch self.start {
    case .places(let places):
      let top = book.levels[book.levels.count - 1]
      for place in places { consider(largest * place / top, 0) }
    case .split(let shift):
      let split = TernarySplit(x, weights)
      for (index, shift) in [shift, -shift].enumerated() {
        guard let sums = split.best(shift: shift) else { continue }
        consider(start.with(qq: sums.qq, qx: sums.qx).bestScale, min(index, book.bookCount - 1))
      }
    }
    // The vectors at hand want a scale that leads to better ones.
    consider(best.scale, best.book)
    return best
  }

  /// The factor under which odd integers come near to some scales: the largest is placed at the largest integer and at
  /// fifteen places up to a quarter below it.
  private func factor(
    _ scales: borrowing InlineArray<16, Float>, _ costs: borrowing InlineArray<16, ScaleCost>
  ) -> Float {
    let groups = 256 / columnsPerGroup
    var largest: Float = 0
    for group in 0..<groups { largest = max(largest, scales[group]) }
    guard largest > 0 else { return 0 }
    let outermost = Float(2 * steps - 1)
    var best = (factor: largest / outermost, error: Float.infinity)
    for place in 0..<16 {
      let trial = largest / (outermost * (1.01 - 0.25 * Float(place) / 15))
      var cc: Float = 0
      var cx: Float = 0
      for group in 0..<groups {
        let code = code(scales[group], under: trial)
        cc += costs[group].qq * code * code
        cx += costs[group].qq * code * scales[group]
      }
      guard cc > 0, -cx * cx / cc < best.error else { continue }
      best = (cx / cc, -cx * cx / cc)
    }
    return best.factor
  }

  /// The odd integer nearest to `scale / factor`.
  private func code(_ scale: Float, under factor: Float) -> Float {
    guard factor > 0, scale > 0 else { return 1 }
    return 2 * max(0, min(Float(steps - 1), (0.5 * (scale / factor - 1)).rounded(.toNearestOrEven))) + 1
  }

  /// Tries the integers beside each group's with the vectors that each of them leads to, keeps the best, and sets the
  /// block's error.
  private func refine(
    _ parameters: inout Parameters, _ block: borrowing WeightedBlock, _ rounder: inout DiagonalRounder
  ) {
    parameters.error = 0
    for group in 0..<256 / columnsPerGroup {
      let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
      let x = block.x.span.extracting(range)
      let weights = block.errorWeights.span.extracting(range)
      let start = ScaleCost(x, weights)
      let center = parameters.codes[group]
      var smallest = Float.infinity
      for step in [Float(0), -2, 2] where center + step >= 1 && center + step < Float(2 * steps) {
        let scale = parameters.superScale * (center + step)
        let sums = rounder.round(range, scale: scale, book: parameters.books[group], flips: 2)
        let cost = start.with(qq: sums.qq, qx: sums.qx)
        let error = cost.error(scale)
        if error < smallest {
          smallest = error
          parameters.codes[group] = center + step
          parameters.costs[group] = cost
        }
      }
      parameters.error += smallest
    }
  }

  /// The best factor for the vectors and integers at hand; nil where nothing says so.
  private func regress(_ parameters: Parameters) -> Float? {
    var cc: Float = 0
    var cx: Float = 0
    for group in 0..<256 / columnsPerGroup {
      let code = parameters.codes[group]
      cc += code * code * parameters.costs[group].qq
      cx += code * parameters.costs[group].qx
    }
    return cc > 0 && cx > 0 ? cx / cc : nil
  }
}

/// What a scale costs for the levels of one group: Σ w (x − s q)² with the penalty of its bias.
private struct ScaleCost {
  private var xx: Float = 0
  private var factor: Float = 0
  /// Σ w q² and Σ w q x, each with what the penalty adds to it.
  private(set) var qq: Float = 0
  private(set) var qx: Float = 0

  init() {}

  init(_ x: Span<Float>, _ weights: Span<Float>) {
    factor = BiasPenalty(x, weights).factor
    for index in 0..<x.count { xx += weights[unchecked: index] * x[unchecked: index] * x[unchecked: index] }
  }

  func with(qq: Float, qx: Float) -> ScaleCost {
    var cost = self
    cost.qq = qq + factor * qx * qx
    cost.qx = qx * (1 + factor * xx)
    return cost
  }

  var bestScale: Float { qq > 0 ? qx / qq : 0 }

  func error(_ scale: Float) -> Float { xx * (1 + factor * xx) + scale * (scale * qq - 2 * qx) }
}
