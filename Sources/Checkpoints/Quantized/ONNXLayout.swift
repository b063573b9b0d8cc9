import Schemes
import Tensors

/// The layout of ONNX Runtime's `MatMulNBits`: blocks of columns along rows.
///
/// `weight_Q4` u8 `[rows, blocks, block · bits / 8]` with codes that count from 0, the first in the low bits;
/// `weight_scales` f32 or f16 `[rows, blocks]`; with zero points `weight_zero_points` u8 `[rows, ⌈blocks · bits / 8⌉]`, packed as codes
/// are. Without them the middle code is zero. `GatherBlockQuantized` reads the same bytes. Source: ONNX Runtime,
/// `docs/ContribOperators.md`.
package struct ONNXBlocksLayout: IntegerLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let blocks: Int
  package let bits: Int
  package let isSymmetric: Bool
  /// Of the scales: that of what the products are computed in.
  package let floats: ONNXType

  package init(rows: Int, columns: Int, blocks: Int, bits: Int, isSymmetric: Bool, floats: ONNXType) {
    (self.rows, self.columns, self.blocks, self.bits) = (rows, columns, blocks, bits)
    (self.isSymmetric, self.floats) = (isSymmetric, floats)
  }

  package static let scalesSuffix = "weight_scales"
  package static let zerosSuffix = "weight_zero_points"
  /// What follows the name of the matrix.
  package static func codesSuffix(bits: Int) -> String { "_Q\(bits)" }
  /// Columns of a block that the operations read.
  package static let blockSizes = [16, 32, 64, 128, 256]

  /// Bytes of the zero points of a row.
  static func zeroBytes(blocks: Int, bits: Int) -> Int { (blocks * bits + 7) / 8 }

  package var parts: [LayoutPart] {
    var parts = [
      LayoutPart("weight\(Self.codesSuffix(bits: bits))", [rows, blocks, columns / blocks * bits / 8], "U8"),
      LayoutPart(Self.scalesSuffix, [rows, blocks], floats.safetensorsName),
    ]
    if !isSymmetric {
      parts.append(LayoutPart(Self.zerosSuffix, [rows, Self.zeroBytes(blocks: blocks, bits: bits)], "U8"))
    }
    return parts
  }

  package func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]] {
    let scales = floats == .float16 ? TensorBytes.float16(matrix.scales) : TensorBytes.float32(matrix.scales.array())
    var bytes = [Self.packed(matrix.codes, bits: bits), scales]
    if !isSymmetric { bytes.append(Self.packed(matrix.zeros, bits: bits)) }
    return bytes
  }

  /// Rows of codes, each filled up with zero bits to a whole byte.
  private static func packed(_ codes: borrowing Codes, bits: Int) -> [UInt8] {
    let perByte = 8 / bits
    var bytes: [UInt8] = []
    bytes.reserveCapacity(codes.rows * ((codes.columns + perByte - 1) / perByte))
    for row in 0..<codes.rows {
      let codes = codes.row(row)
      for start in stride(from: 0, to: codes.count, by: perByte) {
        var byte: UInt8 = 0
        for place in 0..<min(perByte, codes.count - start) { byte |= codes[start + place] << UInt8(place * bits) }
        bytes.append(byte)
      }
    }
    return bytes
  }
}

/// The layout of a matrix of plain numbers as ONNX's `MatMul` reads it: `weight` `[columns, rows]`.
package struct ONNXTransposedLayout: MatrixLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let floats: ONNXType

  package init(rows: Int, columns: Int, floats: ONNXType) {
    (self.rows, self.columns, self.floats) = (rows, columns, floats)
  }

  package var parts: [LayoutPart] { [LayoutPart("weight", [columns, rows], floats.safetensorsName)] }

  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    precondition(order == nil, "plain numbers stand in order")
    var matrix = Matrix(rows: rows, columns: columns)
    matrix.withDisjointRows { matrix in
      workers.forEach(matrix.rows) { row in
        var values = matrix.row(row)
        format.unpack(packed.row(row).bytes, into: &values)
      }
    }
    guard floats != .float16 else { return [TensorBytes.float16(matrix, transposed: true)] }
    return [TensorBytes.float32(matrix.transposed().array())]
  }
}

/// What an operation of a graph says of a matrix in blocks, and its constants.
struct ONNXBlocks {
  /// Of the graph, for error messages.
  let path: String
  /// Of the matrix.
  let name: String
  let bits: Int
  let blockSize: Int
  /// Rows and columns, where the operation says them.
  let sides: (rows: Int, columns: Int)?
  let codes: StoredTensor
  let scales: StoredTensor
  let zeros: StoredTensor?
}

/// A matrix in blocks.
struct ONNXBlocksWeights: QuantizedWeights {
  let parts: [StoredTensor]
  let rows: Int
  let columns: Int
  private let blocks: Int
  private let bits: Int
  private let zeros: StoredTensor?

