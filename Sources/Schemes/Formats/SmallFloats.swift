import Tensors

/// A floating-point number of eight bits or fewer: what FP8 and FP4 checkpoints hold, alone or under scales.
///
/// From the OCP 8-bit Floating Point and Microscaling Formats specifications, as safetensors names them.
package enum SmallFloat: String, Sendable, CaseIterable {
  /// Four exponent bits with bias 7, three mantissa bits, no infinity; only the largest magnitude is no number.
  case e4m3 = "F8_E4M3"
  /// Five exponent bits with bias 15 and two mantissa bits, with infinities as in IEEE formats.
  case e5m2 = "F8_E5M2"
  /// A power of two, 2^(e − 127); 255 is no number.
  case e8m0 = "F8_E8M0"
  /// Two exponent bits with bias 1 and one mantissa bit; two of them fill a byte, the first the low nibble.
  case e2m1 = "F4"

  /// Bits of one number.
  package var bits: Int { self == .e2m1 ? 4 : 8 }

  /// The largest number.
  package var largest: Float {
    switch self {
    case .e4m3: 448
    case .e5m2: 57344
    case .e8m0: Float(sign: .plus, exponent: 127, significand: 1)
    case .e2m1: 6
    }
  }

  /// The value of each stored number.
  package var values: [Float] {
    switch self {
    case .e4m3: (0..<256).map { $0 & 127 == 127 ? .nan : Self.value($0, bits: 8, mantissaBits: 3, bias: 7) }
    case .e5m2: (0..<256).map { Float(Float16(bitPattern: UInt16($0) << 8)) }
    case .e8m0: (0..<256).map { $0 == 255 ? .nan : Float(sign: .plus, exponent: $0 - 127, significand: 1) }
    case .e2m1: (0..<16).map { Self.value($0, bits: 4, mantissaBits: 1, bias: 1) }
    }
  }

  private static func value(_ stored: Int, bits: Int, mantissaBits: Int, bias: Int) -> Float {
    let sign: FloatingPointSign = stored >> (bits - 1) == 1 ? .minus : .plus
    let magnitude = stored & (1 << (bits - 1) - 1)
    let exponent = magnitude >> mantissaBits
    let fraction = Float(magnitude & (1 << mantissaBits - 1)) / Float(1 << mantissaBits)
    return exponent == 0
      ? Float(sign: sign, exponent: 1 - bias, significand: fraction)
      : Float(sign: sign, exponent: exponent - bias, significand: 1 + fraction)
  }

  /// The number nearest to `x`, halves to the even mantissa, and beyond the largest the largest.
  ///
  /// - Precondition: E4M3 or E2M1.
  package func rounded(_ x: Float) -> Float {
    // Below the smallest normal number steps are equal: adding this leaves no bit for a fraction of one.
    let (dropped, smallestNormal, magic): (UInt32, Float, Float) =
      self == .e4m3 ? (20, 0x1p-6, 0x1.8p14) : (22, 1, 0x1.8p22)
    let limited = max(-largest, min(largest, x))
    guard abs(limited) >= smallestNormal else { return (limited + magic) - magic }
    let bits = limited.bitPattern
    let raised = bits &+ (1 << (dropped - 1) - 1) &+ (bits >> dropped & 1)
    return Float(bitPattern: raised & ~(1 << dropped - 1))
  }
}

/// Small floating-point numbers without scales, as tensors of safetensors files hold them. They are read, not written.
package struct SmallFloats: WeightFormat {
  package let number: SmallFloat
  package init(_ number: SmallFloat) { self.number = number }
  package var name: String { number.rawValue.lowercased() }
  package var columnsPerBlock: Int { 8 / number.bits }
  package var bytesPerBlock: Int { 1 }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = number.values
    if number.bits == 8 {
      for index in 0..<values.count { values[index] = table[Int(bytes.littleEndian(UInt8.self, at: index))] }
    } else {
      for index in 0..<values.count / 2 {
        let pair = bytes.littleEndian(UInt8.self, at: index)
        values[2 * index] = table[Int(pair & 15)]
        values[2 * index + 1] = table[Int(pair >> 4)]
      }
    }
  }
}
