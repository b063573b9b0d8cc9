import Tensors

/// A way to store rows of weights as bytes.
///
/// A row is a sequence of blocks of `columnsPerBlock` weights, each `bytesPerBlock` long, and is read by itself. (One
/// family stores something for all rows together, and repeats it in each: `DoubleQuantized`.)
package protocol WeightFormat: Sendable {
  /// The lower-case name by which pipeline files and reports know it, such as `q4_k`.
  var name: String { get }
  /// Weights in one block; a row's length must be a multiple of it.
  var columnsPerBlock: Int { get }
  /// Bytes of one block.
  var bytesPerBlock: Int { get }
  /// Bytes of a row of `columns` weights: its blocks, and in a few formats something before them.
  ///
  /// - Precondition: `columns` is a multiple of `columnsPerBlock`.
  func bytesPerRow(columns: Int) -> Int
  /// Bytes of a matrix, without what our layout of rows repeats.
  func byteCount(rows: Int, columns: Int) -> Int
  /// Decodes one row.
  ///
  /// - Precondition: `values.count` is a multiple of `columnsPerBlock`, and `bytes` holds exactly `bytesPerRow` for them.
  func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>)
}

/// The bytes of rows in some format, `[rows, bytesPerRow]`.
package typealias PackedRows = RowMajor<UInt8>

extension WeightFormat {
  /// Storage for one weight, in bits, scales included.
  package var bitsPerWeight: Double { Double(8 * bytesPerBlock) / Double(columnsPerBlock) }

  package func bytesPerRow(columns: Int) -> Int {
    precondition(columns % columnsPerBlock == 0, "\(name) stores \(columnsPerBlock) columns a block, not \(columns)")
    return columns / columnsPerBlock * bytesPerBlock
  }

  package func byteCount(rows: Int, columns: Int) -> Int { rows * bytesPerRow(columns: columns) }

  /// Decodes `rows` rows of `columns` weights.
  ///
  /// - Precondition: `bytes` holds exactly those rows.
  package func unpack(_ bytes: RawSpan, rows: Int, columns: Int) -> Matrix {
    let rowBytes = bytesPerRow(columns: columns)
    precondition(bytes.byteCount == rows * rowBytes, "\(rows) rows of \(rowBytes) bytes, not \(bytes.byteCount) bytes")
    var matrix = Matrix(rows: rows, columns: columns)
    for row in 0..<rows {
      var values = matrix.mutableRow(row)
      unpack(bytes.extracting(row * rowBytes..<(row + 1) * rowBytes), into: &values)
    }
    return matrix
  }
}

/// A format that rounds each weight by itself: nothing to fit and nothing to solve.
package protocol FloatFormat: WeightFormat {
  /// Encodes one row.
  ///
  /// - Precondition: `values.count` is a multiple of `columnsPerBlock`.
  func pack(_ values: Span<Float>, into bytes: inout ByteWriter)
}

extension FloatFormat {
  /// Encodes all rows: `[rows, bytesPerRow]`.
  package func pack(_ weights: borrowing Matrix, on workers: Workers = .all) -> PackedRows {
    var packed = PackedRows(rows: weights.rows, columns: bytesPerRow(columns: weights.columns))
    packed.withDisjointRows { packed in
      workers.forEach(packed.rows) { row in
        var bytes = packed.row(row)
        var writer = ByteWriter(bytes.mutableBytes)
        pack(weights.row(row), into: &writer)
      }
    }
    return packed
  }
}
