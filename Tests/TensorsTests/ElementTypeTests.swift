import Foundation
import Tensors
import Testing

struct ElementTypeTests {
  /// Decodes 16-bit patterns in one call.
  private func decode(_ type: ElementType, _ patterns: [UInt16]) -> [Float] {
    let bytes = patterns.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
    var result = Matrix(rows: 1, columns: patterns.count)
    var values = result.mutableRow(0)
    type.decode(bytes.span.bytes, into: &values)
    return result.array()
  }

  /// What IEEE 754 says about a half-precision pattern, spelled out.
  private func half(_ bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF) / 1024
    switch exponent {
    case 0: return sign * fraction * pow(2, -14)
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction) * pow(2, Double(exponent - 15))
    }
  }

  /// The same for bfloat16, which has the exponent of single precision.
  private func brain(_ bits: UInt16) -> Double {
    let sign: Double = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 7 & 0xFF)
    let fraction = Double(bits & 0x7F) / 128
    switch exponent {
    case 0: return sign * fraction * pow(2, -126)
    case 255: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * (1 + fraction) * pow(2, Double(exponent - 127))
    }
  }

  /// The first pattern that decodes to something else, so that a failure names it.
  private func firstDifference(_ values: [Float], _ reference: (UInt16) -> Double) -> String? {
    for (value, bits) in zip(values, UInt16.min...UInt16.max) {
      let expected = reference(bits)
      let agrees =
        expected.isNaN ? value.isNaN : Double(value) == expected && (value.sign == .minus) == (bits & 0x8000 != 0)
      if !agrees { return "\(String(bits, radix: 16)): \(value), not \(expected)" }
    }
    return nil
  }

  @Test func everyHalfPrecisionPatternDecodes() {
    let values = decode(.float16, Array(UInt16.min...UInt16.max))
    #expect(values.count == 65_536)
    #expect(firstDifference(values, half) == nil)
  }

  @Test func everyBfloat16PatternDecodes() {
    let values = decode(.bfloat16, Array(UInt16.min...UInt16.max))
    #expect(values.count == 65_536)
    #expect(firstDifference(values, brain) == nil)
  }

  @Test func singlePrecisionKeepsItsBits() {
    let patterns: [UInt32] = [0, 0x8000_0000, 1, 0x3F80_0000, 0x7F7F_FFFF, 0x7F80_0000, 0xFF80_0000, 0x7FC0_1234]
    let bytes = patterns.flatMap { pattern in (0..<4).map { UInt8(truncatingIfNeeded: pattern >> (8 * $0)) } }
    var result = Matrix(rows: 1, columns: patterns.count)
    var values = result.mutableRow(0)
    ElementType.float32.decode(bytes.span.bytes, into: &values)
    #expect(result.array().map(\.bitPattern) == patterns)
  }

  @Test func sizesAreBytes() {
    #expect(ElementType.allCases.map(\.size) == [4, 2, 2])
    #expect(ElementType.allCases.map(\.rawValue) == ["F32", "F16", "BF16"])
  }
}
