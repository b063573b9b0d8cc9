import Schemes
import Tensors

/// The modes of MLX's floating-point quantization: groups of small numbers under scales of one byte.
package enum MLXFloats: String, Sendable, CaseIterable {
  case mxfp4
  case nvfp4
  case mxfp8

  package var bits: Int { self == .mxfp8 ? 8 : 4 }
  package var columnsPerGroup: Int { self == .nvfp4 ? 16 : 32 }
  var number: SmallFloat { self == .mxfp8 ? .e4m3 : .e2m1 }
  /// Of the scales.
  var scale: SmallFloat { self == .nvfp4 ? .e4m3 : .e8m0 }
}

/// The layout of MLX's modes `mxfp4` and `nvfp4`: all along rows.
///
/// `weight` u32 `[rows, columns / 8]`, the first number in the low bits; `scales` u8 `[rows, groups]`: the exponent plus 127, or the
/// bytes of E4M3. Source: MLX, `mx.quantize`.
package struct MLXFloatLayout: MatrixLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let mode: MLXFloats

  package init(rows: Int, columns: Int, mode: MLXFloats) {
    (self.rows, self.columns, self.mode) = (rows, columns, mode)
  }

  package var parts: [LayoutPart] {
    [
      LayoutPart("weight", [rows, columns * mode.bits / 32], "U32"),
      LayoutPart("scales", [rows, columns / mode.columnsPerGroup], "U8"),
    ]
  }

  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    precondition(order == nil, "groups are of neighbours")
    switch format {
    case is MXFP4: return MXFP4Layout(rows: rows, columns: columns).encode(packed, format, order: nil, on: workers)
    case is NVFP4: return parted(packed)
    default: preconditionFailure("the plan gives \(format.name) to a layout of MLX")
    }
  }

  /// GGUF's blocks hold the same scales and numbers: four scales before 32 bytes, and number i of 16 beside number i + 8.
  private func parted(_ packed: borrowing PackedRows) -> [[UInt8]] {
    var (codes, scales) = ([UInt8](), [UInt8]())
    codes.reserveCapacity(rows * columns / 2)
    let blockBytes = NVFP4().bytesPerBlock
    for row in 0..<rows {
      let bytes = packed.row(row).bytes
      func byte(_ place: Int) -> UInt8 { bytes.littleEndian(UInt8.self, at: place) }
      for start in stride(from: 0, to: packed.columns, by: blockBytes) {
        for group in 0..<4 {
          scales.append(byte(start + group))
          let first = start + 4 + 8 * group
          for index in 0..<8 {
            let place = first + 2 * index % 8
            let (low, high) = (byte(place), byte(place + 1))
            codes.append(index < 4 ? low & 15 | high << 4 : low >> 4 | high & 0xF0)
          }
        }
      }
    }
    return [codes, scales]
  }

  /// - Throws: what is wrong with which tensor.
  static func read(_ reader: PartReader, _ mode: MLXFloats) throws(CheckpointError) -> ScaledCodes {
    let weight = try reader.required("weight", type: ["U32"])
    let (columns, overflow) = weight.columns.multipliedReportingOverflow(by: 32 / mode.bits)
    guard weight.shape.count == 2, !overflow, columns % mode.columnsPerGroup == 0 else {
      throw PartReader.shape(
        weight, expected: "[rows, words] of whole groups of \(mode.columnsPerGroup) numbers of \(mode.bits) bits")
    }
    if let biases = reader.optional("biases") {
      throw .malformed(
        path: biases.path, part: .tensor(biases.name, "storage"), found: "biases beside numbers of \(mode.rawValue)",
        expected: "none")
    }
    let shape = [weight.rows, columns]
    let grid = try ScaleGrid(
      reader.required("scales", type: ["U8"]), of: shape, block: (1, mode.columnsPerGroup), bytes: mode.scale,
      "a scale for each row and \(mode.columnsPerGroup) columns")
    return ScaledCodes(mode.rawValue, weight, .float(mode.number), shape: shape, grid)
  }
}
