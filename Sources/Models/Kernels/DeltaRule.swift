import LinearAlgebra
import Tensors

/// What the gates of a delta net say of each token, `[tokens, heads of values]`.
struct DeltaGates: ~Copyable {
  /// β: how much of what a state says for a key is replaced, from 0 to 1.
  let strengths: Matrix
  /// g: the logarithm of how much of a state is left.
  let decays: Matrix
}

/// The gated delta rule (`GatedDelta`), in time linear in the tokens of a sequence.
///
/// A sequence is taken in chunks. Within a chunk what tokens write hangs together by a unit triangular system, so that all but that
/// system are products of matrices; the state goes from chunk to chunk.
///
/// Yang et al., "Parallelizing Linear Transformers with the Delta Rule over Sequence Length" (2024), section 3.2, with decays as in
/// "Gated Delta Networks" (2024), section 3.3.
/// - Parameters:
///   - queries: `[tokens, key heads · key size]`, of the length that outputs are to have.
///   - keys: the same, of length 1.
///   - values: `[tokens, value heads · value size]`.
/// - Returns: `[tokens, value heads · value size]`.
func gatedDelta(
  queries: borrowing Matrix, keys: borrowing Matrix, values: borrowing Matrix, _ gates: borrowing DeltaGates,
  _ heads: DeltaHeads, _ sequences: SequenceRows, on workers: Workers
) -> Matrix {
  precondition(values.rows == sequences.rows, "only whole sequences")
  var result = Matrix(uninitializedRows: values.rows, columns: values.columns)
  result.withDisjointRows { result in
    workers.forEach(sequences.count * heads.valueHeads) { task in
      let (rows, head) = (sequences.ranges[task / heads.valueHeads], task % heads.valueHeads)
      var state = Matrix(rows: heads.keySize, columns: heads.valueSize)
      for rows in DeltaChunk.all(of: rows) {
        let chunk = DeltaChunk(rows, head, queries, keys, values, gates, heads, state.view())
        var target = result.view(rows: rows, columns: chunk.valueColumns)
        chunk.read(queries, state.view(), into: &target)
        chunk.advance(&state, keys)
      }
    }
  }
  return result
}

/// Some tokens of a sequence that follow each other, for one head of values; n tokens.
///
/// With Γᵢ = e^(g₁ + … + gᵢ): what tokens write is X, (I + A) X = B (V − Γ K S), where Aᵢⱼ = βᵢ Γᵢ/Γⱼ kᵢ·kⱼ below the diagonal.
struct DeltaChunk: ~Copyable {
  static let length = 64

  let rows: Range<Int>
  let keyColumns: Range<Int>
  let valueColumns: Range<Int>
  /// βᵢ
  let strengths: [Float]
  /// The logarithms of Γᵢ.
  private let logarithms: [Float]
  /// Γᵢ: what is left of the state before the chunk.
  let left: [Float]
  /// Γₙ / Γᵢ: what is left at the end of what a token writes.
  let leftAtEnd: [Float]
  /// Γᵢ/Γⱼ kᵢ·kⱼ below the diagonal, `[n, n]`.
  let system: Matrix
  /// Γᵢ/Γⱼ qᵢ·kⱼ on the diagonal and below it, `[n, n]`.
  let scores: Matrix
  /// K S: what the state before the chunk says for each key, `[n, value size]`.
  let said: Matrix
  /// X: what each token writes, `[n, value size]`.
  let written: Matrix

  static func all(of rows: Range<Int>) -> [Range<Int>] {
    stride(from: rows.lowerBound, to: rows.upperBound, by: length).map { $0..<min(rows.upperBound, $0 + length) }
  }

  /// - Parameter state: before the chunk, `[key size, value size]`.
  init(
    _ rows: Range<Int>, _ head: Int, _ queries: borrowing Matrix, _ keys: borrowing Matrix, _ values: borrowing Matrix,
    _ gates: borrowing DeltaGates, _ heads: DeltaHeads, _ state: MatrixView
  ) {
    let (key, count) = (heads.keyHead(of: head), rows.count)
    let keyColumns = key * heads.keySize..<(key + 1) * heads.keySize
    let valueColumns = head * heads.valueSize..<(head + 1) * heads.valueSize
    var sum: Float = 0
    var (logarithms, strengths): ([Float], [Float]) = ([], [])
    for row in rows {
      sum += gates.decays[row, head]
      logarithms.append(sum)
      strengths.append(gates.strengths[row, head])
    }
    (self.rows, self.keyColumns, self.valueColumns) = (rows, keyColumns, valueColumns)
    (self.logarithms, self.strengths) = (logarithms, strengths)
    let left = logarithms.map { exponential($0) }
    let total = sum
    leftAtEnd = logarithms.map { exponential(total - $0) }
    let own = keys.view(rows: rows, columns: keyColumns)
    var system = Self.product(own, .plain, own, .transposed, rows: count, columns: count)
    Self.decay(&system, logarithms, upTo: -1)
    var scores = Self.product(
      queries.view(rows: rows, columns: keyColumns), .plain, own, .transposed, rows: count, columns: count)
    Self.decay(&scores, logarithms, upTo: 0)
    let said = Self.product(own, .plain, state, .plain, rows: count, columns: heads.valueSize)
    var written = Self.corrections(values, rows, valueColumns, said, left: left, strengths)
    Self.solve(&written, system, strengths)
    self.left = left
    self.system = system
    self.scores = scores
    self.said = said
    self.written = written
  }

