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
/// U = J L⁻¹ J. Computed in Float64, O(2n³/3).
/// - Parameter damping: added to every diagonal element first.
/// - Throws: `NotPositiveDefinite`.
package func inverseCholeskyUpper(
  _ h: borrowing Matrix, damping: Float
) throws(NotPositiveDefinite) -> Matrix {
  precondition(h.rows == h.columns, "only square matrices have a Cholesky factor")
  let n = h.rows
  guard n > 0 else { return Matrix(rows: 0, columns: 0) }
  var reversed = RowMajor<Double>(rows: n, columns: n)
  for row in 0..<n {
    let source = h.row(n - 1 - row)
    var target = reversed.mutableRow(row)
    for column in 0...row { target[unchecked: column] = Double(source[unchecked: n - 1 - column]) }
    target[row] += Double(damping)
  }
  // LAPACK reads columns first: its upper triangle is our lower one.
  BLAS.singleThreaded
  let upper = CChar(UInt8(ascii: "U"))
  let factorised = LAPACKE_dpotrf(LAPACK_COL_MAJOR, upper, Int32(n), reversed.base, Int32(n))
  // LAPACKE answers a NaN with the negative number of the argument that holds it.
  guard factorised == 0 else { throw NotPositiveDefinite(minor: max(0, Int(factorised))) }
  let nonUnit = CChar(UInt8(ascii: "N"))
  let inverted = LAPACKE_dtrtri(LAPACK_COL_MAJOR, upper, nonUnit, Int32(n), reversed.base, Int32(n))
  guard inverted == 0 else { throw NotPositiveDefinite(minor: max(0, Int(inverted))) }
  var result = Matrix(rows: n, columns: n)
  for row in 0..<n {
    let source = reversed.row(n - 1 - row)
    var target = result.mutableRow(row)
    for column in row..<n { target[unchecked: column] = Float(source[unchecked: n - 1 - column]) }
  }
  return result
}
