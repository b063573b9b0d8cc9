import Tensors

/// Makes inputs out of seeds. The same seed and number give the same input, whatever was made before.
struct Mutator {
  let form: FuzzForm
  let seeds: [[UInt8]]
  let words: [[UInt8]]
  private var random: SplitMix64

  /// No input is longer.
  static let longest = 1 << 16

  init(_ target: FuzzTarget, seeds: [[UInt8]], seed: UInt64, number: Int) {
    form = target.form
    self.seeds = seeds
    words = target.words.map { Array($0.utf8) }
    var mixed = SplitMix64(seed: seed)
    random = SplitMix64(seed: mixed.next() ^ UInt64(number) &* 0xD1B5_4A32_D192_ED03)
  }

  mutating func input() -> [UInt8] {
    var bytes = pick(seeds)
    // Some inputs stay as they are: they must be read.
    if chance(50) { return bytes }
    for _ in 0...(chance(2) ? 0 : below(6)) {
      switch form {
      case .binary: changeBinary(&bytes)
      case .text: changeText(&bytes)
      case .json(let start): change(&bytes, from: start) { $0.changeJSON(&$1) }
      case .safetensors(let start): change(&bytes, from: start) { $0.changeSafetensors(&$1) }
      }
    }
    return Array(bytes.prefix(Self.longest))
  }

  // MARK: - Chance

  private mutating func below(_ bound: Int) -> Int { Int(random.next(below: UInt64(max(1, bound)))) }
  private mutating func chance(_ one: Int) -> Bool { below(one) == 0 }
  private mutating func pick<T>(_ list: [T]) -> T { list[below(list.count)] }

  /// A stretch of at most some bytes.
  private mutating func stretch(of bytes: [UInt8], most: Int = 64) -> Range<Int> {
    let start = below(bytes.count + 1)
    return start..<min(bytes.count, start + 1 + below(most))
  }

  private mutating func change(
    _ bytes: inout [UInt8], from start: Int, _ body: (inout Mutator, inout [UInt8]) -> Void
  ) {
    var rest = Array(bytes.dropFirst(start))
    body(&self, &rest)
    var head = Array(bytes.prefix(start))
    if start > 0, chance(20) { head[0] = UInt8(below(256)) }
    bytes = head + rest
  }

  // MARK: - Bytes

  private mutating func changeBinary(_ bytes: inout [UInt8]) {
    guard !bytes.isEmpty else { return bytes = pick(seeds) }
    switch below(10) {
    case 0: bytes[below(bytes.count)] ^= 1 << UInt8(below(8))
    case 1: bytes[below(bytes.count)] = pick([0, 1, 2, 3, 7, 8, 9, 12, 13, 31, 32, 64, 127, 128, 200, 254, 255])
    case 2...4: writeInteger(&bytes)
    case 5: bytes.removeLast(below(bytes.count))
    case 6: bytes.removeSubrange(stretch(of: bytes))
    case 7:
      let copy = bytes[stretch(of: bytes)]
      bytes.insert(contentsOf: copy, at: below(bytes.count + 1))
    case 8:
      let other = pick(seeds)
      bytes = Array(bytes.prefix(below(bytes.count + 1))) + other.dropFirst(below(other.count + 1))
    default: insertWord(&bytes)
    }
  }

  /// Writes a number that counts and lengths go wrong with over what is there.
  private mutating func writeInteger(_ bytes: inout [UInt8]) {
    let width = pick([2, 4, 8])
    guard bytes.count >= width else { return }
    let place = below(bytes.count - width + 1)
    var value = pick(Self.integers)
    if chance(4) { value = Int64(below(256)) - 8 }
    for byte in 0..<width { bytes[place + byte] = UInt8(truncatingIfNeeded: value >> Int64(8 * byte)) }
  }

  private static let integers: [Int64] = [
    0, 1, -1, 2, 127, 128, 255, 256, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 32, 1 << 40,
    1 << 61,
    1 << 62, .max, .min, .max - 7, 1 << 26, 1 << 24, 100_000_000,
  ]

  private mutating func insertWord(_ bytes: inout [UInt8]) {
    let word = words.isEmpty ? Array(bytes[stretch(of: bytes)]) : pick(words)
    bytes.insert(contentsOf: word, at: below(bytes.count + 1))
  }

  // MARK: - Text

