/// Fits blocks whose groups have small signed integers for scales under one half-precision factor:
/// `value = d · scaleCode · level`.
struct SymmetricBlockFit<Rounding: LevelRounding> {
  let columnsPerGroup: Int
  let search: SymmetricSearch<Rounding>
  /// The integers that a scale may have.
  let scaleCodes: ClosedRange<Int>
  /// How often the factor is solved again for the codes that it leads to.
  var rounds = 1

  /// Fits a row of blocks of 256.
  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let groups = weights.count / columnsPerGroup
    var row = GridRow(
      scales: [Float](repeating: 0, count: groups),
      nested: GridRow.Nested(
        scaleCodes: [Int8](repeating: 0, count: groups),
        superScales: [Float](repeating: 0, count: weights.count / 256)))
    var block = WeightedBlock()
    let groupsPerBlock = 256 / columnsPerGroup
    for index in 0..<weights.count / 256 {
      guard block.load(weights, importance: importance, from: index * 256, count: 256) else { continue }
      let fitted = fit(block)
      let superScale = fitted.superScale * block.unit
      row.nested.superScales[index] = superScale
      for group in 0..<groupsPerBlock {
        let position = index * groupsPerBlock + group
        row.nested.scaleCodes[position] = Int8(fitted.codes[group])
        row.scales[position] = superScale * fitted.codes[group]
      }
    }
    return row
  }

  /// One block's parameters, in units of its scaled weights.
  private struct Parameters {
    var superScale: Float = 0
    /// `[groups]`, integers.
    var codes = InlineArray<16, Float>(repeating: 0)
    /// The weighted squared error under nearest levels, bias penalised.
    var error = Float.infinity
  }

  /// Fits one block: each group by itself, then a factor for all of them, then the integer of each group by trial with
  /// the codes that it leads to, then the factor again by regression.
  private func fit(_ block: borrowing WeightedBlock) -> Parameters {
    let x = block.x.span
    let weights = block.errorWeights.span
    var biases = InlineArray<16, BiasPenalty>(repeating: BiasPenalty())
    var scales = InlineArray<16, Float>(repeating: 0)
    var curvatures = InlineArray<16, Float>(repeating: 0)
    let groups = 256 / columnsPerGroup
    for group in 0..<groups {
      let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
      let bias = BiasPenalty(x.extracting(range), weights.extracting(range))
      biases[group] = bias
      scales[group] = search.fit(x.extracting(range), weights: weights.extracting(range), bias: bias)
      curvatures[group] = sums(x, weights, group, scale: scales[group], bias).qq
    }
    let factor = SuperScaleSearch(codes: scaleCodes)
    var parameters = Parameters()
    parameters.superScale = block.halfScale(factor.fit(scales, weights: curvatures, count: groups))
    for group in 0..<groups {
      parameters.codes[group] = factor.code(scales[group], under: parameters.superScale)
    }
    refine(&parameters, x, weights, biases)
    for _ in 0..<rounds {
      guard let factor = regress(parameters, x, weights, biases) else { break }
      var next = parameters
      next.superScale = block.halfScale(factor)
      refine(&next, x, weights, biases)
      guard next.error < parameters.error else { break }
      parameters = next
    }
    return parameters
  }

  private func sums(
    _ x: Span<Float>, _ weights: Span<Float>, _ group: Int, scale: Float, _ bias: BiasPenalty
  ) -> GroupSums {
    let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
    return GroupSums(
      x.extracting(range), weights.extracting(range), inverse: scale == 0 ? 0 : 1 / scale, shift: 0,
      rounding: search.rounding, bias: bias)
  }

  /// Tries integers around each group's with the nearest levels that each of them leads to, keeps the best, and sets
  /// the block's error.
  private func refine(
    _ parameters: inout Parameters, _ x: Span<Float>, _ weights: Span<Float>,
    _ biases: borrowing InlineArray<16, BiasPenalty>
  ) {
    let steps = Lanes(0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6, -7, 7, -8)
    let low = Lanes(repeating: Float(scaleCodes.lowerBound))
    let high = Lanes(repeating: Float(scaleCodes.upperBound))
    let rounding = search.rounding
    parameters.error = 0
    for group in 0..<256 / columnsPerGroup {
      let codes = (parameters.codes[group] + steps).limited(low, high)
      let scales = codes * parameters.superScale
      var inverses = 1 / scales
      inverses.replace(with: 0, where: scales .== 0)
      var errors = Lanes()
      var shifts = Lanes()
      for index in group * columnsPerGroup..<(group + 1) * columnsPerGroup {
        let value = x[unchecked: index]
        let weight = weights[unchecked: index]
        let level = rounding.nearest(inverses * value)
        let difference = Lanes(repeating: -value).addingProduct(scales, level)
        let weighted = difference * weight
        errors.addProduct(difference, weighted)
        shifts.addProduct(weighted, Lanes(repeating: value))
      }
      errors.addProduct(shifts * shifts, Lanes(repeating: biases[group].factor))
      let lane = errors.indexOfSmallest()
      parameters.codes[group] = codes[lane]
      parameters.error += errors[lane]
    }
  }

  /// The best factor for the codes that `parameters` lead to; nil where all are zero.
  private func regress(
    _ parameters: Parameters, _ x: Span<Float>, _ weights: Span<Float>,
    _ biases: borrowing InlineArray<16, BiasPenalty>
  ) -> Float? {
    var cc: Float = 0
    var cx: Float = 0
    for group in 0..<256 / columnsPerGroup {
      let code = parameters.codes[group]
      let sums = sums(x, weights, group, scale: parameters.superScale * code, biases[group])
      cc += code * code * sums.qq
      cx += code * sums.qx
    }
    return cc > 0 ? cx / cc : nil
  }
}
