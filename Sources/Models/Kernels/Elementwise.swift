import LinearAlgebra
import Tensors

/// x / rms(x) · weight for each row, or for each head or group of it.
///
/// Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019).
/// - Parameters: x `[tokens, heads · n]`, weight `[1, n]`, of which each group of n / groups is normed by itself.
package func rmsNorm(
  _ x: borrowing Matrix, _ weight: borrowing Matrix, groups: Int = 1, epsilon: Float, on workers: Workers
) -> Matrix {
  precondition(x.columns % weight.count == 0 && weight.count % groups == 0, "one norm weight for each column of a head")
  let count = weight.count / groups
  var result = Matrix(uninitializedRows: x.rows, columns: x.columns)
  result.forEachRow(on: workers) { row, target in
    let (values, weights) = (x.row(row), weight.elements)
    for start in stride(from: 0, to: values.count, by: count) {
      let first = start % weights.count
      let squares = laneSum(count) { values[unchecked: start &+ $0] * values[unchecked: start &+ $0] }
      let factor = 1 / (squares / Float(count) + epsilon).squareRoot()
      for column in 0..<count {
        target[unchecked: start &+ column] =
          values[unchecked: start &+ column] * factor * weights[unchecked: first &+ column]
      }
    }
  }
  return result
}

/// `x ← x + y`
package func add(_ y: borrowing Matrix, to x: inout Matrix, on workers: Workers) {
  pairRows(&x, y, on: workers) { combine(&$0, $1) { $0 + $1 } }
}

extension Matrix {
  /// Shows `body` each row, to be changed, by several tasks.
  ///
  /// A closure that crosses into another task is called and not inlined: one call for each row is nothing, one for each element
  /// would be most of the work.
  mutating func forEachRow(on workers: Workers, _ body: (_ row: Int, _ values: inout MutableSpan<Float>) -> Void) {
    withDisjointRows { matrix in
      workers.forEachTile(of: 64, in: matrix.rows) { tile in
        for row in tile {
          var values = matrix.row(row)
          body(row, &values)
        }
      }
    }
  }
}

/// Shows `body` each row of `x`, to be changed, with the same row of `y`.
func pairRows(
  _ x: inout Matrix, _ y: borrowing Matrix, on workers: Workers,
  _ body: (_ x: inout MutableSpan<Float>, _ y: Span<Float>) -> Void
) {
  precondition(x.rows == y.rows && x.columns == y.columns, "pairs of elements need equal shapes")
  x.forEachRow(on: workers) { row, values in body(&values, y.row(row)) }
}

/// `x ← f(x, y)`, element by element; inlined with `f`, so that the loop becomes vector code.
@inline(__always)
func combine(_ x: inout MutableSpan<Float>, _ y: Span<Float>, _ f: (_ x: Float, _ y: Float) -> Float) {
  for index in 0..<y.count { x[unchecked: index] = f(x[unchecked: index], y[unchecked: index]) }
}

/// Turns the first `count` scores of a row, times `scale`, into probabilities but for a common factor, and sets those from there
/// to `width` to zero: e to the score less the largest.
///
/// - Parameter sink: a score that takes part and stands for nothing.
/// - Returns: what the probabilities are divided by.
package func exponentials(
  _ row: inout MutableSpan<Float>, count: Int, width: Int, scale: Float, sink: Float
) -> Float {
  var peak = -Float.infinity
  for index in 0..<count { peak = row[unchecked: index] > peak ? row[unchecked: index] : peak }
  // Where the sink is far above all scores this is infinite, and every probability is zero.
  let share = exponential(sink - peak * scale)
  return exponentials(&row, count: count, width: width, scale: scale) + share
}

/// The same without a sink.
///
/// - Returns: what the probabilities are divided by.
package func exponentials(_ row: inout MutableSpan<Float>, count: Int, width: Int, scale: Float) -> Float {
  precondition(0 < count && count <= width && width <= row.count, "a softmax needs at least one score")
  var largest = SIMD16<Float>(repeating: -.infinity)
  var index = 0
  while index &+ 16 <= count {
    for lane in 0..<16 {
      let value = row[unchecked: index &+ lane]
      largest[lane] = value > largest[lane] ? value : largest[lane]
    }
    index &+= 16
  }
  var peak = -Float.infinity
  for lane in 0..<16 { peak = largest[lane] > peak ? largest[lane] : peak }
  while index < count {
    peak = row[unchecked: index] > peak ? row[unchecked: index] : peak
    index &+= 1
  }
  // Two loops: together with their sum, exponentials would not become vector code.
  for index in 0..<count { row[unchecked: index] = exponential((row[unchecked: index] - peak) * scale) }
  for index in count..<width { row[unchecked: index] = 0 }
  return laneSum(count) { row[unchecked: $0] }
}
