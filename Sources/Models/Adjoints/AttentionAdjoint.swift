import LinearAlgebra
import Tensors

extension Attention {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let (q, k, v) = (back.run.read(queries), back.run.read(keys), back.run.read(values))
    let gradient = back.take(to)
    var ofQueries = Matrix(rows: q.matrix.rows, columns: q.matrix.columns)
    var ofKeys = Matrix(rows: k.matrix.rows, columns: k.matrix.columns)
    var ofValues = Matrix(rows: v.matrix.rows, columns: v.matrix.columns)
    let sequences = back.run.sequences
    let sinks = sinks.map { back.run.weights[$0].matrix.array() }
    let heads = k.matrix.columns / headSize
    ofQueries.withDisjointRows { ofQueries in
      ofKeys.withDisjointRows { ofKeys in
        ofValues.withDisjointRows { ofValues in
          // Heads of queries that share keys and values add up, and so one task has all of them.
          back.run.workers.forEach(sequences.count * heads) { task in
            let (rows, head) = (sequences.ranges[task / heads], task % heads)
            let shared = head * headSize..<(head + 1) * headSize
            let sharedValues = head * valueSize..<(head + 1) * valueSize
            let group = q.matrix.columns / k.matrix.columns
            for own in head * group..<(head + 1) * group {
              let columns = own * headSize..<(own + 1) * headSize
              let made = own * valueSize..<(own + 1) * valueSize
              for first in stride(from: rows.lowerBound, to: rows.upperBound, by: 64) {
                let block = first..<min(first + 64, rows.upperBound)
                // No query of the block sees a key behind its end.
                let seen = mask == .causal ? rows.lowerBound..<block.upperBound : rows
                var scores = scores(q.matrix, k.matrix, block, seen, columns, shared)
                var slopes = Matrix(uninitializedRows: block.count, columns: seen.count)
                var target = slopes.mutableView()
                multiply(
                  gradient.view(rows: block, columns: made), .plain, v.matrix.view(rows: seen, columns: sharedValues),
                  .transposed, into: &target)
                let bends = probabilities(&scores, firstRow: first - rows.lowerBound, own, sinks)
                var values = ofValues.view(rows: seen, columns: sharedValues)
                multiply(
                  scores.view(), .transposed, gradient.view(rows: block, columns: made), .plain, into: &values,
                  beta: 1)
                backThroughSoftmax(&slopes, scores, bends)
                var queries = ofQueries.view(rows: block, columns: columns)
                multiply(slopes.view(), .plain, k.matrix.view(rows: seen, columns: shared), .plain, into: &queries)
                var keys = ofKeys.view(rows: seen, columns: shared)
                multiply(
                  slopes.view(), .transposed, q.matrix.view(rows: block, columns: columns), .plain, into: &keys, beta: 1
                )
              }
            }
          }
        }
      }
    }
    back.add(ofQueries, to: queries)
    back.add(ofKeys, to: keys)
    back.add(ofValues, to: values)
  }

  /// Q Kᵀ of some queries of a sequence and all of its keys.
  private func scores(
    _ q: borrowing Matrix, _ k: borrowing Matrix, _ block: Range<Int>, _ rows: Range<Int>, _ columns: Range<Int>,
    _ shared: Range<Int>
  ) -> Matrix {
    var scores = Matrix(uninitializedRows: block.count, columns: rows.count)
    var target = scores.mutableView()
    multiply(
      q.view(rows: block, columns: columns), .plain, k.view(rows: rows, columns: shared), .transposed, into: &target)
    return scores
  }

  private var scoreScale: Float { scale ?? 1 / Float(headSize).squareRoot() }

  /// Turns products of queries and keys into probabilities.
  ///
  /// - Returns: the derivative of each score with respect to its product, where scores are bent; nothing where all have `scoreScale`.
  private func probabilities(_ scores: inout Matrix, firstRow: Int, _ head: Int, _ sinks: [Float]?) -> Matrix {
    var bends = Matrix(rows: softCap == nil ? 0 : scores.rows, columns: softCap == nil ? 0 : scores.columns)
    for row in 0..<scores.rows {
      var values = scores.mutableRow(row)
      let position = firstRow + row
      let all = tokensSeen(from: position, of: values.count, mask, window: window, chunk: chunk)
      let seen = all.upperBound
      if let softCap {
        var factors = bends.mutableRow(row)
        for column in 0..<seen {
          let bent = softCapped(values[unchecked: column], scale: scoreScale, cap: softCap)
          values[unchecked: column] = bent
          factors[unchecked: column] = scoreScale * (1 - bent / softCap * (bent / softCap))
        }
      }
      let scale = softCap == nil && slopes == nil ? scoreScale : 1
      if let slopes {
        incline(
          &values, count: seen, scale: softCap == nil ? scoreScale : 1, at: position, by: slopes[head])
      }
      hide(&values, count: all.lowerBound)
      let sum: Float
      if let sinks {
        sum = exponentials(&values, count: seen, width: values.count, scale: scale, sink: sinks[head])
      } else {
        sum = exponentials(&values, count: seen, width: values.count, scale: scale)
      }
      let share = 1 / sum
      for column in 0..<seen { values[unchecked: column] *= share }
    }
    return bends
  }

  /// dS = P (dP − Σ dP P), times what bends the scores.
  private func backThroughSoftmax(
    _ slopes: inout Matrix, _ probabilities: borrowing Matrix, _ bends: borrowing Matrix
  ) {
    let scale = scoreScale
    for row in 0..<slopes.rows {
      let shares = probabilities.row(row)
      var values = slopes.mutableRow(row)
      let count = values.count
      let mean = laneSum(count) { shares[unchecked: $0] * values[unchecked: $0] }
      for column in 0..<count {
        values[unchecked: column] = scale * shares[unchecked: column] * (values[unchecked: column] - mean)
      }
      guard bends.rows > 0 else { continue }
      let factors = bends.row(row)
      for column in 0..<count { values[unchecked: column] *= factors[unchecked: column] / scale }
    }
  }
}