  /// B (V − Γ K S)
  private static func corrections(
    _ values: borrowing Matrix, _ rows: Range<Int>, _ columns: Range<Int>, _ said: borrowing Matrix, left: [Float],
    _ strengths: [Float]
  ) -> Matrix {
    var result = Matrix(uninitializedRows: rows.count, columns: columns.count)
    for place in 0..<rows.count {
      let (old, new) = (said.row(place), values.row(rows.lowerBound + place))
      var target = result.mutableRow(place)
      for column in 0..<target.count {
        target[unchecked: column] =
          strengths[place] * (new[unchecked: columns.lowerBound + column] - left[place] * old[unchecked: column])
      }
    }
    return result
  }

  static func product(
    _ a: MatrixView, _ orientationA: Orientation, _ b: MatrixView, _ orientationB: Orientation, rows: Int, columns: Int
  ) -> Matrix {
    var result = Matrix(uninitializedRows: rows, columns: columns)
    var target = result.mutableView()
    multiply(a, orientationA, b, orientationB, into: &target)
    return result
  }

  /// Multiplies each element by Γᵢ/Γⱼ, up to the diagonal that `offset` says; what is above becomes 0.
  private static func decay(_ matrix: inout Matrix, _ logarithms: [Float], upTo offset: Int) {
    for row in 0..<matrix.rows {
      var values = matrix.mutableRow(row)
      let (count, own) = (row + 1 + offset, logarithms[row])
      for column in 0..<count { values[unchecked: column] *= exponential(own - logarithms[column]) }
      for column in count..<values.count { values[unchecked: column] = 0 }
    }
  }

  /// The same for what comes back.
  func decay(_ matrix: inout Matrix, upTo offset: Int) { Self.decay(&matrix, logarithms, upTo: offset) }

  /// X ← (I + A)⁻¹ X
  private static func solve(_ x: inout Matrix, _ system: borrowing Matrix, _ strengths: [Float]) {
    let width = x.columns
    var elements = x.mutableElements
    for row in 0..<strengths.count {
      let factors = system.row(row)
      for other in 0..<row {
        let factor = strengths[row] * factors[unchecked: other]
        for column in 0..<width {
          elements[unchecked: row &* width &+ column] -= factor * elements[unchecked: other &* width &+ column]
        }
      }
    }
  }

  /// X ← (I + A)⁻ᵀ X
  func solveTransposed(_ x: inout Matrix) {
    let width = x.columns
    var elements = x.mutableElements
    for row in (0..<rows.count).reversed() {
      let factors = system.row(row)
      for other in 0..<row {
        let factor = strengths[row] * factors[unchecked: other]
        for column in 0..<width {
          elements[unchecked: other &* width &+ column] -= factor * elements[unchecked: row &* width &+ column]
        }
      }
    }
  }

  /// Γ Q S plus scores times what was written.
  func read(_ queries: borrowing Matrix, _ state: MatrixView, into target: inout MutableMatrixView) {
    multiply(queries.view(rows: rows, columns: keyColumns), .plain, state, .plain, into: &target)
    for place in 0..<rows.count {
      let values = target.base + place * target.stride
      for column in 0..<target.columns { values[column] *= left[place] }
    }
    multiply(scores.view(), .plain, written.view(), .plain, into: &target, beta: 1)
  }

  /// S ← Γₙ S + Kᵀ X, with each key as far as it is left.
  func advance(_ state: inout Matrix, _ keys: borrowing Matrix) {
    let scaled = scaled(keys, keyColumns, by: leftAtEnd)
    var target = state.mutableView()
    multiply(scaled.view(), .transposed, written.view(), .plain, into: &target, beta: left[rows.count - 1])
  }

  /// Some columns of the chunk's rows, each row times a number.
  func scaled(_ matrix: borrowing Matrix, _ columns: Range<Int>, by factors: [Float]) -> Matrix {
    Self.scaled(matrix, rows, columns, by: factors)
  }

  /// Some rows and columns, each row times a number.
  static func scaled(
    _ matrix: borrowing Matrix, _ rows: Range<Int>, _ columns: Range<Int>, by factors: [Float]
  ) -> Matrix {
    var result = Matrix(uninitializedRows: rows.count, columns: columns.count)
    for place in 0..<rows.count {
      let source = matrix.row(rows.lowerBound + place)
      var target = result.mutableRow(place)
      for column in 0..<target.count {
        target[unchecked: column] = factors[place] * source[unchecked: columns.lowerBound + column]
      }
    }
    return result
  }
}
