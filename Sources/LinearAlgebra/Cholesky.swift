import COpenBLAS
import Tensors

/// A matrix that should have been positive definite was not.
package struct NotPositiveDefinite: Error, Equatable {
  /// The order of the first trailing minor that is not positive; 0 where an element is NaN.
  package let minor: Int
}

/// The lower triangular M with `Mᵀ M = H`, for a symmetric positive definite H `[n, n]`: Cholesky's factor from the last row up.
///
/// Takes the place of H, which is given as its lower triangle with zeros above. Each panel of rows is summed up and solved
/// in Float64 before it is stored, so that M is as exact as Float32 can hold it (the error is that of rounding H's own
/// elements once more). Panels and tiles have fixed sizes: the bits do not depend on the number of workers. O(n³/3).
/// - Throws: `NotPositiveDefinite`.
package func reverseCholesky(_ h: consuming Matrix, on workers: Workers) throws(NotPositiveDefinite) -> Matrix {
  precondition(h.rows == h.columns, "only square matrices have a Cholesky factor")
  let n = h.rows
  guard n > 0 else { return h }
  BLAS.singleThreaded
  let triangle = ReverseTriangle(base: h.base, n: n, workers: workers)
  for start in stride(
    from: (n - 1) / ReverseTriangle.side * ReverseTriangle.side, through: 0, by: -ReverseTriangle.side)
  {
    try triangle.factorizePanel(start..<min(n, start + ReverseTriangle.side))
  }
  return h
}

/// `X ← X H⁻¹` for `Mᵀ M = H`.
///
/// - Parameters:
///   - x: `[rows, n]`.
///   - factor: M, lower triangular, `[n, n]`.
package func solve(_ x: inout Matrix, factor: borrowing Matrix, on workers: Workers) {
  solve(&x, solvedTogether(x.rows), factor, on: workers)
}

/// The same where each rank solves some rows. All ranks call it, with the same X and factor.
package func sharedSolve(_ x: inout Matrix, factor: borrowing Matrix, on workers: Workers) {
  let rows = solvedTogether(x.rows)
  solve(&x, Array(rows[workers.ranks.share(of: rows.count)]), factor, on: workers)
  workers.shareRows(of: &x, in: rows)
}

/// Rows that one task solves.
private func solvedTogether(_ rows: Int) -> [Range<Int>] {
  stride(from: 0, to: rows, by: 256).map { $0..<min(rows, $0 + 256) }
}

private func solve(_ x: inout Matrix, _ tiles: [Range<Int>], _ factor: borrowing Matrix, on workers: Workers) {
  let n = factor.rows
  precondition(x.columns == n, "shapes of a system do not fit")
  guard n > 0 else { return }
  BLAS.singleThreaded
  let factor = factor.view()
  x.withDisjointRows { x in
    workers.forEach(tiles.count) { index in
      let rows = tiles[index]
      let target = x.view(rows: rows)
      for orientation in [CblasNoTrans, CblasTrans] {
        cblas_strsm(
          CblasRowMajor, CblasRight, CblasLower, orientation, CblasNonUnit, Int32(rows.count), Int32(n), 1, factor.base,
          Int32(factor.stride), target.base, Int32(target.stride))
      }
    }
  }
}

/// A lower triangle, row after row, that is worked on in place, panel by panel of rows, from the last to the first.
///
/// It lives inside of one call that owns the memory; tasks that run at the same time write different columns.
private struct ReverseTriangle: @unchecked Sendable {
  let base: UnsafeMutablePointer<Float>
  let n: Int
  let workers: Workers

  /// Rows of a panel.
  static let side = 512
  /// Columns of a panel that one task handles, and rows that it takes at once from those that are finished.
  private static let slice = 256

  /// Turns a panel of H into rows of M, once all rows below are rows of M: first its own columns, whose triangle then divides
  /// the columns to its left.
  func factorizePanel(_ panel: Range<Int>) throws(NotPositiveDefinite) {
    let width = panel.count
    var square = RowMajor<Double>(rows: width, columns: width)
    square.withDisjointRows { square in
      workers.forEachTile(of: Self.slice, in: width) { columns in
        let rest = rest(
          of: panel, columns: panel.lowerBound + columns.lowerBound..<panel.lowerBound + columns.upperBound)
        for row in 0..<width {
          var target = square.row(row)
          for (index, column) in columns.enumerated() { target[unchecked: column] = rest[row, index] }
        }
      }
    }
    let triangle = try factor(square, rowsBelow: n - panel.upperBound)
    workers.forEachTile(of: Self.slice, in: panel.lowerBound) { columns in
      let rest = rest(of: panel, columns: columns)
      cblas_dtrsm(
        CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, Int32(width), Int32(columns.count), 1,
        triangle.base, Int32(width), rest.base, Int32(columns.count))
      store(rest, rows: panel, columns: columns)
    }
    store(triangle, rows: panel, columns: panel)
  }

  /// H of some columns of a panel less what the finished rows below make of it, `[panel, columns]`.
  private func rest(of panel: Range<Int>, columns: Range<Int>) -> RowMajor<Double> {
    let rest = copy(rows: panel, columns: columns)
    for start in stride(from: panel.upperBound, to: n, by: Self.slice) {
      let rows = start..<min(n, start + Self.slice)
      let left = copy(rows: rows, columns: panel)
      let right = copy(rows: rows, columns: columns)
      cblas_dgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(panel.count), Int32(columns.count), Int32(rows.count), -1,
        left.base, Int32(panel.count), right.base, Int32(columns.count), 1, rest.base, Int32(columns.count))
    }
    return rest
  }

  /// The lower triangular M with Mᵀ M = A: LAPACK's factor of A with rows and columns in reverse order, reversed again and
  /// transposed.
  private func factor(_ a: borrowing RowMajor<Double>, rowsBelow: Int) throws(NotPositiveDefinite) -> RowMajor<Double> {
    let last = a.rows - 1
    let reversed = RowMajor<Double>(rows: a.rows, columns: a.rows) { a[last - $1, last - $0] }
    let status = LAPACKE_dpotrf(
      LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), Int32(a.rows), reversed.base, Int32(a.rows))
    // LAPACKE answers a NaN with the negative number of the argument that holds it.
    guard status == 0 else { throw NotPositiveDefinite(minor: status < 0 ? 0 : rowsBelow + Int(status)) }
    return RowMajor<Double>(rows: a.rows, columns: a.rows) { $1 <= $0 ? reversed[last - $1, last - $0] : 0 }
  }

  private func copy(rows: Range<Int>, columns: Range<Int>) -> RowMajor<Double> {
    var result = RowMajor<Double>(uninitializedRows: rows.count, columns: columns.count)
    for (index, row) in rows.enumerated() {
      let source = base + row * n + columns.lowerBound
      var target = result.mutableRow(index)
      for column in 0..<columns.count { target[unchecked: column] = Double(source[column]) }
    }
    return result
  }

  private func store(_ values: borrowing RowMajor<Double>, rows: Range<Int>, columns: Range<Int>) {
    for (index, row) in rows.enumerated() {
      let source = values.row(index)
      let target = base + row * n + columns.lowerBound
      for column in 0..<columns.count { target[column] = Float(source[unchecked: column]) }
    }
  }
}
