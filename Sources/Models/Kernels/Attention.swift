import LinearAlgebra
import Tensors

/// Attention with grouped queries, one sequence after the other.
///
/// Query rows are taken in blocks, so that no sequence × sequence matrix is ever kept.
/// - Parameters:
///   - q: `[tokens, heads · headSize]`, already rotated.
///   - k: `[tokens, keyValueHeads · headSize]`, already rotated.
///   - v: `[tokens, keyValueHeads · valueSize]`.
///   - valueSize: nil where heads of values are as wide as those of keys.
///   - sequences: which rows belong together.
///   - mask: which tokens each sees.
///   - window: how many tokens each sees, itself included, or by the bidirectional mask half as many on either side; nil for all that the
///     mask shows.
///   - chunk: after how many tokens of a sequence the next one sees none of those before it; nil for never.
///   - scale: multiplies products of queries and keys; nil for 1 / √headSize.
///   - softCap: keeps scaled products within ± this.
///   - slopes: by how much the scores of each head of queries fall with every token between (Press et al., "Train Short, Test
///     Long: Attention with Linear Biases Enables Input Length Extrapolation", 2021).
///   - sinks: a score for each head of queries that takes part in the softmax and stands for nothing.
/// - Returns: `[tokens, heads · valueSize]`.
package func attend(
  q: borrowing Matrix, k: borrowing Matrix, v: borrowing Matrix, headSize: Int, valueSize: Int? = nil,
  sequences: SequenceRows, mask: AttentionMask = .causal, window: Int? = nil, chunk: Int? = nil,
  scale: Float? = nil,
  softCap: Float? = nil, slopes: [Float]? = nil, sinks: [Float]? = nil, on workers: Workers
) -> Matrix {
  precondition(q.rows == sequences.rows, "only whole sequences")
  precondition(mask == .causal || chunk == nil, "a chunk looks back")
  let heads = q.columns / headSize
  let queriesPerKey = q.columns / k.columns
  let scale = scale ?? 1 / Float(headSize).squareRoot()
  let valueSize = valueSize ?? headSize
  var result = Matrix(uninitializedRows: q.rows, columns: heads * valueSize)
  result.withDisjointRows { result in
    workers.forEach(sequences.count * heads) { task in
      let rows = sequences.ranges[task / heads]
      let blockRows = min(64, rows.count)
      let head = task % heads
      let queryColumns = head * headSize..<(head + 1) * headSize
      let shared = head / queriesPerKey
      let keyColumns = shared * headSize..<(shared + 1) * headSize
      let valueColumns = shared * valueSize..<(shared + 1) * valueSize
      var scores = Matrix(uninitializedRows: blockRows, columns: rows.count)
      var sums = [Float](repeating: 1, count: blockRows)
      for block in stride(from: 0, to: rows.count, by: blockRows) {
        let end = min(block + blockRows, rows.count)
        let queries = rows.lowerBound + block..<rows.lowerBound + end
        let width = mask == .causal ? end : rows.count
        let keys = rows.lowerBound..<rows.lowerBound + width
        score(q.view(rows: queries, columns: queryColumns), k.view(rows: keys, columns: keyColumns), into: &scores)
        for row in 0..<end - block {
          let seen = tokensSeen(from: block + row, of: rows.count, mask, window: window, chunk: chunk)
          var values = scores.mutableRow(row)
          if let softCap { cap(&values, count: seen.upperBound, scale: scale, at: softCap) }
          if let slopes {
            incline(
              &values, count: seen.upperBound, scale: softCap == nil ? scale : 1, at: block + row, by: slopes[head])
          }
          hide(&values, count: seen.lowerBound)
          let scale = softCap == nil && slopes == nil ? scale : 1
          if let sinks {
            sums[row] = exponentials(
              &values, count: seen.upperBound, width: width, scale: scale, sink: sinks[head])
          } else {
            sums[row] = exponentials(&values, count: seen.upperBound, width: width, scale: scale)
          }
        }
        var target = result.view(rows: queries, columns: head * valueSize..<(head + 1) * valueSize)
        multiply(
          scores.view(rows: 0..<end - block, columns: 0..<width), .plain, v.view(rows: keys, columns: valueColumns),
          .plain,
          into: &target)
        // Fewer numbers than probabilities.
        for row in 0..<end - block {
          let factor = 1 / sums[row]
          let values = target.base + row * target.stride
          for column in 0..<valueSize { values[column] *= factor }
        }
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

/// Bends scaled scores so that they stay within ± `cap`.
private func cap(_ scores: inout MutableSpan<Float>, count: Int, scale: Float, at cap: Float) {
  for index in 0..<count { scores[unchecked: index] = softCapped(scores[unchecked: index], scale: scale, cap: cap) }
}

/// Scales scores and lowers them with the distance of their keys from the query at `position`.
func incline(
  _ scores: inout MutableSpan<Float>, count: Int, scale: Float, at position: Int, by slope: Float
) {
  for index in 0..<count {
    scores[unchecked: index] = scores[unchecked: index] * scale - slope * Float(abs(position - index))
  }
}

/// Which tokens of a sequence of `count` the one at `position` sees. A window of n has n tokens where it looks back, and reaches ⌊n / 2⌋
/// to either side where it looks both ways, as `transformers` and llama.cpp have it.
func tokensSeen(from position: Int, of count: Int, _ mask: AttentionMask, window: Int?, chunk: Int?) -> Range<Int> {
  switch mask {
  case .causal:
    max(window.map { position + 1 - $0 } ?? 0, chunk.map { position - position % $0 } ?? 0, 0)..<position + 1
  case .bidirectional:
    // A window may be as large as numbers are.
    window.map { max(0, position - $0 / 2)..<position + min(count - position, $0 / 2 + 1) } ?? 0..<count
  }
}

/// Hides the first keys.
func hide(_ scores: inout MutableSpan<Float>, count: Int) {
  for index in 0..<count { scores[unchecked: index] = -.infinity }
}
