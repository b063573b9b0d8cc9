import LinearAlgebra
import Tensors

extension GatedDelta {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let run = back.run
    let gradient = back.take(to)
    let (q, k, v) = (run.read(queries), run.read(keys), run.read(values))
    let gates = gates(run)
    var result = DeltaGradients(heads, rows: v.matrix.rows)
    result.add(gradient, q.matrix, k.matrix, v.matrix, gates, heads, run.sequences, on: run.workers)
    let (rates, steps) = (run.weights[.deltaRate].matrix.array(), run.weights[.deltaStep].matrix.array())
    let a = run.read(alpha)
    back.add(
      Matrix(rows: a.matrix.rows, columns: a.matrix.columns) { row, head in
        let share = Curve.sigmoid(a.matrix[row, head] + steps[head])
        return -exponential(rates[head]) * share * result.decays[row, head]
      }, to: alpha)
    back.add(
      Matrix(rows: a.matrix.rows, columns: a.matrix.columns) { row, head in
        let share = gates.strengths[row, head]
        return share * (1 - share) * result.strengths[row, head]
      }, to: beta)
    result.hand(to: back, self)
  }
}

/// Gradients with respect to what the gated delta rule reads, in its shapes.
private struct DeltaGradients: ~Copyable {
  var queries: Matrix
  var keys: Matrix
  var values: Matrix
  var strengths: Matrix
  var decays: Matrix

  init(_ heads: DeltaHeads, rows: Int) {
    queries = Matrix(rows: rows, columns: heads.keyColumns)
    keys = Matrix(rows: rows, columns: heads.keyColumns)
    values = Matrix(rows: rows, columns: heads.valueColumns)
    strengths = Matrix(rows: rows, columns: heads.valueHeads)
    decays = Matrix(rows: rows, columns: heads.valueHeads)
  }

  consuming func hand(to back: Backward, _ step: GatedDelta) {
    back.add(queries, to: step.queries)
    back.add(keys, to: step.keys)
    back.add(values, to: step.values)
  }

  /// Heads of values that share a head of keys add up, and so one task has all of them.
  mutating func add(
    _ gradient: borrowing Matrix, _ q: borrowing Matrix, _ k: borrowing Matrix, _ v: borrowing Matrix,
    _ gates: borrowing DeltaGates, _ heads: DeltaHeads, _ sequences: SequenceRows, on workers: Workers
  ) {
    queries.withDisjointRows { queries in
      keys.withDisjointRows { keys in
        values.withDisjointRows { values in
          strengths.withDisjointRows { strengths in
            decays.withDisjointRows { decays in
              let target = DeltaTarget(
                queries: queries, keys: keys, values: values, strengths: strengths, decays: decays)
              workers.forEach(sequences.count * heads.keyHeads) { task in
                let rows = sequences.ranges[task / heads.keyHeads]
                for head in heads.valueHeads(of: task % heads.keyHeads) {
                  target.add(rows, head, gradient, q, k, v, gates, heads)
                }
              }
            }
          }
        }
      }
    }
  }
}

/// Where tasks add gradients, each to other rows and heads.
private struct DeltaTarget {
  let queries: DisjointRows<Float>
  let keys: DisjointRows<Float>
  let values: DisjointRows<Float>
  let strengths: DisjointRows<Float>
  let decays: DisjointRows<Float>

  /// One sequence and head of values: forward, to know the state before each chunk, and back through the chunks.
  func add(
    _ sequence: Range<Int>, _ head: Int, _ gradient: borrowing Matrix, _ q: borrowing Matrix, _ k: borrowing Matrix,
    _ v: borrowing Matrix, _ gates: borrowing DeltaGates, _ heads: DeltaHeads
  ) {
    let chunks = DeltaChunk.all(of: sequence)
    let size = heads.keySize
    var states = Matrix(rows: chunks.count * size, columns: heads.valueSize)
    var state = Matrix(rows: size, columns: heads.valueSize)
    for (index, rows) in chunks.enumerated() {
      states.replaceRows(from: index * size, with: state)
      let chunk = DeltaChunk(rows, head, q, k, v, gates, heads, state.view())
      chunk.advance(&state, k)
    }
    var ofState = Matrix(rows: size, columns: heads.valueSize)
    for (index, rows) in chunks.enumerated().reversed() {
      let before = states.copy(rows: index * size..<(index + 1) * size)
      let chunk = DeltaChunk(rows, head, q, k, v, gates, heads, before.view())
      add(chunk, head, gradient, q, k, v, before, &ofState)
    }
  }

