import Schemes
import Tensors

/// Eight-bit integers, signed and one to a byte, under a scale for each row: what bitsandbytes' `LLM.int8` and
/// compressed-tensors' `int-quantized` store.
///
/// `weight` i8 `[rows, columns]` beside the scales: for bitsandbytes `SCB` f32 `[rows]`, of which a 127th is the scale, and
/// `weight_format` u8, which is 0; for compressed-tensors `weight_scale` f16 `[rows, 1]`.
package struct RowIntegersLayout: IntegerLayout, Equatable {
  /// Whose scales they are.
  package enum Scales: Sendable, Equatable {
    case bitsAndBytes
    case compressedTensors
  }

  package let rows: Int
  package let columns: Int
  package let scales: Scales

  package init(rows: Int, columns: Int, scales: Scales) {
    self.rows = rows
    self.columns = columns
    self.scales = scales
  }

  package var parts: [LayoutPart] {
    let weight = LayoutPart("weight", [rows, columns], "I8")
    return switch scales {
    case .bitsAndBytes: [weight, LayoutPart("SCB", [rows], "F32"), LayoutPart("weight_format", [], "U8")]
    case .compressedTensors: [weight, LayoutPart("weight_scale", [rows, 1], "F16")]
    }
  }

  /// bitsandbytes' scales are what the code 127 stands for.
  static let largestCode: Float = 127

  package func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]] {
    let codes = matrix.codes.elements
    var bytes = [UInt8](repeating: 0, count: codes.count)
    for index in 0..<codes.count { bytes[index] = codes[unchecked: index] &- 128 }
    switch scales {
    case .bitsAndBytes:
      var scales: [Float] = []
      for row in 0..<rows { scales.append(matrix.scales[row, 0] * Self.largestCode) }
      return [bytes, TensorBytes.float32(scales), [0]]
    case .compressedTensors:
      return [bytes, TensorBytes.float16(matrix.scales)]
    }
  }
}

/// A matrix of such a checkpoint.
package struct RowIntegersWeights: QuantizedWeights {
  package let layout: RowIntegersLayout
  package let parts: [StoredTensor]
  package let inputs: InputQuantization?

  /// - Parameter inputs: nil where they stay as they are.
  /// - Throws: what is wrong with which tensor.
  init(
    _ reader: PartReader, _ scales: RowIntegersLayout.Scales, inputs: StoredInputs? = nil
  ) throws(CheckpointError) {
    let weight = try reader.required("weight", type: ["I8"])
    guard weight.shape.count == 2 else { throw PartReader.shape(weight, expected: "[rows, columns]") }
    layout = RowIntegersLayout(rows: weight.rows, columns: weight.columns, scales: scales)
    self.inputs = inputs?.quantization
    switch scales {
    case .bitsAndBytes:
      let stored = try reader.required("SCB", type: ["F32"])
      try PartReader.check(stored, shape: [weight.rows], "a scale for each row")
      parts = [weight, stored] + ["weight_format"].compactMap { reader.optional($0) }
      if let format = reader.optional("weight_format") {
        let number = format.withBytes { $0.byteCount == 1 ? Int($0.littleEndian(UInt8.self, at: 0)) : -1 }
        guard number == 0 else {
          throw .malformed(
            path: format.path, part: .tensor(format.name, "values"), found: "the format \(number)",
            expected: "0, rows as they are")
        }
      }
    case .compressedTensors:
      let stored = try reader.required("weight_scale", type: ["F16", "BF16", "F32"])
      try PartReader.check(stored, shape: [weight.rows, 1], "a scale for each row")
      let zeros = reader.optional("weight_zero_point")
      if let zeros { try PartReader.checkMiddle(zeros) }
      parts = [weight, stored] + (zeros.map { [$0] } ?? []) + (inputs?.parts ?? [])
    }
  }

  package var typeName: String { integerTypeName(bits: 8, columnsPerGroup: nil, suffix: "") }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let columns = layout.columns
    let stored = try parts[1].matrix(workers: workers)
    let scales = range.map { row in
      layout.scales == .bitsAndBytes ? stored[0, row] / RowIntegersLayout.largestCode : stored[row, 0]
    }
    var matrix = Matrix(rows: range.count, columns: columns)
    parts[0].withBytes { bytes in
      matrix.withDisjointRows { matrix in
        workers.forEach(range.count) { row in
          var values = matrix.row(row)
          let start = (range.lowerBound + row) * columns
          for column in 0..<columns {
            values[column] = scales[row] * Float(bytes.littleEndian(Int8.self, at: start + column))
          }
        }
      }
    }
    return matrix
  }
}
