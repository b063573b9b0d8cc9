import Tensors

/// A format whose codes a solver chooses: the scheme says which values a row may take and how codes become bytes.
package protocol Scheme: WeightFormat {
  var levels: Levels { get }
  /// The runs of levels that codes of several columns may spell; nil where each column's code stands for itself.
  var vectors: VectorCodebook? { get }
  /// Consecutive columns that share a scale and an offset; divides `columnsPerBlock`.
  var columnsPerGroup: Int { get }
  /// The levels that each group may use; nil where all may use all.
  var levelLimits: [ClosedRange<Int>]? { get }
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
  /// Whether rows of a matrix store something together. By default they do not.
  var sharesRows: Bool { get }
  /// Rounds what the rows of a whole matrix store together, after each was fitted by itself.
  func share(_ rows: inout [GridRow])
  /// Encodes one row of codes under the grid that they were chosen for.
  func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter)
}

extension Scheme {
  package var vectors: VectorCodebook? { nil }

  /// Consecutive columns whose codes are chosen together, since one stored number stands for them; divides `columnsPerGroup`.
  package var columnsPerCode: Int { vectors?.columnsPerCode ?? 1 }

  package var levelLimits: [ClosedRange<Int>]? { nil }

  package var parameters: GridParameters { .fixed }

  package var sharesRows: Bool { false }

  package func share(_ rows: inout [GridRow]) {}

  /// Fits every row of `weights` `[rows, columns]`. Of several ranks each fits a share of the rows.
  package func fit(_ weights: borrowing Matrix, importance: [Float], on workers: Workers) -> Grid {
    precondition(importance.count == weights.columns, "one importance for each column")
    var rows = workers.sharedMap(weights.rows) { row in
      fit(weights.row(row), importance: importance.span)
    }
    share(&rows)
    return Grid(levels: levels, columnsPerGroup: columnsPerGroup, limits: levelLimits, vectors: vectors, rows: rows)
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