  private mutating func changeText(_ bytes: inout [UInt8]) {
    switch below(9) {
    case 0: changeBinary(&bytes)
    case 1...3: insertWord(&bytes)
    case 4: bytes.removeSubrange(stretch(of: bytes, most: 16))
    case 5:
      let copy = bytes[stretch(of: bytes)]
      bytes.insert(contentsOf: copy, at: below(bytes.count + 1))
    case 6:
      let copy = Array(bytes[stretch(of: bytes, most: 12)])
      let times = pick([2, 10, 100, 1000])
      bytes.insert(contentsOf: (0..<times).flatMap { _ in copy }, at: below(bytes.count + 1))
    case 7:
      let other = pick(seeds)
      bytes.insert(contentsOf: other[stretch(of: other, most: 200)], at: below(bytes.count + 1))
    default:
      let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
      guard !digits.isEmpty else { return insertWord(&bytes) }
      let place = pick(digits)
      bytes.replaceSubrange(place...place, with: number())
    }
  }

  private mutating func number() -> [UInt8] {
    let numbers = ["0", "-1", "1e999", "0.5", "1e-320", "NaN", "100000000000000000000", "1.0", "3.5e300", "00", "-0"]
    return Array((chance(2) ? pick(numbers) : "\(pick(Self.integers))").utf8)
  }

  // MARK: - JSON

  private mutating func changeJSON(_ bytes: inout [UInt8]) {
    let tokens = JSONTokens.tokens(of: bytes)
    guard !tokens.isEmpty, !chance(15) else { return changeText(&bytes) }
    let token = pick(tokens)
    switch below(10) {
    case 0...2: bytes.replaceSubrange(token, with: value())
    case 3:
      let other = bytes[pick(tokens)]
      bytes.replaceSubrange(token, with: other)
    case 4: bytes.removeSubrange(token)
    case 5:
      // Two neighbours, such as a key and its colon, or a value and its comma.
      let copy = bytes[token.lowerBound..<min(bytes.count, token.upperBound + 1 + below(24))]
      bytes.insert(contentsOf: copy, at: token.lowerBound)
    case 6:
      let depth = pick([1, 2, 100, 140])
      bytes.insert(contentsOf: [UInt8](repeating: UInt8(ascii: "]"), count: depth), at: token.upperBound)
      bytes.insert(contentsOf: [UInt8](repeating: UInt8(ascii: "["), count: depth), at: token.lowerBound)
    case 7 where !words.isEmpty:
      bytes.replaceSubrange(token, with: Array("\"".utf8) + pick(words) + Array("\"".utf8))
    case 8:
      // The inside of a text or a number.
      let place = token.lowerBound + below(token.count)
      bytes.insert(contentsOf: chance(2) ? number() : words.isEmpty ? [0x5C] : pick(words), at: place)
    default:
      let other = pick(seeds)
      let others = JSONTokens.tokens(of: other)
      if !others.isEmpty { bytes.replaceSubrange(token, with: other[pick(others)]) }
    }
  }

  private mutating func value() -> [UInt8] {
    if chance(2) { return number() }
    let repeated = String(repeating: "x", count: pick([1, 100, 5000]))
    return Array(
      pick(["null", "true", "false", "\"\"", "[]", "{}", "\"\\u0000\"", "\"\(repeated)\"", "[null]", "{\"a\":1}"]).utf8)
  }

  // MARK: - Safetensors

  private mutating func changeSafetensors(_ bytes: inout [UInt8]) {
    guard bytes.count >= 8, !chance(4) else { return changeBinary(&bytes) }
    let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
    guard length <= bytes.count - 8 else { return changeBinary(&bytes) }
    let end = 8 + Int(length)
    var header = Array(bytes[8..<end])
    changeJSON(&header)
    let said = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    bytes = said + header + bytes[end...]
  }
}

/// Where the values, keys and signs of a JSON text lie, for texts that may be damaged.
enum JSONTokens {
  static func tokens(of bytes: [UInt8]) -> [Range<Int>] {
    var tokens: [Range<Int>] = []
    var position = 0
    while position < bytes.count {
      let start = position
      position += 1
      switch bytes[start] {
      case UInt8(ascii: "\""):
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
          position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        position = min(position + 1, bytes.count)
      case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
        UInt8(ascii: ":"):
        break
      case 0x20, 0x09, 0x0A, 0x0D: continue
      default:
        while position < bytes.count, !"{}[],:\" \n".utf8.contains(bytes[position]) { position += 1 }
      }
      tokens.append(start..<position)
    }
    return tokens
  }
}
