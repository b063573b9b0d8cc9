import LinearAlgebra
import Tensors

/// What a selective scan does with each token, for each head.
struct ScanNumbers: ~Copyable {
  /// Δ, `[tokens, heads]`.
  let steps: Matrix
  /// A
  let rates: [Float]
  /// D
  let skips: [Float]
  /// Runs of heads that share keys and queries.
  let groups: Int
}

/// Some tokens of a sequence that follow each other, for one head of a selective scan; n tokens.
///
/// With Γᵢ = e^((Δ₁ + … + Δᵢ) A) and X = Δ x: Y = (C Bᵀ ∘ Γᵢ/Γⱼ) X + Γ C S + D x, and S ← Γₙ S + (Γₙ/Γ B)ᵀ X.
///
/// Dao and Gu, "Transformers are SSMs" (2024), section 6.
struct ScanChunk: ~Copyable {
  let rows: Range<Int>
  /// Those of the head in values.
  let columns: Range<Int>
  /// Those of its group in keys and queries.
  let keyColumns: Range<Int>
  /// Γᵢ: what is left of the state before the chunk.
  let left: [Float]
  /// Γₙ / Γᵢ: what is left at the end of what a token writes.
  let leftAtEnd: [Float]
  /// Γᵢ/Γⱼ on the diagonal and below it, `[n, n]`.
  let decays: Matrix
  /// cᵢ·bⱼ times that, `[n, n]`.
  let scores: Matrix
  /// X: what each token writes, `[n, head size]`.
  let written: Matrix

  init(
    _ rows: Range<Int>, _ head: Int, _ x: borrowing Matrix, _ b: borrowing Matrix, _ c: borrowing Matrix,
    _ numbers: borrowing ScanNumbers
  ) {
    let heads = numbers.rates.count
    let (size, keySize, group) = (x.columns / heads, b.columns / numbers.groups, head * numbers.groups / heads)
    let columns = head * size..<(head + 1) * size
    let keyColumns = group * keySize..<(group + 1) * keySize
    // Sums may be large where differences of them are small, and so they are of double precision.
    var sum = 0.0
    var (logarithms, steps): ([Double], [Float]) = ([], [])
    for row in rows {
      steps.append(numbers.steps[row, head])
      sum += Double(numbers.steps[row, head]) * Double(numbers.rates[head])
      logarithms.append(sum)
    }
    let total = sum
    left = logarithms.map { exponential(Float($0)) }
    leftAtEnd = logarithms.map { exponential(Float(total - $0)) }
    let decays = Matrix(rows: rows.count, columns: rows.count) {
      $1 <= $0 ? exponential(Float(logarithms[$0] - logarithms[$1])) : 0
    }
    var scores = DeltaChunk.product(
      c.view(rows: rows, columns: keyColumns), .plain, b.view(rows: rows, columns: keyColumns), .transposed,
      rows: rows.count, columns: rows.count)
    Self.multiply(&scores, by: decays)
    self.decays = decays
    self.scores = scores
    written = DeltaChunk.scaled(x, rows, columns, by: steps)
    (self.rows, self.columns, self.keyColumns) = (rows, columns, keyColumns)
  }

  static func multiply(_ matrix: inout Matrix, by factors: borrowing Matrix) {
    for row in 0..<matrix.rows {
      var values = matrix.mutableRow(row)
      combine(&values, factors.row(row)) { $0 * $1 }
    }
  }

  /// Y
  func read(
    _ c: borrowing Matrix, _ x: borrowing Matrix, _ state: MatrixView, skip: Float,
    into target: inout MutableMatrixView
  ) {
    LinearAlgebra.multiply(c.view(rows: rows, columns: keyColumns), .plain, state, .plain, into: &target)
    for place in 0..<rows.count {
      let (values, source) = (target.base + place * target.stride, x.row(rows.lowerBound + place))
      for column in 0..<columns.count {
        values[column] = values[column] * left[place] + skip * source[unchecked: columns.lowerBound + column]
      }
    }
    LinearAlgebra.multiply(scores.view(), .plain, written.view(), .plain, into: &target, beta: 1)
  }

  /// S ← Γₙ S + (Γₙ/Γ B)ᵀ X
  func advance(_ state: inout Matrix, _ b: borrowing Matrix) {
    let lasting = DeltaChunk.scaled(b, rows, keyColumns, by: leftAtEnd)
    var target = state.mutableView()
    LinearAlgebra.multiply(
      lasting.view(), .transposed, written.view(), .plain, into: &target, beta: left[rows.count - 1])
  }
}
