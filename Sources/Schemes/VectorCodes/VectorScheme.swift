/// A type of blocks of 256 columns whose codes are vectors of a table, with signs or a shift, under odd multiples of one factor.
package protocol VectorScheme: Scheme {
  /// The vectors, the scales that blocks store, and how both are fitted.
  static var grid: VectorBlockFit { get }
}

extension VectorScheme {
  package var columnsPerBlock: Int { 256 }
  package var columnsPerGroup: Int { Self.grid.columnsPerGroup }
  package var levels: Levels { .table(Self.grid.book.levels) }
  package var vectors: VectorCodebook? { Self.grid.book }
  package var parameters: GridParameters { .odd(count: Self.grid.steps, unit: Self.grid.unit) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    Self.grid.fit(weights, importance: importance)
  }
}
