import Tensors

/// Where the weights of a row lie on a grid.
package struct Lattice: Sendable {
  /// Scales that the type stores.
  package let row: GridRow
  /// Whether the weights are the grid's values. Else their codes are, under scales that were rounded.
  package let isExact: Bool
}

/// A scheme that can tell whether weights lie on a grid of its own already, as those of an original that was quantized, or
/// trained, in the same grid do.
package protocol LatticeScheme: Scheme {
  /// The scale nearest to a target that the type stores; nil where it stores none like it.
  func storedScale(near scale: Float) -> Float?
  /// The row of scales that the type stores.
  func row(ofStored scales: [Float]) -> GridRow
  /// Gives zeros in a packed row the signs that they have in the weights, where the type has zeros of both signs.
  func signZeros(of weights: Span<Float>, in packed: inout MutableSpan<UInt8>)
}

extension LatticeScheme {
  package func row(ofStored scales: [Float]) -> GridRow { GridRow(scales: scales) }
  package func signZeros(of weights: Span<Float>, in packed: inout MutableSpan<UInt8>) {}

  /// The grid on which the weights of a row lie: `scale · level` in single precision is the weight. Nil where there is none; a row
  /// that is a rounding away from a grid has none.
  ///
  /// The largest weight of a group is tried as each level in turn. Weights that are zero or of one magnitude, as ternary ones are, lie
  /// on a grid whatever that magnitude is: where the type stores no such scale, they have the nearest one.
  package func lattice(_ weights: Span<Float>) -> Lattice? {
    let levels = levels
    let values = levels.values.filter { $0 != 0 }.sorted { (abs($0), $0) > (abs($1), $1) }
    var scales: [Float] = []
    scales.reserveCapacity(weights.count / columnsPerGroup)
    var isExact = true
    for start in stride(from: 0, to: weights.count, by: columnsPerGroup) {
      let group = start..<start + columnsPerGroup
      var extreme: Float = 0
      for column in group where abs(weights[column]) > abs(extreme) { extreme = weights[column] }
      if let scale = scale(of: weights, group, extreme: extreme, levels, values) {
        scales.append(scale)
      } else if let scale = nearScale(of: weights, group, extreme: extreme, levels, values) {
        scales.append(scale)
        isExact = false
      } else {
        return nil
      }
    }
    return Lattice(row: row(ofStored: scales), isExact: isExact)
  }

  /// - Parameter extreme: the weight of the group that is farthest from zero.
  private func scale(
    of weights: Span<Float>, _ group: Range<Int>, extreme: Float, _ levels: Levels, _ values: [Float]
  ) -> Float? {
    guard extreme != 0 else { return storedScale(near: 0) }
    for value in values {
      if let scale = storedScale(near: extreme / value), Self.isLattice(weights, group, scale: scale, levels) {
        return scale
      }
    }
    return nil
  }

  /// The scale nearest to the one magnitude of the group's weights, no farther than half precision rounds.
  private func nearScale(
    of weights: Span<Float>, _ group: Range<Int>, extreme: Float, _ levels: Levels, _ values: [Float]
  ) -> Float? {
    for value in values where abs(value) == 1 {
      let scale = extreme / value
      guard Self.isLattice(weights, group, scale: scale, levels), let stored = storedScale(near: scale) else {
        continue
      }
      if abs(stored - scale) <= abs(scale) * 0x1p-11 { return stored }
    }
    return nil
  }

  private static func isLattice(_ weights: Span<Float>, _ group: Range<Int>, scale: Float, _ levels: Levels) -> Bool {
    let values = levels.values
    for column in group {
      let weight = weights[column]
      let code = scale == 0 ? levels.nearest(0) : levels.nearest(weight / scale)
      guard scale * values[Int(code)] == weight else { return false }
    }
    return true
  }
}

/// Half-precision scales of either sign.
private func half(near scale: Float) -> Float? {
  let stored = Float(Float16(scale))
  return stored.isFinite ? stored : nil
}

extension LatticeScheme {
  package func storedScale(near scale: Float) -> Float? { half(near: scale) }
}

extension Q4_0: LatticeScheme {}
extension Q5_0: LatticeScheme {}
extension Q8_0: LatticeScheme {}
extension IQ4_NL: LatticeScheme {}
extension TQ1_0: LatticeScheme {}
extension TQ2_0: LatticeScheme {}
extension Q2_0: LatticeScheme {}
extension Q1_0: LatticeScheme {}

/// Symmetric types only: others have an offset for each group.
extension IntegerScheme: LatticeScheme {
  package func storedScale(near scale: Float) -> Float? { type.zero == .symmetric ? half(near: scale) : nil }
}
