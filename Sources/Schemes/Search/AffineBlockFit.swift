/// Fits blocks whose groups have small integers for scales and offsets under two half-precision factors:
/// `value = d · scaleCode · code − dmin · offsetCode`.
struct AffineBlockFit {
  let columnsPerGroup: Int
  /// The largest code of a weight.
  let top: Int
  /// The largest scale code and offset code.
  let topParameter: Int
  /// How often the factors are solved again for the codes that they lead to.
  let rounds = 1

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
  struct Parameters {
    var superScale: Float = 0
    var superOffset: Float = 0
    /// `[groups]`, integers.
    var scaleCodes = InlineArray<16, Float>(repeating: 0)
    /// `[groups]`, integers.
    var offsetCodes = InlineArray<16, Float>(repeating: 0)
    /// The weighted squared error under nearest codes.
    var error = Float.infinity
  }

  /// Fits one block: each group by itself, then factors for all of them, then the integers of each group by trial with
  /// the codes that they lead to, then the factors again by regression.
  private func fit(_ block: borrowing WeightedBlock) -> Parameters {
    let groups = 256 / columnsPerGroup
    let search = AffineSearch(top: top, allowsNegativeOffset: false, reach: top <= 3 ? 1.2 : 0.9)
    var sums = InlineArray<16, GroupSums>(repeating: GroupSums())
    var ideal = InlineArray<16, AffineParameters>(repeating: AffineParameters(scale: 0, offset: 0))
    for group in 0..<groups {
      let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
      let x = block.x.span.extracting(range)
      let weights = block.errorWeights.span.extracting(range)
      ideal[group] = search.fit(x, weights: weights)
      sums[group] = GroupSums(x, weights, scale: ideal[group].scale, offset: ideal[group].offset, top: top)
    }
    var parameters = nest(ideal, sums, groups: groups, block)
    refine(&parameters, block)
    for _ in 0..<rounds {
      guard var next = resolve(parameters, block) else { break }
      refine(&next, block)
      guard next.error < parameters.error else { break }
      parameters = next
    }
    return parameters
  }

  /// Chooses the factors and rounds each group's scale and offset to integers under them.
  ///
  /// A scale's error matters as much as the regression's curvature says once the offset may adapt; the offsets are then
  /// the best ones for the rounded scales.
  private func nest(
    _ ideal: borrowing InlineArray<16, AffineParameters>, _ sums: borrowing InlineArray<16, GroupSums>, groups: Int,
    _ block: borrowing WeightedBlock
  ) -> Parameters {
    var result = Parameters()
    var scales = InlineArray<16, Float>(repeating: 0)
    var weights = InlineArray<16, Float>(repeating: 0)
    for group in 0..<groups {
      scales[group] = ideal[group].scale
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
  private func refine(_ parameters: inout Parameters, _ block: borrowing WeightedBlock) {
    let scaleSteps = Lanes(-1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0)
    let offsetSteps = Lanes(-2, -1, 0, 1, 2, -2, -1, 0, 1, 2, -2, -1, 0, 1, 2, 0)
    let limit = Lanes(repeating: Float(topParameter))
    let rounding = IntegerRounding(0...top)
    parameters.error = 0
    for group in 0..<256 / columnsPerGroup {
      let scaleCodes = (parameters.scaleCodes[group] + scaleSteps).limited(Lanes(), limit)
      let offsetCodes = (parameters.offsetCodes[group] + offsetSteps).limited(Lanes(), limit)
      let scales = scaleCodes * parameters.superScale
      let offsets = offsetCodes * parameters.superOffset
      var inverses = 1 / scales
      inverses.replace(with: 0, where: .!(scales .> 0))
      let shifts = offsets * inverses
      var errors = Lanes()
      var biases = Lanes()
      var squares: Float = 0
      for index in group * columnsPerGroup..<(group + 1) * columnsPerGroup {
        let x = block.x[unchecked: index]
        let code = rounding.nearest(shifts.addingProduct(inverses, Lanes(repeating: x)))
        let difference = (-offsets - x).addingProduct(scales, code)
        let weight = block.errorWeights[unchecked: index]
        errors.addProduct(difference * difference, Lanes(repeating: weight))
        biases.addProduct(difference, Lanes(repeating: weight * x))
        squares += weight * x * x
      }
      errors.addProduct(biases * biases, Lanes(repeating: BiasPenalty(squares: squares).factor))
      let lane = errors.indexOfSmallest()
      parameters.scaleCodes[group] = scaleCodes[lane]
      parameters.offsetCodes[group] = offsetCodes[lane]
      parameters.error += errors[lane]
    }
  }

  /// The best two factors for the codes that `parameters` lead to; nil where the regression has no solution.
  private func resolve(_ parameters: Parameters, _ block: borrowing WeightedBlock) -> Parameters? {
    // Normal equations of Σ w (d · s q − dmin · m − x)² over the block.
    var ss: Float = 0
    var sm: Float = 0
    var mm: Float = 0
    var sx: Float = 0
    var mx: Float = 0
    for group in 0..<256 / columnsPerGroup {
      let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
      let s = parameters.scaleCodes[group]
      let m = parameters.offsetCodes[group]
      let sums = GroupSums(
        block.x.span.extracting(range), block.errorWeights.span.extracting(range),
        scale: parameters.superScale * s, offset: parameters.superOffset * m, top: top)
      ss += s * s * sums.qq
      sm += s * m * sums.q
      mm += m * m * sums.weight
      sx += s * sums.qx
      mx += m * sums.x
    }
    var result = parameters
    if mm > 0 {
      let determinant = ss * mm - sm * sm
      guard determinant > 0 else { return nil }
      result.superScale = block.halfScale((sx * mm - sm * mx) / determinant)
      result.superOffset = block.halfOffset((sx * sm - ss * mx) / determinant)
    } else {
      guard ss > 0 else { return nil }
      result.superScale = block.halfScale(sx / ss)
    }
    return result.superScale >= 0 && result.superOffset >= 0 ? result : nil
  }
}
