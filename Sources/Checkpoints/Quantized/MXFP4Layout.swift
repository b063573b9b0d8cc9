import Schemes
import Tensors

/// Matrices of checkpoints that hold four-bit floating-point numbers in groups of 32, each under a power of two.
///
/// compressed-tensors' `mxfp4-pack-quantized`: `weight_packed` u8 `[rows, columns / 2]`, the first number in the low nibble, and
/// `weight_scale` u8 `[rows, columns / 32]`, the exponent plus 127. Source: compressed-tensors, `compressors/mxfp4`.
package struct MXFP4Layout: MatrixLayout, Equatable {
  package let rows: Int
  package let columns: Int

  package init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
  }

  package var parts: [LayoutPart] {
    [
      LayoutPart("weight_packed", [rows, columns / 2], "U8"),
      LayoutPart("weight_scale", [rows, columns / Self.columnsPerGroup], "U8"),
    ]
  }

  /// GGUF's blocks hold the same exponents and numbers, but number i of 32 beside number i + 16.
  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    guard let scheme = format as? MXFP4, order == nil else {
      preconditionFailure("the plan gives \(format.name) to a layout of MXFP4")
    }
    var codes: [UInt8] = []
    var exponents: [UInt8] = []
    codes.reserveCapacity(rows * columns / 2)
    for row in 0..<rows {
      let bytes = packed.row(row).bytes
      for group in 0..<columns / Self.columnsPerGroup {
        let start = group * scheme.bytesPerBlock
        exponents.append(bytes.littleEndian(UInt8.self, at: start))
        for index in 0..<Self.columnsPerGroup / 2 {
          let place = 2 * index % 16
          let (first, second) = (
            bytes.littleEndian(UInt8.self, at: start + 1 + place),
            bytes.littleEndian(UInt8.self, at: start + 2 + place)
          )
          codes.append(index < 8 ? first & 15 | second << 4 : first >> 4 | second & 0xF0)
        }
      }
    }
    return [codes, exponents]
  }
  static let columnsPerGroup = 32

  /// - Throws: what is wrong with which tensor.
  static func read(_ reader: PartReader, inputs: StoredInputs?) throws(CheckpointError) -> ScaledCodes {
    let packed = try reader.required("weight_packed", type: ["U8"])
    let shape = try FP4Codes.shape(packed, columnsPerGroup: columnsPerGroup)
    let grid = try ScaleGrid(
      reader.required("weight_scale", type: ["U8", "F8_E8M0"]), of: shape, block: (1, columnsPerGroup),
      "an exponent for each row and \(columnsPerGroup) columns")
    return ScaledCodes("mxfp4", packed, .float(.e2m1), shape: shape, grid, inputs: inputs)
  }
}
