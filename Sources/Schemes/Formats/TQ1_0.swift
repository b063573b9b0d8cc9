import Tensors

/// Blocks of 256 ternary codes, five in a byte, under one half-precision scale: `value = d · (q − 1)`.
///
/// Layout (ggml `block_tq1_0`, 54 bytes): 32 bytes for codes 0…159, 16 for 160…239, 4 for 240…255, f16 d. In each run
/// of n bytes, byte i holds codes i, n + i, 2 n + i, … as digits of a fraction in base three, the first code first: the
/// byte is the fraction times 256, rounded up, so that multiplying by three moves the next digit out on top. The last
/// run has four digits to a byte.
package struct TQ1_0: Scheme {
  package init() {}
  package var name: String { "tq1_0" }
  package var columnsPerBlock: Int { 256 }
  package var bytesPerBlock: Int { 54 }
  package var columnsPerGroup: Int { 256 }
  package var levels: Levels { Ternary.levels }
  package var parameters: GridParameters { .half(offsets: false) }

  /// First code, bytes, and codes in a byte.
  private static let runs: [(first: Int, bytes: Int, digits: Int)] = [(0, 32, 5), (160, 16, 5), (240, 4, 4)]

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    Ternary.fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for block in 0..<grid.scales.count {
      for run in Self.runs {
        for index in 0..<run.bytes {
          var number = 0
          for digit in 0..<5 {
            number *= 3
            if digit < run.digits { number += Int(codes[block * 256 + run.first + digit * run.bytes + index]) }
          }
          bytes.append(UInt8(truncatingIfNeeded: (number * 256 + 242) / 243))
        }
      }
      bytes.append(float16: grid.scales[block])
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for block in 0..<values.count / 256 {
      let start = block * 54
      let scale = bytes.float16(at: start + 52)
      var offset = start
      for run in Self.runs {
        for index in 0..<run.bytes {
          var fraction = bytes.littleEndian(UInt8.self, at: offset + index)
          for digit in 0..<run.digits {
            let code = (Int(fraction) * 3) >> 8
            values[block * 256 + run.first + digit * run.bytes + index] = scale * Float(code - 1)
            fraction = fraction &* 3
          }
        }
        offset += run.bytes
      }
    }
  }
}