  /// Back through a chunk.
  ///
  /// - Parameters:
  ///   - state: before the chunk.
  ///   - ofState: the gradient with respect to the state behind the chunk; becomes that with respect to the one before it.
  private func add(
    _ chunk: borrowing DeltaChunk, _ head: Int, _ gradient: borrowing Matrix, _ q: borrowing Matrix,
    _ k: borrowing Matrix, _ v: borrowing Matrix, _ state: borrowing Matrix, _ ofState: inout Matrix
  ) {
    let (rows, count, size) = (chunk.rows, chunk.rows.count, state.rows)
    let (keyColumns, valueColumns) = (chunk.keyColumns, chunk.valueColumns)
    let own = gradient.view(rows: rows, columns: valueColumns)
    let ownKeys = k.view(rows: rows, columns: keyColumns)
    let ownQueries = q.view(rows: rows, columns: keyColumns)

    // From outputs and from the state behind the chunk to what was written, and on to what the system was solved for.
    var ofWritten = DeltaChunk.product(
      chunk.scores.view(), .transposed, own, .plain, rows: count, columns: valueColumns.count)
    let lastingKeys = chunk.scaled(k, keyColumns, by: chunk.leftAtEnd)
    var target = ofWritten.mutableView()
    multiply(lastingKeys.view(), .plain, ofState.view(), .plain, into: &target, beta: 1)
    chunk.solveTransposed(&ofWritten)

    // With respect to scores and the system, without the decay between tokens, and that decay's own.
    var ofScores = DeltaChunk.product(own, .plain, chunk.written.view(), .transposed, rows: count, columns: count)
    var ofSystem = DeltaChunk.product(
      ofWritten.view(), .plain, chunk.written.view(), .transposed, rows: count, columns: count)
    ofSystem.multiply(by: -1)
    var ofLogarithms = [Float](repeating: 0, count: count)
    var ofStrengths = [Float](repeating: 0, count: count)
    for row in 0..<count {
      for column in 0...row {
        let inScores = ofScores[row, column] * chunk.scores[row, column]
        let inSystem = column < row ? ofSystem[row, column] * chunk.system[row, column] : 0
        ofStrengths[row] += inSystem
        let sum = inScores + chunk.strengths[row] * inSystem
        ofLogarithms[row] += sum
        ofLogarithms[column] -= sum
      }
    }
    chunk.decay(&ofScores, upTo: 0)
    chunk.decay(&ofSystem, upTo: -1)
    for row in 0..<count {
      var slopes = ofSystem.mutableRow(row)
      for column in 0..<count { slopes[unchecked: column] *= chunk.strengths[row] }
    }

    // What the state before the chunk said for keys, and values.
    var ofSaid = ofWritten.copy()
    let ofValues = values.view(rows: rows, columns: valueColumns)
    for row in 0..<count {
      let (slopes, said, new) = (ofWritten.row(row), chunk.said.row(row), v.row(rows.lowerBound + row))
      var back = ofSaid.mutableRow(row)
      let (strength, left) = (chunk.strengths[row], chunk.left[row])
      var (sum, ofLeft): (Float, Float) = (0, 0)
      for column in 0..<slopes.count {
        let slope = slopes[unchecked: column]
        sum += slope * (new[valueColumns.lowerBound + column] - left * said[unchecked: column])
        back[unchecked: column] = -strength * left * slope
        ofLeft += back[unchecked: column] * said[unchecked: column]
        ofValues.base[row * ofValues.stride + column] = strength * slope
      }
      ofStrengths[row] += sum
      ofLogarithms[row] += ofLeft
    }

    // Keys and queries.
    let readBack = DeltaChunk.product(own, .plain, state.view(), .transposed, rows: count, columns: size)
    let writtenBack = DeltaChunk.product(
      chunk.written.view(), .plain, ofState.view(), .transposed, rows: count, columns: size)
    var ofQueries = queries.view(rows: rows, columns: keyColumns)
    var ofKeys = keys.view(rows: rows, columns: keyColumns)
    multiply(ofScores.view(), .plain, ownKeys, .plain, into: &ofQueries, beta: 1)
    multiply(ofScores.view(), .transposed, ownQueries, .plain, into: &ofKeys, beta: 1)
    multiply(ofSystem.view(), .plain, ownKeys, .plain, into: &ofKeys, beta: 1)
    multiply(ofSystem.view(), .transposed, ownKeys, .plain, into: &ofKeys, beta: 1)
    multiply(ofSaid.view(), .plain, state.view(), .transposed, into: &ofKeys, beta: 1)
    for row in 0..<count {
      var (inRead, inLasting): (Float, Float) = (0, 0)
      for column in 0..<size {
        let read = chunk.left[row] * readBack[row, column]
        let lasting = chunk.leftAtEnd[row] * writtenBack[row, column]
        ofQueries.base[row * ofQueries.stride + column] += read
        ofKeys.base[row * ofKeys.stride + column] += lasting
        inRead += read * q[rows.lowerBound + row, keyColumns.lowerBound + column]
        inLasting += lasting * k[rows.lowerBound + row, keyColumns.lowerBound + column]
      }
      ofLogarithms[row] += inRead - inLasting
      ofLogarithms[count - 1] += inLasting
    }

    // The state.
    let atEnd = chunk.left[count - 1]
    for row in 0..<size {
      let (before, behind) = (state.row(row), ofState.row(row))
      ofLogarithms[count - 1] +=
        atEnd * laneSum(before.count) { before[unchecked: $0] * behind[unchecked: $0] }
    }
    let fadedQueries = chunk.scaled(q, keyColumns, by: chunk.left)
    var next = ofState.mutableView()
    multiply(fadedQueries.view(), .transposed, own, .plain, into: &next, beta: atEnd)
    multiply(ownKeys, .transposed, ofSaid.view(), .plain, into: &next, beta: 1)

    // Each decay is in the logarithms of its token and of all after it.
    var sum: Float = 0
    for row in (0..<count).reversed() {
      sum += ofLogarithms[row]
      let columns = head..<head + 1
      decays.view(rows: rows.lowerBound + row..<rows.lowerBound + row + 1, columns: columns).base[0] = sum
      strengths.view(rows: rows.lowerBound + row..<rows.lowerBound + row + 1, columns: columns).base[0] =
        ofStrengths[row]
    }
  }
}
