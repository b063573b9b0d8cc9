import Schemes
import Tensors

/// The layout of compressed-tensors' `pack-quantized`, as vLLM and llm-compressor write it: all along rows.
///
/// `weight_packed` i32 `[rows, columns · bits / 32]`, `weight_scale` f16 `[rows, groups]`, `weight_shape` i64 `[2]`, with zero
/// points `weight_zero_point` i32 `[rows · bits / 32, groups]` packed along rows, and with groups of columns that do not
/// stand side by side `weight_g_idx` i32 `[columns]`. Codes and zero points count from 0. Source: compressed-tensors,
/// `compressors/quantized_compressors/pack_quantized.py`.
package struct CompressedTensorsLayout: IntegerLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let groups: Int
  package let bits: Int
  package let isSymmetric: Bool
  package let hasGroupIndices: Bool

  package init(rows: Int, columns: Int, groups: Int, bits: Int, isSymmetric: Bool, hasGroupIndices: Bool = false) {
    self.rows = rows
    self.columns = columns
    self.groups = groups
    self.bits = bits
    self.isSymmetric = isSymmetric
    self.hasGroupIndices = hasGroupIndices
  }

  package var parts: [LayoutPart] {
    var parts = [
      LayoutPart("weight_packed", [rows, PackedWords.count(columns, bits: bits)], "I32"),
      LayoutPart("weight_scale", [rows, groups], "F16"), LayoutPart("weight_shape", [2], "I64"),
    ]
    if !isSymmetric {
      parts.append(LayoutPart("weight_zero_point", [PackedWords.count(rows, bits: bits), groups], "I32"))
    }
    if hasGroupIndices { parts.append(LayoutPart("weight_g_idx", [columns], "I32")) }
    return parts
  }

  package func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]] {
    var shape: [UInt8] = []
    for side in [rows, columns] { shape.append(littleEndian: Int64(side)) }
    var bytes = [PackedWords.rows(matrix.codes, bits: bits, on: workers), TensorBytes.float16(matrix.scales), shape]
    if !isSymmetric { bytes.append(zeros(matrix)) }
    if hasGroupIndices { bytes.append(TensorBytes.int32(matrix.groupOfColumn)) }
    return bytes
  }

  private func zeros(_ matrix: borrowing IntegerMatrix) -> [UInt8] {
    var words = RowMajor<UInt32>(rows: PackedWords.count(rows, bits: bits), columns: groups)
    for group in 0..<groups {
      for start in stride(from: 0, to: rows, by: 32) {
        PackedWords.pack(min(32, rows - start), bits: bits) {
          matrix.zeros[start + $0, group]
        } into: {
          words[start / 32 * bits + $0, group] = $1
        }
      }
    }
    return PackedWords.bytes(words)
  }
}

