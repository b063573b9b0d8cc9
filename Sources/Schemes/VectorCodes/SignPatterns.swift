/// Signs of eight columns as factors, by a byte with a bit for each negative one.
enum SignPatterns {
  private static let all: [Eight] = (0..<256).map { bits in
    var signs = Eight(repeating: 1)
    for lane in 0..<8 where bits >> lane & 1 == 1 { signs[lane] = -1 }
    return signs
  }

  /// 1 or −1 for each column.
  @inline(__always)
  static func factors(_ bits: Int) -> Eight { all[bits] }

  /// The bits of the columns that are below zero.
  @inline(__always)
  static func bits(of values: Eight, columns: Int) -> Int {
    var bits = 0
    for lane in 0..<columns where values[lane] < 0 { bits |= 1 << lane }
    return bits
  }
}
