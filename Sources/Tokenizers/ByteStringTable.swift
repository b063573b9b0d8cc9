/// Maps texts, as bytes, to numbers. All texts lie in one array, so a look-up touches no reference counts.
struct ByteStringTable: Sendable {
  private var bytes: [UInt8] = []
  /// Where each text ends in `bytes`; it starts where the one before ends.
  private var ends: [Int] = []
  private var values: [Int32] = []
  /// Open addressing: the number of an entry plus one, or zero. The count is a power of two, at most half full.
  private var slots: [UInt32]
  /// Drawn anew for each table, so that no file can hold texts which all meet in one slot.
  private let seed = UInt64.random(in: .min ... .max)

  /// Expects about `capacity` texts.
  init(capacity: Int = 16) {
    slots = [UInt32](repeating: 0, count: Self.slotCount(for: capacity))
  }

  var count: Int { ends.count }

  private static func slotCount(for entries: Int) -> Int {
    var count = 32
    while count < 2 * (entries + 1) { count *= 2 }
    return count
  }

  /// The number of a text, or nil. O(length).
  func find(_ key: Span<UInt8>) -> Int32? {
    let slot = slot(of: key, hash: hash(key))
    let entry = slots[slot]
    return entry == 0 ? nil : values[Int(entry) - 1]
  }

  func find(_ key: [UInt8]) -> Int32? {
    find(key.span)
  }

  /// Adds a text. Returns the number that it already had, which stays, or nil.
  @discardableResult
  mutating func insert(_ key: Span<UInt8>, _ value: Int32) -> Int32? {
    if 2 * (count + 1) > slots.count { grow() }
    let slot = slot(of: key, hash: hash(key))
    if slots[slot] != 0 { return values[Int(slots[slot]) - 1] }
    for index in 0..<key.count { bytes.append(key[index]) }
    ends.append(bytes.count)
    values.append(value)
    slots[slot] = UInt32(count)
    return nil
  }

  @discardableResult
  mutating func insert(_ key: [UInt8], _ value: Int32) -> Int32? {
    insert(key.span, value)
  }

  /// Forgets everything and keeps the memory.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    for index in slots.indices { slots[index] = 0 }
  }

  private mutating func grow() {
    slots = [UInt32](repeating: 0, count: slots.count * 2)
    for entry in 0..<count {
      let start = entry == 0 ? 0 : ends[entry - 1]
      let hash = self.hash(bytes.span.extracting(start..<ends[entry]))
      var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
      while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
      slots[slot] = UInt32(entry + 1)
    }
  }

  /// The slot that holds the text, or the empty one where it belongs.
  private func slot(of key: Span<UInt8>, hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return slot }
      let index = Int(entry) - 1
      let start = index == 0 ? 0 : ends[index - 1]
      if ends[index] - start == key.count, equal(key, at: start) { return slot }
      slot = (slot + 1) & mask
    }
  }

  private func equal(_ key: Span<UInt8>, at start: Int) -> Bool {
    for index in 0..<key.count where bytes[start + index] != key[index] { return false }
    return true
  }

  /// Eight bytes at a time: both halves of the product with a secret, as wyhash has it. Which slot a text takes shows in no
  /// result.
  private func hash(_ key: Span<UInt8>) -> UInt64 {
    var hash = seed ^ UInt64(key.count)
    var index = 0
    while index < key.count {
      var word: UInt64 = 0
      let end = min(index + 8, key.count)
      while index < end {
        word = word << 8 | UInt64(key[index])
        index += 1
      }
      let product = (hash ^ word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: seed | 1)
      hash = product.high ^ product.low ^ word.byteSwapped &+ seed
    }
    return hash
  }
}
