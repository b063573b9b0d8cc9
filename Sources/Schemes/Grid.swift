import Tensors

/// The values that one row of weights may take: `value = scale · level[code] − offset`, with a scale and an offset for
/// each group of columns.
package struct GridRow: Sendable, Equatable {
  /// `[groups]`; may be negative or zero.
  package var scales: [Float]
  /// `[groups]`; all zero in symmetric schemes.
  package var offsets: [Float]
  /// The stored form of scales and offsets where a scheme quantizes them too.
  package var nested: Nested

  /// Scales and offsets as a scheme stores them: small integers under one pair of factors for each block.
  package struct Nested: Sendable, Equatable {
    /// `[groups]`: `scales[g] = superScales[b] · scaleCodes[g]`.
    package var scaleCodes: [Int8] = []
    /// `[groups]`: `offsets[g] = superOffsets[b] · offsetCodes[g]`, or the zero points of integer schemes as the
    /// bit patterns of bytes.
    package var offsetCodes: [Int8] = []
    /// `[groups]`: the book that the group's vectors come from; empty where there is only one.
    package var books: [UInt8] = []
    /// `[blocks]`, exact in half precision but for a power of two.
    package var superScales: [Float] = []
    /// `[blocks]`, exact in half precision.
    package var superOffsets: [Float] = []

    package init(
      scaleCodes: [Int8] = [], offsetCodes: [Int8] = [], books: [UInt8] = [], superScales: [Float] = [],
      superOffsets: [Float] = []
    ) {
      self.books = books
      self.scaleCodes = scaleCodes
      self.offsetCodes = offsetCodes
      self.superScales = superScales
      self.superOffsets = superOffsets
    }
  }

  package init(scales: [Float], offsets: [Float], nested: Nested = Nested()) {
    self.scales = scales
    self.offsets = offsets
    self.nested = nested
  }

  /// A symmetric row.
  package init(scales: [Float], nested: Nested = Nested()) {
    self.init(scales: scales, offsets: [Float](repeating: 0, count: scales.count), nested: nested)
  }
}

extension GridRow: Shippable {
  package func pack(into parcel: inout Parcel) {
    parcel.add(scales)
    parcel.add(offsets)
    parcel.add(nested.scaleCodes)
    parcel.add(nested.offsetCodes)
    parcel.add(nested.books)
    parcel.add(nested.superScales)
    parcel.add(nested.superOffsets)
  }

  package init(from parcel: inout Parcel) {
    scales = parcel.takeArray()
    offsets = parcel.takeArray()
    nested = Nested(
      scaleCodes: parcel.takeArray(), offsetCodes: parcel.takeArray(), books: parcel.takeArray(),
      superScales: parcel.takeArray(), superOffsets: parcel.takeArray())
  }
}

/// The values that a matrix of weights `[rows, columns]` may take. It is data: a solver needs no call into the scheme.
package struct Grid: Sendable {
  package let levels: Levels
  /// Consecutive columns that share a scale and an offset.
  package let columnsPerGroup: Int
  /// The uniform levels that each group may use; nil where all may use all.
  package let limits: [ClosedRange<Int>]?
  /// The runs of levels that may stand side by side; nil where all may.
  package let vectors: VectorCodebook?
  package var rows: [GridRow]

  package init(
    levels: Levels, columnsPerGroup: Int, limits: [ClosedRange<Int>]? = nil, vectors: VectorCodebook? = nil,
    rows: [GridRow]
  ) {
    self.vectors = vectors
    self.levels = levels
    self.columnsPerGroup = columnsPerGroup
    self.limits = limits
    self.rows = rows
  }

  /// The code nearest to a weight, of a column that has a code of its own. Where a group's scale is zero, every code means the same, and this is the code whose
  /// level is nearest to zero.
  package func nearestCode(_ weight: Float, row: Int, column: Int) -> UInt8 {
    precondition(vectors == nil, "a column of a vector has no code of its own")
    let group = column / columnsPerGroup
    let scale = rows[row].scales[group]
    let target = scale == 0 ? 0 : (weight + rows[row].offsets[group]) / scale
    guard let range = limits?[group] else { return levels.nearest(target) }
    return levels.nearest(max(Float(range.lowerBound), min(Float(range.upperBound), target)))
  }

  /// The codes nearest to all weights, `[rows, columns]`.
  ///
  /// - Parameter importance: `[columns]`, what errors of columns count beside each other where one code stands for several;
  ///   nil where all count alike.
  package func nearestCodes(
    _ weights: borrowing Matrix, importance: [Float]? = nil, on workers: Workers = .all
  ) -> Codes {
    let importance = importance ?? [Float](repeating: 1, count: weights.columns)
    precondition(importance.count == weights.columns, "one importance for each column")
    var codes = Codes(rows: weights.rows, columns: weights.columns)
    codes.withDisjointRows { codes in
      workers.forEach(codes.rows) { row in
        var rowCodes = codes.row(row)
        nearestCodes(weights.row(row), importance: importance.span, row: row, into: &rowCodes)
      }
    }
    return codes
  }

  /// The codes nearest to the weights of one row, `[columns]`: what `nearestCode` gives for each, or vectors whose squared
  /// errors, times the importance, and whose bias are small (`VectorRounding`).
  package func nearestCodes(
    _ weights: Span<Float>, importance: Span<Float>, row: Int, into codes: inout MutableSpan<UInt8>
  ) {
    let parameters = rows[row]
    precondition(
      weights.count == parameters.scales.count * columnsPerGroup && codes.count == weights.count,
      "a weight and a code for each column of the grid")
    if let vectors {
      var rounding = VectorRounding(rows[row], columnsPerGroup: columnsPerGroup, of: vectors)
      rounding.round(weights, importance, into: &codes)
      return
    }
    let finder = levels.finder
    for group in 0..<parameters.scales.count {
      let scale = parameters.scales[group]
      let range = group * columnsPerGroup..<(group + 1) * columnsPerGroup
      if scale == 0 {
        let code = levels.nearest(0)
        for column in range { codes[unchecked: column] = code }
      } else {
        finder.find(
          weights, in: range, scale: scale, offset: parameters.offsets[group], within: limits?[group], into: &codes)
      }
    }
  }

  /// The values that codes stand for, `[rows, columns]`: what any reader of the packed bytes computes.
  package func values(_ codes: borrowing Codes, on workers: Workers = .all) -> Matrix {
    let table = levels.values
    var matrix = Matrix(rows: codes.rows, columns: codes.columns)
    matrix.withDisjointRows { matrix in
      workers.forEach(matrix.rows) { row in
        var values = matrix.row(row)
        forEachValue(codes.row(row), row: row, table) { values[$0] = $1 }
      }
    }
    return matrix
  }

  /// The value of each code of one row, `[columns]`, in order.
  package func forEachValue(_ codes: Span<UInt8>, row: Int, _ body: (_ column: Int, _ value: Float) -> Void) {
    forEachValue(codes, row: row, levels.values, body)
  }

  private func forEachValue(
    _ codes: Span<UInt8>, row: Int, _ table: [Float], _ body: (_ column: Int, _ value: Float) -> Void
  ) {
    let grid = rows[row]
    for group in 0..<grid.scales.count {
      let scale = grid.scales[group]
      let offset = grid.offsets[group]
      for column in group * columnsPerGroup..<(group + 1) * columnsPerGroup {
        body(column, scale * table[Int(codes[column])] - offset)
      }
    }
  }
}