  /// - Throws: what is wrong with which constant.
  init(_ own: ONNXBlocks) throws(CheckpointError) {
    func fault(_ part: String, _ found: String, _ expected: String) -> CheckpointError {
      .malformed(path: own.path, part: .tensor(own.name, part), found: found, expected: expected)
    }
    guard [4, 8].contains(own.bits) else { throw fault("bits", "\(own.bits)", "4 or 8") }
    guard ONNXBlocksLayout.blockSizes.contains(own.blockSize) else {
      throw fault("block_size", "\(own.blockSize)", "16, 32, 64, 128 or 256")
    }
    try PartReader.check(own.codes, type: ["U8"])
    try PartReader.check(own.scales, type: ["F32", "F16"])
    guard own.codes.shape.count == 3, !own.codes.shape.contains(0) else {
      throw PartReader.shape(own.codes, expected: "[rows, blocks, bytes of a block]")
    }
    (rows, blocks, bits) = (own.codes.shape[0], own.codes.shape[1], own.bits)
    columns = blocks * own.blockSize
    guard own.codes.shape[2] == own.blockSize * bits / 8 else {
      throw PartReader.shape(own.codes, expected: "\(own.blockSize * bits / 8) bytes for a block")
    }
    if let sides = own.sides, sides != (rows, columns) {
      throw fault("N and K", "\(sides.rows) and \(sides.columns)", "\(rows) and \(columns), as the codes have them")
    }
    guard own.scales.shape == [rows, blocks] || own.scales.shape == [rows * blocks] else {
      throw PartReader.shape(own.scales, expected: "[\(rows), \(blocks)]: a scale for each block")
    }
    zeros = own.zeros
    if let zeros {
      let bytes = ONNXBlocksLayout.zeroBytes(blocks: blocks, bits: bits)
      try PartReader.check(zeros, type: ["U8"])
      guard zeros.shape == [rows, bytes] || zeros.shape == [rows * bytes] else {
        throw PartReader.shape(zeros, expected: "[\(rows), \(bytes)]: a zero point for each block")
      }
    }
    parts = [own.codes, own.scales] + (own.zeros.map { [$0] } ?? [])
  }

  var typeName: String {
    integerTypeName(bits: bits, columnsPerGroup: columns / blocks, suffix: zeros == nil ? "" : "_asym")
  }

  func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let (blocks, bits, columns) = (blocks, bits, columns)
    var matrix = IntegerMatrix(rows: range.count, columns: columns, groups: blocks, bits: bits)
    matrix.codes = parts[0].withBytes { Self.codes($0, range, columns: columns, bits: bits) }
    let middle = UInt8(1 << (bits - 1))
    if let zeros {
      matrix.zeros = zeros.withBytes { Self.codes($0, range, columns: blocks, bits: bits) }
    } else {
      for row in 0..<range.count { for block in 0..<blocks { matrix.zeros[row, block] = middle } }
    }
    // Scales may have one side alone.
    let perRow = parts[1].columns
    let first = range.lowerBound * blocks / perRow
    let stored = try parts[1].rows(first..<(range.upperBound * blocks + perRow - 1) / perRow, workers: workers)
    let elements = stored.elements
    for row in 0..<range.count {
      for block in 0..<blocks {
        matrix.scales[row, block] = elements[(range.lowerBound + row) * blocks + block - first * perRow]
      }
    }
    return matrix.values(on: workers)
  }

  /// Codes of some rows, each of which begins with a byte.
  private static func codes(_ bytes: RawSpan, _ range: Range<Int>, columns: Int, bits: Int) -> Codes {
    let bytesPerRow = (columns * bits + 7) / 8
    let mask = UInt8(truncatingIfNeeded: 1 << bits - 1)
    var codes = Codes(rows: range.count, columns: columns)
    for row in 0..<range.count {
      let start = (range.lowerBound + row) * bytesPerRow
      for column in 0..<columns {
        let (byte, shift) = (column * bits).quotientAndRemainder(dividingBy: 8)
        codes[row, column] = bytes.littleEndian(UInt8.self, at: start + byte) >> UInt8(shift) & mask
      }
    }
    return codes
  }
}

/// A matrix of plain numbers that is stored `[columns, rows]`.
struct ONNXTransposedWeights: QuantizedWeights {
  let parts: [StoredTensor]
  let rows: Int
  let columns: Int

  init(_ tensor: StoredTensor) throws(CheckpointError) {
    guard tensor.shape.count == 2, !tensor.shape.contains(0) else {
      throw PartReader.shape(tensor, expected: "[columns, rows]")
    }
    try PartReader.check(tensor, type: ["F32", "F16"])
    (rows, columns) = (tensor.shape[1], tensor.shape[0])
    parts = [tensor]
  }

  var typeName: String { parts[0].storage.name }

  func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    var matrix = Matrix(rows: range.count, columns: columns)
    // Some stored rows at a time: all of a table would be as large as the table.
    let step = max(1, Self.elementsAtOnce / rows)
    for start in stride(from: 0, to: columns, by: step) {
      let stored = try parts[0].rows(start..<min(columns, start + step), workers: workers)
      for column in 0..<stored.rows {
        let values = stored.row(column)
        for row in 0..<range.count { matrix[row, start + column] = values[range.lowerBound + row] }
      }
    }
    return matrix
  }

  private static let elementsAtOnce = 1 << 22
}
