import Schemes
import Tensors

/// The layout of AWQ checkpoints for matrix products (version `gemm`): four bits, all packed along the output.
///
/// `qweight` i32 `[columns, rows / 8]`, `qzeros` i32 `[groups, rows / 8]`, `scales` f16 `[groups, rows]`. Nibble i of word c
/// holds output 8 c + (0, 2, 4, 6, 1, 3, 5, 7)[i]. Source: AutoAWQ, `awq/modules/linear/gemm.py`.
package struct AWQLayout: IntegerLayout, Equatable {
  package let rows: Int
  package let columns: Int
  package let groups: Int

  package init(rows: Int, columns: Int, groups: Int) {
    self.rows = rows
    self.columns = columns
    self.groups = groups
  }

  /// The output of each nibble.
  static let order = [0, 2, 4, 6, 1, 3, 5, 7]
  /// Outputs in a word.
  package static let rowsPerWord = 8

  package var parts: [LayoutPart] {
    [
      LayoutPart("qweight", [columns, rows / 8], "I32"), LayoutPart("qzeros", [groups, rows / 8], "I32"),
      LayoutPart("scales", [groups, rows], "F16"),
    ]
  }

  package func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]] {
    [
      Self.pack(matrix.codes, on: workers), Self.pack(matrix.zeros, on: workers),
      TensorBytes.float16(matrix.scales, transposed: true),
    ]
  }

  /// Nibbles of `numbers` `[rows, columns]`, as words `[columns, rows / 8]`.
  private static func pack(_ numbers: borrowing Codes, on workers: Workers) -> [UInt8] {
    let words = numbers.rows / 8
    var packed = RowMajor<UInt32>(rows: numbers.columns, columns: words)
    packed.withDisjointRows { packed in
      workers.forEachTile(of: 32, in: numbers.columns) { columns in
        var target = packed.elements(rows: columns)
        for word in 0..<words {
          for (nibble, output) in order.enumerated() {
            let source = numbers.row(8 * word + output)
            for column in columns {
              target[(column - columns.lowerBound) * words + word] |=
                UInt32(source[unchecked: column]) << UInt32(4 * nibble)
            }
          }
        }
      }
    }
    return PackedWords.bytes(packed)
  }
}

/// A matrix of an AWQ checkpoint.
package struct AWQWeights: QuantizedWeights {
  package let layout: AWQLayout
  package let parts: [StoredTensor]

  /// - Parameter columnsPerGroup: nil for a scale for a whole row.
  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader, columnsPerGroup: Int?) throws(CheckpointError) {
    let qweight = try reader.required("qweight", type: ["I32"])
    guard qweight.shape.count == 2, qweight.rows > 0 else {
      throw PartReader.shape(qweight, expected: "[inputs, outputs / 8]")
    }
    let (columns, rows) = (qweight.rows, qweight.columns * 8)
    guard columns % (columnsPerGroup ?? columns) == 0 else {
      throw PartReader.shape(qweight, expected: "a multiple of \(columnsPerGroup ?? columns) inputs: the group")
    }
    let groups = columns / (columnsPerGroup ?? columns)
    let scales = try reader.required("scales", type: ["F16", "BF16", "F32"])
    try PartReader.check(scales, shape: [groups, rows], "a scale for each group and output")
    let qzeros = try reader.required("qzeros", type: ["I32"])
    try PartReader.check(qzeros, shape: [groups, rows / 8], "zero points of 4 bits for \(rows) outputs")
    layout = AWQLayout(rows: rows, columns: columns, groups: groups)
    parts = [qweight, qzeros, scales]
  }

  package var typeName: String {
    integerTypeName(
      bits: 4, columnsPerGroup: layout.groups == 1 ? nil : layout.columns / layout.groups, suffix: "_asym")
  }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let layout = layout
    let scales = try parts[2].matrix(workers: workers)
    var matrix = IntegerMatrix(rows: range.count, columns: layout.columns, groups: layout.groups, bits: 4)
    for row in 0..<range.count {
      for group in 0..<layout.groups { matrix.scales[row, group] = scales[group, range.lowerBound + row] }
    }
    parts[1].withBytes { Self.unpack($0, rows: range, of: layout.rows, into: &matrix.zeros, on: workers) }
    parts[0].withBytes { Self.unpack($0, rows: range, of: layout.rows, into: &matrix.codes, on: workers) }
    return matrix.values(on: workers)
  }

  /// Sets `numbers` `[range.count, columns]` from words `[columns, rows / 8]`.
  private static func unpack(
    _ bytes: RawSpan, rows range: Range<Int>, of rows: Int, into numbers: inout Codes, on workers: Workers
  ) {
    let words = rows / 8
    numbers.withDisjointRows { numbers in
      workers.forEachTile(of: 16, in: range.count) { tile in
        for column in 0..<numbers.columns {
          for row in tile {
            let output = range.lowerBound + row
            let word = bytes.littleEndian(UInt32.self, at: 4 * (column * words + output / 8))
            var target = numbers.row(row)
            target[column] = UInt8(truncatingIfNeeded: word >> UInt32(4 * nibble[output % 8])) & 15
          }
        }
      }
    }
  }

  /// The nibble of each output: the reverse of `AWQLayout.order`.
  private static let nibble = [0, 4, 1, 5, 2, 6, 3, 7]
}
