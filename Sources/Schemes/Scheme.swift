import Tensors

/// A format whose codes a solver chooses: the scheme says which values a row may take and how codes become bytes.
package protocol Scheme: WeightFormat {
  var levels: Levels { get }
  /// Consecutive columns that share a scale and an offset; divides `columnsPerBlock`.
  var columnsPerGroup: Int { get }
  /// How scales and offsets are stored. By default they stay as they were fitted.
  var parameters: GridParameters { get }
  /// Chooses scales and offsets for one row, such that rounding to the nearest level leaves a small
  /// Σ importance · (weight − value)².
  ///
  /// Everything in the result is exactly what the packed form holds.
  /// - Parameters:
  ///   - weights: `[columns]`, finite.
  ///   - importance: `[columns]`, not negative: the mean square of each input, or all ones.
  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow
  /// Encodes one row of codes under the grid that they were chosen for.
  func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter)
}

extension Scheme {
  package var parameters: GridParameters { .fixed }

  /// Fits every row of `weights` `[rows, columns]`.
  package func fit(_ weights: borrowing Matrix, importance: [Float], on workers: Workers) -> Grid {
    precondition(importance.count == weights.columns, "one importance for each column")
    let rows = workers.map(weights.rows) { row in
      fit(weights.row(row), importance: importance.span)
    }
    return Grid(levels: levels, columnsPerGroup: columnsPerGroup, rows: rows)
  }

  /// Encodes every row: `[rows, bytesPerRow]`.
  package func pack(_ codes: borrowing Codes, _ grid: Grid, on workers: Workers = .all) -> PackedRows {
    var packed = PackedRows(rows: codes.rows, columns: bytesPerRow(columns: codes.columns))
    packed.withDisjointRows { packed in
      workers.forEach(packed.rows) { row in
        var bytes = packed.row(row)
        var writer = ByteWriter(bytes.mutableBytes)
        pack(codes.row(row), grid.rows[row], into: &writer)
      }
    }
    return packed
  }
}
