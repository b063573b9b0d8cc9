import LinearAlgebra
import Tensors

/// Traces over the rows of a layer, for relative errors. H is the Hessian as it was observed, without damping, but where it says
/// otherwise.
struct LayerErrors {
  /// tr(W H Wᵀ)
  var weights: Double = 0
  /// tr(Δ H Δᵀ) with Δ = W − Q, for Q rounded to nearest.
  var rounded: Double = 0
  /// The same for the codes that were chosen.
  var chosen: Double = 0
  /// tr(T H Tᵀ), for a solver that aims at other weights T; 0 where it aims at W.
  var target: Double = 0
  /// tr((T − Q) H (T − Q)ᵀ) for the codes that were chosen.
  var missed: Double = 0
  /// tr(W H Wᵀ) with the damped H, which is what a solver lowers; where rows are solved together, each row times B_ii.
  var dampedWeights: Double = 0
  /// tr((T − Q) H (T − Q)ᵀ) with the damped H after each step of a solver, or tr((T − Q)ᵀ B (T − Q) A).
  var steps: [Double] = []

  static func + (a: LayerErrors, b: LayerErrors) -> LayerErrors {
    var sum = LayerErrors(
      weights: a.weights + b.weights, rounded: a.rounded + b.rounded, chosen: a.chosen + b.chosen,
      target: a.target + b.target, missed: a.missed + b.missed, dampedWeights: a.dampedWeights + b.dampedWeights)
    sum.steps = a.steps.isEmpty ? b.steps : zip(a.steps, b.steps).map { $0 + $1 }
    return sum
  }
}

extension LayerErrors: Shippable {
  func pack(into parcel: inout Parcel) {
    parcel.add([weights, rounded, chosen, target, missed, dampedWeights])
    parcel.add(steps)
  }

  init(from parcel: inout Parcel) {
    let sums: [Double] = parcel.takeArray()
    (weights, rounded, chosen) = (sums[0], sums[1], sums[2])
    (target, missed, dampedWeights) = (sums[3], sums[4], sums[5])
    steps = parcel.takeArray()
  }
}

/// What an error costs beside the whole output; 0 where there is no error. Rounding may leave a cost just below 0.
///
/// Beside an output of nothing, any error is all of it: 1. A total that is no number makes the quotient none.
func relative(_ cost: Double, to total: Double) -> Double {
  guard total.isFinite else { return .nan }
  if cost <= 0 { return 0 }
  return total > 0 ? cost / total : cost.isFinite ? 1 : .nan
}

/// tr(X H Xᵀ) of some rows of a layer: products in Float32, added up in Float64.
///
/// Nothing is subtracted from it, so it keeps its digits where damping is larger than all that H says.
/// - Parameters:
///   - X: `[columns, lanes]`, in the order of H.
///   - H: symmetric, `[columns, columns]`.
func energy(_ X: borrowing Matrix, under H: borrowing Matrix) -> Double {
  let n = X.rows
  let side = 2 * blockSize
  var product = Matrix(uninitializedRows: min(side, n), columns: X.columns)
  var sum = 0.0
  for start in stride(from: 0, to: n, by: side) {
    let rows = start..<min(start + side, n)
    var block = product.mutableView(rows: 0..<rows.count, columns: 0..<X.columns)
    // Each pair of columns once, for both of its places in H.
    if start > 0 {
      multiply(
        H.view(rows: rows, columns: 0..<start), .plain, X.view(rows: 0..<start), .plain, into: &block, alpha: 2)
    }
    multiply(
      H.view(rows: rows, columns: rows), .plain, X.view(rows: rows), .plain, into: &block, beta: start > 0 ? 1 : 0)
    for row in rows { sum += dot(X.row(row), product.row(row - start)) }
  }
  return sum
}

/// Rows of a layer less what their codes stand for, `[columns, lanes]` in the order of the layer.
///
/// - Parameters:
///   - weights: `[rows, columns]`.
///   - Q: values, `[columns, lanes]` in the order of the sweep.
func deviation(of Q: borrowing Matrix, from weights: borrowing Matrix, rows: Range<Int>, order: [Int]) -> Matrix {
  var delta = RowTile.turned(weights, rows: rows, order: Array(order.indices))
  for (place, column) in order.enumerated() {
    var row = delta.mutableRow(column)
    addMultiple(-1, of: Q.row(place), to: &row)
  }
  return delta
}

/// What the residual M (T − Q) `[columns, lanes]` says of the damped trace, which is the sum of its squares.
func dampedTrace(residual R: borrowing Matrix) -> Double {
  var trace = 0.0
  for column in 0..<R.rows { trace += dot(R.row(column), R.row(column)) }
  return trace
}

/// What the gradient G = H (T − Q) `[columns, lanes]` says of the damped trace.
func dampedTrace(_ tile: borrowing RowTile, _ Q: borrowing Matrix, gradient G: borrowing Matrix) -> Double {
  var trace = 0.0
  for column in 0..<G.rows {
    let w = tile.weights.row(column)
    let q = Q.row(column)
    let g = G.row(column)
    for lane in 0..<tile.lanes {
      trace += Double(w[unchecked: lane] - q[unchecked: lane]) * Double(g[unchecked: lane])
    }
  }
  return trace
}

/// Σ a b in Float64, in eight fixed partial sums.
func dot(_ a: Span<Float>, _ b: Span<Float>) -> Double {
  precondition(a.count == b.count)
  var sums = SIMD8<Double>()
  var index = 0
  while index &+ 8 <= a.count {
    for lane in 0..<8 { sums[lane] += Double(a[unchecked: index &+ lane]) * Double(b[unchecked: index &+ lane]) }
    index &+= 8
  }
  var sum = sums.sum()
  while index < a.count {
    sum += Double(a[unchecked: index]) * Double(b[unchecked: index])
    index &+= 1
  }
  return sum
}
