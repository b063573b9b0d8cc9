import Foundation

/// The scales of a whole matrix, rounded as bitsandbytes rounds them: less their mean, and in blocks that share a factor, to
/// one of 256 dynamic numbers.
package struct NestedScales {
  /// One byte for each scale.
  package let codes: [UInt8]
  /// The largest magnitude of each block of scales, less the mean.
  package let factors: [Float]
  package let mean: Float
  private let scalesPerBlock: Int

  package init(_ scales: [Float], scalesPerBlock: Int = 256) {
    let mean = scales.isEmpty ? 0 : Float(scales.reduce(0.0) { $0 + Double($1) } / Double(scales.count))
    let centred = scales.map { $0 - mean }
    let starts = stride(from: 0, to: scales.count, by: scalesPerBlock)
    let factors = starts.map { start in
      centred[start..<min(centred.count, start + scalesPerBlock)].reduce(0) { max($0, abs($1)) }
    }
    codes = centred.indices.map { index in
      let factor = factors[index / scalesPerBlock]
      return Self.nearest(factor == 0 ? 0 : centred[index] / factor)
    }
    self.factors = factors
    self.mean = mean
    self.scalesPerBlock = scalesPerBlock
  }

  /// The scale that readers compute.
  package func scale(_ index: Int) -> Float {
    Self.dynamic[Int(codes[index])] * factors[index / scalesPerBlock] + mean
  }

  /// The 256 numbers that a byte stands for, in ascending order: zero, one, and in each of seven powers of ten twice as many
  /// of either sign as in the power below, at the middles of equal parts (`create_dynamic_map`).
  package static let dynamic: [Float] = {
    let positive = (0..<7).flatMap { exponent in
      let power = Float(pow(10, Double(exponent - 6)))
      let bounds = Self.bounds(parts: 1 << exponent)
      return zip(bounds, bounds.dropFirst()).map { power * (0.5 * ($0 + $1)) }
    }
    return (positive.map { -$0 } + positive + [0, 1]).sorted()
  }()

  /// 0.1 to 1 in equal parts, rounded as `torch.linspace` rounds: from the nearer end, each by one fused operation.
  private static func bounds(parts: Int) -> [Float] {
    let step = (1 - Float(0.1)) / Float(parts)
    return (0...parts).map { index in
      index < (parts + 1) / 2
        ? Float(0.1).addingProduct(step, Float(index)) : Float(1).addingProduct(-step, Float(parts - index))
    }
  }

  /// The code of the number nearest to `x`.
  private static func nearest(_ x: Float) -> UInt8 {
    var low = 0
    var high = dynamic.count - 1
    while high - low > 1 {
      let middle = (low + high) / 2
      if dynamic[middle] <= x { low = middle } else { high = middle }
    }
    return UInt8(x - dynamic[low] > dynamic[high] - x ? high : low)
  }
}
