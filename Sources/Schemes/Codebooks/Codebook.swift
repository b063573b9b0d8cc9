import Foundation

/// A table of short vectors of weights: what the formats below three and a half bits store are positions in it.
struct Codebook: Sendable {
  /// Weights in one vector.
  let length: Int
  /// `[vectors, length]`.
  let values: [Float]

  /// - Parameters:
  ///   - levels: the different weights that occur.
  ///   - bits: bits that each position in `levels` takes, 2 or 4.
  ///   - packed: positions of all weights of all vectors, low bits first, in base 64.
  init(length: Int, levels: [Float], bits: Int, packed: String) {
    self.length = length
    let bytes = Data(base64Encoded: packed, options: .ignoreUnknownCharacters) ?? Data()
    values = bytes.flatMap { byte in
      stride(from: 0, to: 8, by: bits).map { levels[Int(byte >> UInt8($0)) & (1 << bits - 1)] }
    }
  }
}

/// Signs of eight weights in a byte, a set bit for a negative one.
enum Signs {
  /// The eight signs of a seven-bit number: the last makes the number of negative ones even.
  static func even(_ bits: UInt32) -> UInt8 {
    let seven = UInt8(truncatingIfNeeded: bits & 127)
    return seven.nonzeroBitCount % 2 == 0 ? seven : seven | 128
  }

  /// 1 or −1 for weight `index`.
  @inline(__always)
  static func sign(_ signs: UInt8, _ index: Int) -> Float {
    signs >> UInt8(index) & 1 == 0 ? 1 : -1
  }
}
