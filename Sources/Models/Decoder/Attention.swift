import LinearAlgebra
import Tensors

/// Causal attention with grouped queries, one sequence after the other.
///
/// Query rows are taken in blocks, so that no sequence × sequence matrix is ever kept.
/// - Parameters:
///   - q: `[tokens, heads · headSize]`, already rotated.
///   - k: `[tokens, keyValueHeads · headSize]`, already rotated.
///   - v: `[tokens, keyValueHeads · headSize]`.
///   - sequenceLength: rows of one sequence; `tokens` is a multiple of it.
/// - Returns: `[tokens, heads · headSize]`.
package func causalAttention(
  q: borrowing Matrix, k: borrowing Matrix, v: borrowing Matrix, headSize: Int, sequenceLength: Int,
  on workers: Workers
) -> Matrix {
  precondition(q.rows % sequenceLength == 0, "only whole sequences")
  let heads = q.columns / headSize
  let queriesPerKey = q.columns / k.columns
  let scale = 1 / Float(headSize).squareRoot()
  let blockRows = min(64, sequenceLength)
  var result = Matrix(uninitializedRows: q.rows, columns: q.columns)
  result.withDisjointRows { result in
    workers.forEach(q.rows / sequenceLength * heads) { task in
      let start = task / heads * sequenceLength
      let head = task % heads
      let queryColumns = head * headSize..<(head + 1) * headSize
      let keyColumns = head / queriesPerKey * headSize..<(head / queriesPerKey + 1) * headSize
      var scores = Matrix(rows: blockRows, columns: sequenceLength)
      for block in stride(from: 0, to: sequenceLength, by: blockRows) {
        let end = min(block + blockRows, sequenceLength)
        let queries = start + block..<start + end
        let keys = start..<start + end
        score(q.view(rows: queries, columns: queryColumns), k.view(rows: keys, columns: keyColumns), into: &scores)
        for row in 0..<end - block {
          var values = scores.mutableRow(row)
          softmax(&values, count: block + row + 1, width: end, scale: scale)
        }
        var target = result.view(rows: queries, columns: queryColumns)
        multiply(
          scores.view(rows: 0..<end - block, columns: 0..<end), .plain, v.view(rows: keys, columns: keyColumns), .plain,
          into: &target)
      }
    }
  }
  return result
}

/// Q Kᵀ into the upper left of `scores`.
private func score(_ q: MatrixView, _ k: MatrixView, into scores: inout Matrix) {
  var target = scores.mutableView(rows: 0..<q.rows, columns: 0..<k.rows)
  multiply(q, .plain, k, .transposed, into: &target)
}