/// A matrix of a `pack-quantized` checkpoint.
package struct CompressedTensorsWeights: QuantizedWeights {
  package let layout: CompressedTensorsLayout
  package let parts: [StoredTensor]
  package let inputs: InputQuantization?
  private let groupOfColumn: [Int32]
  private let zeros: StoredTensor?

  /// - Parameter inputs: nil where they stay as they are.
  /// - Throws: what is wrong with which tensor.
  init(
    _ reader: PartReader, _ scheme: CompressedTensorsSettings.Scheme, inputs: StoredInputs?
  ) throws(CheckpointError) {
    let (bits, isSymmetric) = (scheme.bits, scheme.isSymmetric)
    let packed = try reader.required("weight_packed", type: ["I32"])
    let sides = try Self.sides(try reader.required("weight_shape", type: ["I64", "I32"]))
    try PartReader.check(
      packed, shape: [sides.rows, PackedWords.count(sides.columns, bits: bits)],
      "codes of \(bits) bits for \(sides.rows) rows of \(sides.columns)")
    let width = scheme.columnsPerGroup ?? sides.columns
    let groups = (sides.columns + width - 1) / width
    let scales = try reader.required("weight_scale", type: ["F16", "BF16", "F32"])
    try PartReader.check(scales, shape: [sides.rows, groups], "a scale for each row and group")
    var parts = [packed, scales, try reader.required("weight_shape")]
    zeros = isSymmetric ? nil : try reader.required("weight_zero_point", type: ["I32"])
    if let zeros {
      try PartReader.check(
        zeros, shape: [PackedWords.count(sides.rows, bits: bits), groups], "zero points of \(bits) bits along rows")
      parts.append(zeros)
    } else if let stored = reader.optional("weight_zero_point") {
      try PartReader.checkMiddle(stored)
      parts.append(stored)
    }
    if let indices = reader.optional("weight_g_idx") {
      groupOfColumn = try PartReader.groups(indices, columns: sides.columns, groups: groups)
      parts.append(indices)
    } else if scheme.sortsColumns, groups > 1 {
      // Without it nobody knows which columns share a scale.
      throw .noSuchTensor(path: reader.path, tensor: "\(reader.module).weight_g_idx (actorder is group)", similar: [])
    } else {
      groupOfColumn = (0..<sides.columns).map { Int32($0 / width) }
    }
    layout = CompressedTensorsLayout(
      rows: sides.rows, columns: sides.columns, groups: groups, bits: bits, isSymmetric: isSymmetric,
      hasGroupIndices: reader.optional("weight_g_idx") != nil)
    self.inputs = inputs?.quantization
    self.parts = parts + (inputs?.parts ?? [])
  }

  /// What `weight_shape` says: two positive numbers whose product is that of a matrix.
  private static func sides(_ tensor: StoredTensor) throws(CheckpointError) -> (rows: Int, columns: Int) {
    try PartReader.check(tensor, shape: [2], "rows and columns")
    let isWide = tensor.storage.name.lowercased() == "i64"
    let sides = tensor.withBytes { bytes in
      (0..<2).map { index in
        isWide ? Int(bytes.littleEndian(Int64.self, at: 8 * index)) : Int(bytes.littleEndian(Int32.self, at: 4 * index))
      }
    }
    guard sides.allSatisfy({ 1...Int(Int32.max) ~= $0 }) else {
      throw .malformed(
        path: tensor.path, part: .tensor(tensor.name, "values"), found: "\(sides)", expected: "rows and columns")
    }
    return (sides[0], sides[1])
  }

  package var typeName: String {
    integerTypeName(
      bits: layout.bits, columnsPerGroup: layout.groups == 1 ? nil : layout.columns / layout.groups,
      suffix: layout.isSymmetric ? "" : "_asym")
  }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let layout = layout
    let scales = try parts[1].rows(range, workers: workers)
    var matrix = IntegerMatrix(rows: range.count, columns: layout.columns, groups: layout.groups, bits: layout.bits)
    matrix.groupOfColumn = groupOfColumn
    matrix.codes = parts[0].withBytes {
      PackedWords.codes($0, rows: range, columns: layout.columns, bits: layout.bits, on: workers)
    }
    let middle = UInt8(1 << (layout.bits - 1))
    for row in 0..<range.count {
      for group in 0..<layout.groups {
        matrix.scales[row, group] = scales[row, group]
        matrix.zeros[row, group] = zeros.map { zero($0, row: range.lowerBound + row, group) } ?? middle
      }
    }
    return matrix.values(on: workers)
  }

  /// One zero point, of those that are packed along rows.
  private func zero(_ tensor: StoredTensor, row: Int, _ group: Int) -> UInt8 {
    let (word, shift) = (row * layout.bits).quotientAndRemainder(dividingBy: 32)
    return tensor.withBytes { bytes in
      let stored = bytes.littleEndian(UInt32.self, at: 4 * (word * layout.groups + group))
      return UInt8(truncatingIfNeeded: stored >> UInt32(shift)) & UInt8(truncatingIfNeeded: 1 << layout.bits - 1)
    }
  }
}
