/// Maps pairs of symbols to the merge that joins them.
struct PairTable: Sendable {
  /// A merge: lower ranks go first.
  struct Merge: Sendable {
    let rank: UInt32
    let result: Int32
  }

  private static let free = UInt64.max

  /// Open addressing; the count is a power of two, at most half full.
  private var keys: [UInt64]
  private var merges: [Merge]
  private(set) var count = 0
  /// Odd, and drawn anew for each table, so that no file can hold pairs which all meet in one slot.
  private let multiplier = UInt64.random(in: .min ... .max) | 1

  /// Expects at most `capacity` pairs. It does not grow.
  init(capacity: Int) {
    var slots = 16
    while slots < 2 * (capacity + 1) { slots *= 2 }
    keys = [UInt64](repeating: Self.free, count: slots)
    merges = [Merge](repeating: Merge(rank: 0, result: 0), count: slots)
  }

  /// The merge of two symbols, or nil.
  @inline(__always)
  func find(_ left: Int32, _ right: Int32) -> Merge? {
    let slot = slot(of: Self.key(left, right))
    return keys[slot] == Self.free ? nil : merges[slot]
  }

  /// Sets the merge of two symbols; a later one replaces an earlier one.
  ///
  /// - Precondition: no more pairs than the capacity.
  mutating func insert(_ left: Int32, _ right: Int32, _ merge: Merge) {
    let slot = slot(of: Self.key(left, right))
    if keys[slot] == Self.free {
      count += 1
      precondition(2 * count <= keys.count, "more pairs than the table was made for")
    }
    keys[slot] = Self.key(left, right)
    merges[slot] = merge
  }

  @inline(__always)
  private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always)
  private func slot(of key: UInt64) -> Int {
    let mask = keys.count - 1
    // Multiply-shift (Dietzfelbinger et al., 1997): the high bits of the product, for keys that were mixed once.
    let product = (key ^ key >> 29).multipliedFullWidth(by: multiplier)
    var slot = Int(truncatingIfNeeded: product.high ^ product.low >> 32) & mask
    while keys[slot] != key, keys[slot] != Self.free { slot = (slot + 1) & mask }
    return slot
  }
}
