import LinearAlgebra
import Tensors

extension SelectiveScan {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let run = back.run
    let gradient = back.take(to)
    let (x, b, c, d) = (run.read(values), run.read(keys), run.read(queries), run.read(steps))
    let numbers = numbers(run)
    var ofValues = Matrix(rows: x.matrix.rows, columns: x.matrix.columns)
    var ofKeys = Matrix(rows: b.matrix.rows, columns: b.matrix.columns)
    var ofQueries = Matrix(rows: c.matrix.rows, columns: c.matrix.columns)
    var ofSteps = Matrix(rows: d.matrix.rows, columns: d.matrix.columns)
    ofValues.withDisjointRows { ofValues in
      ofKeys.withDisjointRows { ofKeys in
        ofQueries.withDisjointRows { ofQueries in
          ofSteps.withDisjointRows { ofSteps in
            let target = ScanTarget(values: ofValues, keys: ofKeys, queries: ofQueries, steps: ofSteps)
            // Heads share keys and queries and add up, and so one task has all of them.
            run.workers.forEach(run.sequences.count) { sequence in
              for head in 0..<heads {
                target.add(run.sequences.ranges[sequence], head, gradient, x.matrix, b.matrix, c.matrix, numbers)
              }
            }
          }
        }
      }
    }
    let offsets = run.weights[.stateStep].matrix.array()
    back.add(
      Matrix(rows: d.matrix.rows, columns: d.matrix.columns) {
        // At a limit a step stays where it is.
        limits.contains(step(d.matrix[$0, $1] + offsets[$1]))
          ? Curve.sigmoid(d.matrix[$0, $1] + offsets[$1]) * ofSteps[$0, $1] : 0
      }, to: steps)
    back.add(ofValues, to: values)
    back.add(ofKeys, to: keys)
    back.add(ofQueries, to: queries)
  }
}

/// Where tasks add gradients, each to other sequences. Those of steps are with respect to Δ.
private struct ScanTarget {
  let values: DisjointRows<Float>
  let keys: DisjointRows<Float>
  let queries: DisjointRows<Float>
  let steps: DisjointRows<Float>

  /// One sequence and head: forward, to know the state before each chunk, and back through the chunks.
  func add(
    _ sequence: Range<Int>, _ head: Int, _ gradient: borrowing Matrix, _ x: borrowing Matrix, _ b: borrowing Matrix,
    _ c: borrowing Matrix, _ numbers: borrowing ScanNumbers
  ) {
    let chunks = DeltaChunk.all(of: sequence)
    let (keySize, size) = (b.columns / numbers.groups, x.columns / numbers.rates.count)
    var states = Matrix(rows: chunks.count * keySize, columns: size)
    var state = Matrix(rows: keySize, columns: size)
    for (index, rows) in chunks.enumerated() {
      states.replaceRows(from: index * keySize, with: state)
      ScanChunk(rows, head, x, b, c, numbers).advance(&state, b)
    }
    var ofState = Matrix(rows: keySize, columns: size)
    for (index, rows) in chunks.enumerated().reversed() {
      let before = states.copy(rows: index * keySize..<(index + 1) * keySize)
      let chunk = ScanChunk(rows, head, x, b, c, numbers)
      add(chunk, head, gradient, x, b, c, numbers, before, &ofState)
    }
  }

