/// Fits blocks whose groups have small integers for scales and offsets under two half-precision factors:
/// `value = d · scaleCode · code − dmin · offsetCode`.
struct AffineBlockFit {
  let columnsPerGroup: Int
  /// The largest code of a weight.
  let top: Int
  /// The largest scale code and offset code.
  let topParameter: Int
  let search: AffineSearch
  /// How often the factors are solved again for the codes that they lead to.
  let rounds: Int

  init(columnsPerGroup: Int, top: Int, topParameter: Int) {
    self.columnsPerGroup = columnsPerGroup
    self.top = top
    self.topParameter = topParameter
    // With few codes the error is rugged: more candidates and more rounds pay.
    let isCoarse = top <= 3
    search = AffineSearch(
      top: top, allowsNegativeOffset: false, reach: isCoarse ? 1.2 : 0.9, batches: isCoarse ? 2 : 1)
    rounds = isCoarse ? 3 : 1
  }

  /// Fits a row of blocks of 256.
  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let groups = weights.count / columnsPerGroup
    let zeros = [Int8](repeating: 0, count: groups)
    let blocks = [Float](repeating: 0, count: weights.count / 256)
    var row = GridRow(
      scales: [Float](repeating: 0, count: groups),
      nested: GridRow.Nested(scaleCodes: zeros, offsetCodes: zeros, superScales: blocks, superOffsets: blocks))
    var block = WeightedBlock()
    let groupsPerBlock = 256 / columnsPerGroup
    for index in 0..<blocks.count {
      guard block.load(weights, importance: importance, from: index * 256, count: 256) else { continue }
      let fitted = fit(block)
      let superScale = fitted.superScale * block.unit
      let superOffset = fitted.superOffset * block.unit
      row.nested.superScales[index] = superScale
      row.nested.superOffsets[index] = superOffset
      for group in 0..<groupsPerBlock {
        let position = index * groupsPerBlock + group
        row.nested.scaleCodes[position] = Int8(fitted.scaleCodes[group])
        row.nested.offsetCodes[position] = Int8(fitted.offsetCodes[group])
        row.scales[position] = superScale * fitted.scaleCodes[group]
        row.offsets[position] = superOffset * fitted.offsetCodes[group]
      }
    }
    return row
  }

  /// One block's parameters, in units of its scaled weights.
  private struct Parameters {
    var superScale: Float = 0
    var superOffset: Float = 0
    /// `[groups]`, integers.
    var scaleCodes = InlineArray<16, Float>(repeating: 0)
    /// `[groups]`, integers.
    var offsetCodes = InlineArray<16, Float>(repeating: 0)
    /// The weighted squared error under nearest codes, bias penalised.
    var error = Float.infinity
  }

  /// Fits one block: each group by itself, then factors for all of them, then the integers of each group by trial with
  /// the codes that they lead to, then the factors again by regression.
  private func fit(_ block: borrowing WeightedBlock) -> Parameters {
    let x = block.x.span
    let weights = block.errorWeights.span
    var biases = InlineArray<16, BiasPenalty>(repeating: BiasPenalty())
    var sums = InlineArray<16, GroupSums>(repeating: GroupSums())
    var scales = InlineArray<16, Float>(repeating: 0)
    for group in 0..<256 / columnsPerGroup {
      let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
      let bias = BiasPenalty(x.extracting(range), weights.extracting(range))
      let best = search.fit(x.extracting(range), weights: weights.extracting(range), bias: bias)
      biases[group] = bias
      scales[group] = best.scale
      sums[group] = self.sums(x, weights, group, scale: best.scale, offset: best.offset, bias)
    }
    var parameters = nest(scales, sums, block)
    refine(&parameters, x, weights, biases)
    for _ in 0..<rounds {
      guard let factors = regress(parameters, x, weights, biases) else { break }
      var next = parameters
      next.superScale = block.halfScale(factors.scale)
      next.superOffset = block.halfOffset(factors.offset)
      refine(&next, x, weights, biases)
      guard next.error < parameters.error else { break }
      parameters = next
    }
    return parameters
  }

  private func sums(
    _ x: Span<Float>, _ weights: Span<Float>, _ group: Int, scale: Float, offset: Float, _ bias: BiasPenalty
  ) -> GroupSums {
    let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
    let inverse = scale > 0 ? 1 / scale : 0
    return GroupSums(
      x.extracting(range), weights.extracting(range), inverse: inverse, shift: offset * inverse,
      rounding: IntegerRounding(0...top), bias: bias)
  }

  /// Chooses the factors and rounds each group's scale and offset to integers under them.
  ///
  /// A scale's error matters as much as the regression's curvature says once the offset may adapt; the offsets are then
  /// the best ones for the rounded scales.
  private func nest(
    _ scales: borrowing InlineArray<16, Float>, _ sums: borrowing InlineArray<16, GroupSums>,
    _ block: borrowing WeightedBlock
  ) -> Parameters {
    let groups = 256 / columnsPerGroup
    var result = Parameters()
    var weights = InlineArray<16, Float>(repeating: 0)
    for group in 0..<groups {
      let curvature = sums[group].qq - sums[group].q * sums[group].q / max(sums[group].weight, .leastNormalMagnitude)
      weights[group] = max(0, curvature)
    }
    let factor = SuperScaleSearch(codes: 0...topParameter)
    result.superScale = block.halfScale(factor.fit(scales, weights: weights, count: groups))
    var offsets = InlineArray<16, Float>(repeating: 0)
    for group in 0..<groups {
      let code = factor.code(scales[group], under: result.superScale)
      result.scaleCodes[group] = code
      let scale = result.superScale * code
      weights[group] = sums[group].weight
      offsets[group] = max(0, (scale * sums[group].q - sums[group].x) / sums[group].weight)
    }
    result.superOffset = block.halfOffset(factor.fit(offsets, weights: weights, count: groups))
    for group in 0..<groups {
      result.offsetCodes[group] = factor.code(offsets[group], under: result.superOffset)
    }
    return result
  }

  /// Tries the neighbours of each group's integers with the nearest codes that each of them leads to, keeps the best,
  /// and sets the block's error.
  private func refine(
    _ parameters: inout Parameters, _ x: Span<Float>, _ weights: Span<Float>,
    _ biases: borrowing InlineArray<16, BiasPenalty>
  ) {
    let scaleSteps = Lanes(-1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0)
    let offsetSteps = Lanes(-2, -1, 0, 1, 2, -2, -1, 0, 1, 2, -2, -1, 0, 1, 2, 0)
    let limit = Lanes(repeating: Float(topParameter))
    let highest = Lanes(repeating: Float(top))
    parameters.error = 0
    for group in 0..<256 / columnsPerGroup {
      let scaleCodes = (parameters.scaleCodes[group] + scaleSteps).limited(Lanes(), limit)
      let offsetCodes = (parameters.offsetCodes[group] + offsetSteps).limited(Lanes(), limit)
      let scales = scaleCodes * parameters.superScale
      let offsets = offsetCodes * parameters.superOffset
      var inverses = 1 / scales
      inverses.replace(with: 0, where: .!(scales .> 0))
      let origins = offsets * inverses
      var errors = Lanes()
      var shifts = Lanes()
      for index in group * columnsPerGroup..<(group + 1) * columnsPerGroup {
        let value = x[unchecked: index]
        let weight = weights[unchecked: index]
        let code = origins.addingProduct(inverses, Lanes(repeating: value)).limited(Lanes(), highest).roundedToEven()
        let difference = (-offsets - value).addingProduct(scales, code)
        let weighted = difference * weight
        errors.addProduct(difference, weighted)
        shifts.addProduct(weighted, Lanes(repeating: value))
      }
      errors.addProduct(shifts * shifts, Lanes(repeating: biases[group].factor))
      let lane = errors.indexOfSmallest()
      parameters.scaleCodes[group] = scaleCodes[lane]
      parameters.offsetCodes[group] = offsetCodes[lane]
      parameters.error += errors[lane]
    }
  }

  /// The best two factors for the codes that `parameters` lead to, or nil where the regression has no solution with
  /// factors that a block can store.
  private func regress(
    _ parameters: Parameters, _ x: Span<Float>, _ weights: Span<Float>,
    _ biases: borrowing InlineArray<16, BiasPenalty>
  ) -> AffineParameters? {
    // Normal equations of Σ w (d · s q − dmin · m − x)² over the block.
    var ss: Float = 0
    var sm: Float = 0
    var mm: Float = 0
    var sx: Float = 0
    var mx: Float = 0
    for group in 0..<256 / columnsPerGroup {
      let s = parameters.scaleCodes[group]
      let m = parameters.offsetCodes[group]
      let sums = sums(
        x, weights, group, scale: parameters.superScale * s, offset: parameters.superOffset * m, biases[group])
      ss += s * s * sums.qq
      sm += s * m * sums.q
      mm += m * m * sums.weight
      sx += s * sums.qx
      mx += m * sums.x
    }
    if mm == 0 { return ss > 0 && sx > 0 ? AffineParameters(scale: sx / ss, offset: 0) : nil }
    let determinant = ss * mm - sm * sm
    guard determinant > 0 else { return nil }
    let scale = (sx * mm - sm * mx) / determinant
    let offset = (sx * sm - ss * mx) / determinant
    return scale >= 0 && offset >= 0 ? AffineParameters(scale: scale, offset: offset) : nil
  }
}
