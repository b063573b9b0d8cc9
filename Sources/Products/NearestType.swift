import Schemes

/// Types that are near each other.
enum NearestType {
  /// The name of the type most like another: for integers the same bits, then the same kind of zero, then the nearest
  /// group; else the nearest bits per weight.
  static func name(to format: any WeightFormat, among names: [String]) -> String? {
    names.min { distance(format, $0) < distance(format, $1) }
  }

  private static func distance(_ format: any WeightFormat, _ name: String) -> Double {
    if let type = (format as? IntegerScheme)?.type, let other = IntegerType.named(name) {
      return Double(abs(type.bits - other.bits)) * 1e6 + zeroDistance(type.zero, other.zero)
        + abs(columns(type) - columns(other))
    }
    let bits = IntegerType.named(name).map { Double($0.bits) + 0.1 } ?? WeightFormats.named(name)?.bitsPerWeight
    return bits.map { abs($0 - format.bitsPerWeight) } ?? .infinity
  }

  /// A bias and a zero point can say nearly the same; the middle code can say neither.
  private static func zeroDistance(_ first: IntegerType.Zero, _ second: IntegerType.Zero) -> Double {
    first == second ? 0 : first == .symmetric || second == .symmetric ? 1e5 : 5e4
  }

  private static func columns(_ type: IntegerType) -> Double {
    switch type.group {
    case .columns(let count): Double(count)
    case .row: 4096
    }
  }
}
