import Tensors

/// How the last hidden states of a text become one embedding.
///
/// Reimers and Gurevych, "Sentence-BERT" (2019), section 3.
package enum Pooling: String, Sendable, CaseIterable {
  /// The mean over all tokens.
  case mean
  /// The state of the first token, which BERT's tokenizer puts before every text.
  case cls
  /// The state of the last token.
  case last

  /// One row for each sequence, `[sequences, hidden]`, of length 1.
  ///
  /// - Parameter hidden: the last hidden states, `[tokens, hidden]`.
  package func embeddings(_ hidden: borrowing Matrix, _ sequences: SequenceRows) -> Matrix {
    precondition(hidden.rows == sequences.rows, "one row for each token")
    var result = Matrix(rows: sequences.count, columns: hidden.columns)
    for (place, rows) in sequences.ranges.enumerated() {
      let sum = sum(hidden, rows)
      // A direction; the zero vector has none and stays.
      let norm = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
      for (column, value) in sum.enumerated() { result[place, column] = Float(norm > 0 ? value / norm : value) }
    }
    return result
  }

  /// What has the direction of the pooled state.
  private func sum(_ hidden: borrowing Matrix, _ rows: Range<Int>) -> [Double] {
    let pooled: Range<Int>
    switch self {
    case .mean: pooled = rows
    case .cls: pooled = rows.lowerBound..<rows.lowerBound + 1
    case .last: pooled = rows.upperBound - 1..<rows.upperBound
    }
    var sum = [Double](repeating: 0, count: hidden.columns)
    for row in pooled {
      let values = hidden.row(row)
      for column in 0..<values.count { sum[column] += Double(values[column]) }
    }
    return sum
  }
}
