import COpenBLAS
import Tensors

/// A matrix that should have been positive definite was not.
package struct NotPositiveDefinite: Error, Equatable {
  /// The order of the first leading minor, in the order of elimination, that is not positive; 0 where an element is NaN.
  package let minor: Int
}

/// The upper triangular U with `Uᵀ U = H⁻¹`, for a symmetric positive definite H `[n, n]`.
///
/// Two steps instead of inverting and factorising again: with J the reversal of order, J H J = L Lᵀ, and then
/// U = J L⁻¹ J. Computed in Float64 by blocks, whose sizes are fixed, so that the bits do not depend on the number of workers.
/// O(2n³/3).
/// - Parameter damping: added to every diagonal element first.
/// - Throws: `NotPositiveDefinite`.
package func inverseCholeskyUpper(
  _ h: borrowing Matrix, damping: Float, on workers: Workers
) throws(NotPositiveDefinite) -> Matrix {
  precondition(h.rows == h.columns, "only square matrices have a Cholesky factor")
  let n = h.rows
  guard n > 0 else { return Matrix(rows: 0, columns: 0) }
  BLAS.singleThreaded
  var reversed = RowMajor<Double>(rows: n, columns: n)
  reversed.withDisjointRows { reversed in
    workers.forEach(n) { row in
      let source = h.row(n - 1 - row)
      var target = reversed.row(row)
      for column in 0...row { target[unchecked: column] = Double(source[unchecked: n - 1 - column]) }
      target[row] += Double(damping)
    }
  }
  let triangle = BlockedTriangle(base: reversed.base, n: n, workers: workers)
  try triangle.factorize()
  triangle.invert()
  var result = Matrix(rows: n, columns: n)
  result.withDisjointRows { result in
    workers.forEach(n) { row in
      let source = reversed.row(n - 1 - row)
      var target = result.row(row)
      for column in row..<n { target[unchecked: column] = Float(source[unchecked: n - 1 - column]) }
    }
  }
  return result
}

/// A lower triangle in Float64, row after row, worked on in place by blocks of columns.
///
/// It lives inside of one call that owns the memory; tasks that run at the same time write different rows or columns.
private struct BlockedTriangle: @unchecked Sendable {
  let base: UnsafeMutablePointer<Double>
  let n: Int
  let workers: Workers

  /// Columns of a panel, and rows or columns that one task handles.
  private static let side = 256
  private static let slice = 64

  private func at(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Double> { base + row * n + column }

  /// A ← L with L Lᵀ = A: the right-looking blocked algorithm (Golub and Van Loan, "Matrix Computations", 4.2.5).
  func factorize() throws(NotPositiveDefinite) {
    let stride = Int32(n)
    for start in Swift.stride(from: 0, to: n, by: Self.side) {
      let end = min(n, start + Self.side)
      let width = Int32(end - start)
      let status = LAPACKE_dpotrf(LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), width, at(start, start), stride)
      // LAPACKE answers a NaN with the negative number of the argument that holds it.
      guard status == 0 else { throw NotPositiveDefinite(minor: status < 0 ? 0 : start + Int(status)) }
      workers.forEachTile(of: Self.side, in: n - end) { tile in
        cblas_dtrsm(
          CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(tile.count), width, 1,
          at(start, start),
          stride, at(end + tile.lowerBound, start), stride)
      }
      let tiles = (n - end + Self.side - 1) / Self.side
      let pairs = (0..<tiles).flatMap { row in (0...row).map { (row: row, column: $0) } }
      workers.forEach(pairs.count) { index in
        let row = end + pairs[index].row * Self.side
        let column = end + pairs[index].column * Self.side
        let rows = Int32(min(Self.side, n - row))
        if row == column {
          cblas_dsyrk(
            CblasRowMajor, CblasLower, CblasNoTrans, rows, width, -1, at(row, start), stride, 1, at(row, row), stride)
        } else {
          cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, rows, Int32(Self.side), width, -1, at(row, start), stride,
            at(column, start), stride, 1, at(row, column), stride)
        }
      }
    }
  }

  /// L ← L⁻¹, from the last block of columns to the first: what stands below and to the right of a block is inverted
  /// already, and the panel P below the block B becomes −(rest) P B⁻¹.
  func invert() {
    let stride = Int32(n)
    let last = (n - 1) / Self.side * Self.side
    for start in Swift.stride(from: last, through: 0, by: -Self.side) {
      let end = min(n, start + Self.side)
      let width = end - start
      let below = n - end
      if below > 0 {
        workers.forEachTile(of: Self.slice, in: width) { columns in
          cblas_dtrmm(
            CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, Int32(below), Int32(columns.count), -1,
            at(end, end), stride, at(end, start + columns.lowerBound), stride)
        }
        workers.forEachTile(of: Self.side, in: below) { rows in
          cblas_dtrsm(
            CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, Int32(rows.count), Int32(width), 1,
            at(start, start), stride, at(end + rows.lowerBound, start), stride)
        }
      }
      let status = LAPACKE_dtrtri(
        LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "L")), CChar(UInt8(ascii: "N")), Int32(width), at(start, start), stride)
      precondition(status == 0, "a factor of a positive definite matrix has no zero on its diagonal")
    }
  }
}
