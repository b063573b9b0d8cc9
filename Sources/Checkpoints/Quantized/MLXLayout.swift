import Schemes
import Tensors

/// The layout of MLX's affine quantization: all along rows, `value = scale · code + bias`.
///
/// `weight` u32 `[rows, columns · bits / 32]`, `scales` and `biases` f16 `[rows, groups]`. Source: MLX, `mx.quantize`.
package struct MLXLayout: IntegerLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let groups: Int
  package let bits: Int

  package init(rows: Int, columns: Int, groups: Int, bits: Int) {
    self.rows = rows
    self.columns = columns
    self.groups = groups
    self.bits = bits
  }

  package var parts: [LayoutPart] {
    [
      LayoutPart("weight", [rows, PackedWords.count(columns, bits: bits)], "U32"),
      LayoutPart("scales", [rows, groups], "F16"), LayoutPart("biases", [rows, groups], "F16"),
    ]
  }

  package func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]] {
    [
      PackedWords.rows(matrix.codes, bits: bits, on: workers), TensorBytes.float16(matrix.scales),
      TensorBytes.float16(matrix.biases),
    ]
  }
}

/// A matrix of an MLX checkpoint.
package struct MLXWeights: QuantizedWeights {
  package let layout: MLXLayout
  package let parts: [StoredTensor]

  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader, bits: Int, columnsPerGroup: Int) throws(CheckpointError) {
    let weight = try reader.required("weight", type: ["U32"])
    guard weight.shape.count == 2, weight.columns * 32 % bits == 0, weight.columns * 32 / bits % columnsPerGroup == 0
    else {
      throw PartReader.shape(
        weight, expected: "[rows, words] of whole groups of \(columnsPerGroup) codes of \(bits) bits")
    }
    let columns = weight.columns * 32 / bits
    layout = MLXLayout(rows: weight.rows, columns: columns, groups: columns / columnsPerGroup, bits: bits)
    var parts = [weight]
    for (suffix, what) in [("scales", "a scale"), ("biases", "a bias")] {
      let part = try reader.required(suffix, type: ["F16", "BF16", "F32"])
      try PartReader.check(part, shape: [layout.rows, layout.groups], "\(what) for each row and group")
      parts.append(part)
    }
    self.parts = parts
  }

  package var typeName: String {
    integerTypeName(bits: layout.bits, columnsPerGroup: layout.columns / layout.groups, suffix: "_bias")
  }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let layout = layout
    var matrix = IntegerMatrix(
      rows: range.count, columns: layout.columns, groups: layout.groups, bits: layout.bits, kind: .biases)
    matrix.scales = try parts[1].rows(range, workers: workers)
    matrix.biases = try parts[2].rows(range, workers: workers)
    matrix.codes = parts[0].withBytes {
      PackedWords.codes($0, rows: range, columns: layout.columns, bits: layout.bits, on: workers)
    }
    return matrix.values(on: workers)
  }
}