  /// Back through a chunk.
  ///
  /// - Parameters:
  ///   - state: before the chunk.
  ///   - ofState: the gradient with respect to the state behind the chunk; becomes that with respect to the one before it.
  private func add(
    _ chunk: borrowing ScanChunk, _ head: Int, _ gradient: borrowing Matrix, _ x: borrowing Matrix,
    _ b: borrowing Matrix, _ c: borrowing Matrix, _ numbers: borrowing ScanNumbers, _ state: borrowing Matrix,
    _ ofState: inout Matrix
  ) {
    let (rows, count, keySize, size) = (chunk.rows, chunk.rows.count, state.rows, state.columns)
    let own = gradient.view(rows: rows, columns: chunk.columns)
    let (ownKeys, ownQueries) = (
      b.view(rows: rows, columns: chunk.keyColumns), c.view(rows: rows, columns: chunk.keyColumns)
    )

    // From outputs and from the state behind the chunk to what was written.
    var ofWritten = DeltaChunk.product(
      chunk.scores.view(), .transposed, own, .plain, rows: count, columns: size)
    let lasting = DeltaChunk.scaled(b, rows, chunk.keyColumns, by: chunk.leftAtEnd)
    var target = ofWritten.mutableView()
    multiply(lasting.view(), .plain, ofState.view(), .plain, into: &target, beta: 1)

    // With respect to products of queries and keys, and to the logarithms of what is left.
    var ofScores = DeltaChunk.product(own, .plain, chunk.written.view(), .transposed, rows: count, columns: count)
    var ofLogarithms = [Float](repeating: 0, count: count)
    for row in 0..<count {
      for column in 0..<row {
        let share = ofScores[row, column] * chunk.scores[row, column]
        ofLogarithms[row] += share
        ofLogarithms[column] -= share
      }
    }
    ScanChunk.multiply(&ofScores, by: chunk.decays)

    // Keys and queries.
    let readBack = DeltaChunk.product(own, .plain, state.view(), .transposed, rows: count, columns: keySize)
    let writtenBack = DeltaChunk.product(
      chunk.written.view(), .plain, ofState.view(), .transposed, rows: count, columns: keySize)
    var ofQueries = queries.view(rows: rows, columns: chunk.keyColumns)
    var ofKeys = keys.view(rows: rows, columns: chunk.keyColumns)
    multiply(ofScores.view(), .plain, ownKeys, .plain, into: &ofQueries, beta: 1)
    multiply(ofScores.view(), .transposed, ownQueries, .plain, into: &ofKeys, beta: 1)
    for row in 0..<count {
      var (inRead, inLasting): (Float, Float) = (0, 0)
      for column in 0..<keySize {
        let read = chunk.left[row] * readBack[row, column]
        let kept = chunk.leftAtEnd[row] * writtenBack[row, column]
        ofQueries.base[row * ofQueries.stride + column] += read
        ofKeys.base[row * ofKeys.stride + column] += kept
        inRead += read * c[rows.lowerBound + row, chunk.keyColumns.lowerBound + column]
        inLasting += kept * b[rows.lowerBound + row, chunk.keyColumns.lowerBound + column]
      }
      ofLogarithms[row] += inRead - inLasting
      ofLogarithms[count - 1] += inLasting
    }

    // The state.
    let atEnd = chunk.left[count - 1]
    for row in 0..<keySize {
      let (before, behind) = (state.row(row), ofState.row(row))
      ofLogarithms[count - 1] += atEnd * laneSum(before.count) { before[unchecked: $0] * behind[unchecked: $0] }
    }
    let fading = DeltaChunk.scaled(c, rows, chunk.keyColumns, by: chunk.left)
    var next = ofState.mutableView()
    multiply(fading.view(), .transposed, own, .plain, into: &next, beta: atEnd)

    // Values and steps; each step is in the logarithms of its token and of all after it.
    let ofValues = values.view(rows: rows, columns: chunk.columns)
    let ofSteps = steps.view(rows: rows, columns: head..<head + 1)
    var sum: Float = 0
    for row in (0..<count).reversed() {
      let (slopes, source, outputs) = (
        ofWritten.row(row), x.row(rows.lowerBound + row), gradient.row(rows.lowerBound + row)
      )
      let (step, first) = (numbers.steps[rows.lowerBound + row, head], chunk.columns.lowerBound)
      var ofStep: Float = 0
      for column in 0..<size {
        ofStep += slopes[unchecked: column] * source[unchecked: first + column]
        ofValues.base[row * ofValues.stride + column] =
          step * slopes[unchecked: column] + numbers.skips[head] * outputs[unchecked: first + column]
      }
      sum += ofLogarithms[row]
      ofSteps.base[row * ofSteps.stride] = ofStep + numbers.rates[head] * sum
    }
  }
}
