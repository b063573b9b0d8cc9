import LinearAlgebra
import Models
import Tensors

/// The residual stream of all calibration or validation sequences at one depth of the network.
package struct Activations: ~Copyable {
  /// `[sequences · length, hidden]`
  private var hidden: Matrix
  private let sequenceLength: Int
  /// Rows that are worked on at a time; whole sequences.
  private let rowsPerBatch: Int

  /// About as many tokens as keep every product efficient while the widest activations stay small.
  private static let tokensPerBatch = 2048

  /// The embeddings of the sequences.
  package init(_ sequences: TokenSequences, _ decoder: Decoder, table: borrowing Matrix) {
    hidden = decoder.embed(sequences.tokens, table)
    sequenceLength = sequences.length
    rowsPerBatch = max(1, Self.tokensPerBatch / sequences.length) * sequences.length
  }

  /// Replaces every batch by what `body` makes of it, in order.
  package mutating func update<E: Error>(_ body: (inout Matrix) throws(E) -> Void) throws(E) {
    for start in stride(from: 0, to: hidden.rows, by: rowsPerBatch) {
      var batch = hidden.copy(rows: start..<min(hidden.rows, start + rowsPerBatch))
      try body(&batch)
      hidden.replaceRows(from: start, with: batch)
    }
  }

  /// Shows every batch, in order. `body` may work on its copy.
  package borrowing func forEachBatch<E: Error>(_ body: (inout Matrix) throws(E) -> Void) throws(E) {
    for start in stride(from: 0, to: hidden.rows, by: rowsPerBatch) {
      var batch = hidden.copy(rows: start..<min(hidden.rows, start + rowsPerBatch))
      try body(&batch)
    }
  }

  /// Some rows in any order, `[rows, hidden]`.
  package borrowing func rows(_ rows: [Int]) -> Matrix {
    var result = Matrix(rows: rows.count, columns: hidden.columns)
    for (place, row) in rows.enumerated() {
      let source = hidden.row(row)
      var target = result.mutableRow(place)
      for column in 0..<source.count { target[unchecked: column] = source[unchecked: column] }
    }
    return result
  }
}
