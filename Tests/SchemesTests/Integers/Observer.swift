import Schemes
import TestSupport

/// What other quantizers take for scale and zero point of a group, in double precision and step by step: the reference
/// that fits must not be worse than.
struct Observer {
  let bits: Int
  let zero: IntegerType.Zero
  /// Shares of the range that are tried.
  let shares: [Double]

  /// From the smallest to the largest weight.
  static func minMax(_ bits: Int, _ zero: IntegerType.Zero) -> Observer {
    Observer(bits: bits, zero: zero, shares: [1])
  }

  /// The best of eighty ranges, each by a hundredth smaller than the one before.
  static func squares(_ bits: Int, _ zero: IntegerType.Zero) -> Observer {
    Observer(bits: bits, zero: zero, shares: (0..<80).map { 1 - Double($0) / 100 })
  }

  /// The smallest Σ weight · (value − x)² of the shares, with scales rounded to half precision.
  func error(_ x: ArraySlice<Double>, weights: ArraySlice<Double>) -> Double {
    shares.map { error(x, weights, share: $0) }.min() ?? .infinity
  }

  private func error(_ x: ArraySlice<Double>, _ weights: ArraySlice<Double>, share: Double) -> Double {
    let top = Double(1 << bits - 1)
    let low = min(0, x.min() ?? 0) * share
    let high = max(0, x.max() ?? 0) * share
    let scale: Double
    let origin: Double
    switch zero {
    case .symmetric:
      scale = Self.half(2 * max(-low, high) / top)
      origin = (top + 1) / 2
    case .point:
      scale = Self.half((high - low) / top)
      origin = max(1, min(top, (-low / scale).rounded(.toNearestOrEven)))
    case .bias:
      let (low, high) = ((x.min() ?? 0) * share, (x.max() ?? 0) * share)
      scale = Self.half((high - low) / top)
      origin = -Self.half(low) / scale
    }
    return zip(x, weights).reduce(0) { sum, item in
      let code = max(0, min(top, (item.0 / scale + origin).rounded(.toNearestOrEven)))
      let difference = scale * (code - origin) - item.0
      return sum + item.1 * difference * difference
    }
  }

  private static func half(_ value: Double) -> Double { Double(Float16(value)) }
}
