import Schemes
import Tensors

/// What weights of FP8 share a scale.
package enum FP8Scales: Sendable, Equatable {
  /// All of a matrix.
  case tensor
  /// Those of a row.
  case row
  /// Those of a block of rows and columns; a last block may have fewer.
  case block(rows: Int, columns: Int)

  /// The rows and columns of a block of a matrix.
  func block(of rows: Int, _ columns: Int) -> (rows: Int, columns: Int) {
    switch self {
    case .tensor: (rows, columns)
    case .row: (1, columns)
    case .block(let rows, let columns): (rows, columns)
    }
  }

  /// The name of the type, such as `fp8_row`.
  var typeName: String {
    switch self {
    case .tensor: "fp8_tensor"
    case .row: "fp8_row"
    case .block(let rows, let columns):
      rows == columns ? "fp8_b\(rows)" : rows == 1 ? "fp8_g\(columns)" : "fp8_b\(rows)x\(columns)"
    }
  }
}

/// Matrices of checkpoints that hold one E4M3 number for each weight, under scales.
///
/// `weight` f8_e4m3 `[rows, columns]` and a scale for each block: `weight_scale` of compressed-tensors' `float-quantized`, FBGEMM's
/// and ModelOpt's exports, `weight_scale_inv` of DeepSeek's and transformers' `fp8`; it multiplies in all of them. Experts may be
/// one tensor, `[experts, rows, columns]`. Sources: compressed-tensors, `compressors/naive_quantized`; transformers,
/// `integrations/finegrained_fp8.py`, `integrations/fbgemm_fp8.py`.
package struct FP8Layout: MatrixLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let scales: FP8Scales
  /// Of the scales' tensor.
  private let suffix: String

  /// The suffix that DeepSeek's scales have, which multiply all the same.
  package static let inverseSuffix = "weight_scale_inv"

  /// - Parameter suffix: of the scales' tensor.
  package init(rows: Int, columns: Int, scales: FP8Scales, suffix: String = "weight_scale") {
    self.rows = rows
    self.columns = columns
    self.scales = scales
    self.suffix = suffix
  }

  /// Rows and columns of the grid of scales, and of a block.
  private var grid: (rows: Int, columns: Int, block: (rows: Int, columns: Int)) {
    let block = scales.block(of: rows, columns)
    return ((rows + block.rows - 1) / block.rows, (columns + block.columns - 1) / block.columns, block)
  }

  package var parts: [LayoutPart] {
    let shape = scales == .tensor ? [1] : [grid.rows, grid.columns]
    return [LayoutPart("weight", [rows, columns], "F8_E4M3"), LayoutPart(suffix, shape, "F32")]
  }

  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    guard let scheme = format as? FP8, order == nil else {
      preconditionFailure("the plan gives \(format.name) to a layout of FP8")
    }
    let groups = columns / scheme.columnsPerGroup
    var codes = [UInt8](repeating: 0, count: rows * columns)
    var stored: [Float] = []
    for row in 0..<rows {
      let bytes = packed.row(row).bytes
      for group in 0..<groups {
        let start = group * scheme.bytesPerBlock
        if row % grid.block.rows == 0 {
          stored.append(Float(bitPattern: bytes.littleEndian(UInt32.self, at: start)))
        }
        let target = row * columns + group * scheme.columnsPerGroup
        for index in 0..<scheme.columnsPerGroup {
          codes[target + index] = bytes.littleEndian(UInt8.self, at: start + 4 + index)
        }
      }
    }
    return [codes, TensorBytes.float32(stored)]
  }
}

// How such matrices are read.
extension FP8Layout {
  /// The suffix that scales have after the name of the weights, of a tensor that has some; nil for others.
  static func scale(of name: String, in tensors: TensorTable) -> String? {
    ["_scale_inv", "_scale"].first { tensors[name + $0] != nil }
  }

  /// The matrix that a tensor is, if it holds codes or has scales.
  static func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    let hasScales = scale(of: tensor.name, in: stored) != nil
    return hasScales || tensor.storage.name == "f8_e4m3" ? QuantizedMatrixName(tensor.name) : nil
  }

  /// Reads a matrix.
  ///
  /// - Parameters:
  ///   - suffix: of the weights' tensor after the module's name.
  ///   - scale: the suffix of the scales' tensor.
  /// - Throws: what is wrong with which tensor.
  static func read(
    _ reader: PartReader, weight suffix: String = "weight", scale: String = "weight_scale", _ scales: FP8Scales,
    inputs: StoredInputs? = nil
  ) throws(CheckpointError) -> ScaledCodes {
    let weight = try reader.required(suffix, type: ["F8_E4M3"])
    return try read(reader, weight, .float(.e4m3), scale: scale, scales, scales.typeName, inputs: inputs)
  }

  /// Reads a matrix of a checkpoint of transformers or AutoFP8: its scales say which of both.
  static func read(
    _ reader: PartReader, _ suffix: String, _ settings: FP8Settings
  ) throws(CheckpointError) -> ScaledCodes {
    let weight = try reader.required(suffix, type: ["F8_E4M3"])
    let scale = suffix + (scale(of: weight.name, in: reader.tensors) ?? "_scale_inv")
    let scales = settings.scales(try reader.required(scale), of: weight)
    let prefix = suffix == "weight" ? "" : "\(suffix)_"
    let inputs = try StoredInputs(
      reader, settings.inputs(scales), suffixes: FP8Settings.inputScales.map { prefix + $0 })
    return try read(reader, weight: suffix, scale: scale, scales, inputs: inputs)
  }

  /// Reads a matrix of codes of one byte each.
  static func read(
    _ reader: PartReader, _ weight: StoredTensor, _ table: CodeTable, scale: String, _ scales: FP8Scales,
    _ typeName: String, inputs: StoredInputs?
  ) throws(CheckpointError) -> ScaledCodes {
    guard 2...3 ~= weight.shape.count else {
      throw PartReader.shape(weight, expected: "[rows, columns], or experts before them")
    }
    let (rows, columns) = (weight.shape[weight.shape.count - 2], weight.columns)
    let grid = try ScaleGrid(
      reader.required(scale), of: weight.shape, block: scales.block(of: rows, columns), scales.description)
    var others: [StoredTensor] = []
    if let zeros = reader.optional("weight_zero_point") {
      try PartReader.checkMiddle(zeros)
      others.append(zeros)
    }
    return ScaledCodes(typeName, weight, table, shape: weight.shape, grid, inputs: inputs, others: others)
  }
}

extension FP8Scales: CustomStringConvertible {
  package var description: String {
    switch self {
    case .tensor: "a scale for the matrix"
    case .row: "a scale for each row"
    case .block(let rows, let columns): "a scale for each \(rows) rows and \(columns) columns"
    }
  }
}
