import Schemes
import Tensors

/// Matrices of checkpoints that hold four-bit floating-point numbers in groups of 16, each under a scale of E4M3, and these
/// under one of the matrix.
///
/// compressed-tensors' `nvfp4-pack-quantized`: `weight_packed` u8 `[rows, columns / 2]`, the first number in the low nibble,
/// `weight_scale` f8_e4m3 `[rows, columns / 16]`, `weight_global_scale` f32 `[1]`, which divides. ModelOpt: `weight`,
/// `weight_scale`, and `weight_scale_2` f32 `[]`, which multiplies. Sources: compressed-tensors, `compressors/nvfp4`; ModelOpt,
/// `torch/export/quant_utils.py`.
package struct NVFP4Layout: MatrixLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let dialect: Dialect

  /// Whose names the tensors have.
  package enum Dialect: Sendable {
    case compressedTensors
    case modelOpt

    var codes: String { self == .modelOpt ? "weight" : "weight_packed" }
    /// The suffix of the scale of a whole matrix.
    package var global: String { self == .modelOpt ? "weight_scale_2" : "weight_global_scale" }
  }

  package init(rows: Int, columns: Int, dialect: Dialect = .compressedTensors) {
    self.rows = rows
    self.columns = columns
    self.dialect = dialect
  }

  package var parts: [LayoutPart] {
    [
      LayoutPart(dialect.codes, [rows, columns / 2], "U8"),
      LayoutPart("weight_scale", [rows, columns / Self.columnsPerGroup], "F8_E4M3"),
      LayoutPart(dialect.global, dialect == .modelOpt ? [] : [1], "F32"),
    ]
  }

  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    guard let scheme = format as? NVFP4Global, order == nil else {
      preconditionFailure("the plan gives \(format.name) to a layout of NVFP4")
    }
    let bytes = packed.bytes
    let global = Float(bitPattern: bytes.littleEndian(UInt32.self, at: 0))
    let header = packed.columns - columns / Self.columnsPerGroup * scheme.bytesPerBlock
    var codes: [UInt8] = []
    var scales: [UInt8] = []
    codes.reserveCapacity(rows * columns / 2)
    for row in 0..<rows {
      let row = packed.row(row).bytes
      for group in 0..<columns / Self.columnsPerGroup {
        let start = header + group * scheme.bytesPerBlock
        scales.append(row.littleEndian(UInt8.self, at: start))
        for index in 1..<scheme.bytesPerBlock { codes.append(row.littleEndian(UInt8.self, at: start + index)) }
      }
    }
    // A power of two, so nothing is lost by its reciprocal.
    return [codes, scales, TensorBytes.float32([dialect == .modelOpt ? 1 / global : global])]
  }

  static let columnsPerGroup = 16

  /// - Throws: what is wrong with which tensor.
  static func read(
    _ reader: PartReader, _ dialect: Dialect, inputs: StoredInputs?
  ) throws(CheckpointError) -> ScaledCodes {
    let packed = try reader.required(dialect.codes, type: ["U8"])
    let shape = try FP4Codes.shape(packed, columnsPerGroup: columnsPerGroup)
    var grid = try ScaleGrid(
      reader.required("weight_scale", type: ["F8_E4M3"]), of: shape, block: (1, columnsPerGroup),
      "a scale for each row and \(columnsPerGroup) columns")
    let global = try StoredInputs.scale(reader, dialect.global)
    grid.factor = dialect == .modelOpt ? .times(global.value) : .over(global.value)
    return ScaledCodes(
      "nvfp4", packed, .float(.e2m1), shape: shape, grid, inputs: inputs, others: [global.tensor])
  }
}

/// Four-bit floating-point numbers, two to a byte.
enum FP4Codes {
  /// The sides of the weights in a tensor of bytes.
  static func shape(_ packed: StoredTensor, columnsPerGroup: Int) throws(CheckpointError) -> [Int] {
    guard 2...3 ~= packed.shape.count, packed.columns % (columnsPerGroup / 2) == 0,
      !packed.columns.multipliedReportingOverflow(by: 2).overflow
    else {
      throw PartReader.shape(packed, expected: "[rows, columns / 2] of whole groups of \(columnsPerGroup) columns")
    }
    return packed.shape.dropLast() + [2 * packed.columns]
  }
}
