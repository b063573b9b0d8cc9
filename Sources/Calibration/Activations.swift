import LinearAlgebra
import Models
import Tensors

/// The residual stream of all calibration or validation sequences at one depth of the network.
package struct Activations: ~Copyable {
  /// `[sequences · length, hidden]`
  private var hidden: ActivationStore
  private let sequenceLength: Int
  /// Rows that are worked on at a time; whole sequences.
  private let rowsPerBatch: Int

  /// About as many tokens as keep every product efficient while the widest activations stay small.
  package static let tokensPerBatch = 2048

  /// The embeddings of the sequences, in memory.
  package init(_ sequences: TokenSequences, _ decoder: Decoder, table: borrowing Matrix) {
    self.init(sequences, .memory(decoder.embed(sequences.tokens, table)))
  }

  /// The embeddings of the sequences.
  ///
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, _ decoder: Decoder, table: borrowing Matrix, in storage: ActivationStorage
  ) throws(FileError) {
    try self.init(sequences, columns: table.columns, in: storage)
    for batch in batches { replace(batch, with: decoder.embed(Array(sequences.tokens[batch]), table)) }
  }

  /// Room for what a network makes of the sequences; all zero.
  ///
  /// - Throws: `FileError` when it is to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, columns: Int, in storage: ActivationStorage
  ) throws(FileError) {
    self.init(sequences, try ActivationStore(rows: sequences.tokens.count, columns: columns, in: storage))
  }

  private init(_ sequences: TokenSequences, _ hidden: consuming ActivationStore) {
    self.hidden = hidden
    sequenceLength = sequences.length
    rowsPerBatch = max(1, Self.tokensPerBatch / sequences.length) * sequences.length
  }

  /// The rows of each batch, in order.
  package var batches: [Range<Int>] {
    stride(from: 0, to: hidden.rows, by: rowsPerBatch).map { $0..<min(hidden.rows, $0 + rowsPerBatch) }
  }

  /// The rows of a batch, to be worked on.
  package borrowing func batch(_ rows: Range<Int>) -> Matrix {
    hidden.copy(rows: rows)
  }

  /// Puts a batch back.
  package mutating func replace(_ rows: Range<Int>, with batch: borrowing Matrix) {
    hidden.replaceRows(from: rows.lowerBound, with: batch)
  }

  /// Replaces every batch by what `body` makes of it, in order.
  package mutating func update<E: Error>(_ body: (inout Matrix) throws(E) -> Void) throws(E) {
    for rows in batches {
      var batch = batch(rows)
      try body(&batch)
      replace(rows, with: batch)
    }
  }

  /// Shows every batch, in order. `body` may work on its copy.
  package borrowing func forEachBatch<E: Error>(_ body: (inout Matrix) throws(E) -> Void) throws(E) {
    for rows in batches {
      var batch = batch(rows)
      try body(&batch)
    }
  }

  /// Some rows in any order, `[rows, hidden]`.
  package borrowing func rows(_ rows: [Int]) -> Matrix {
    var result = Matrix(rows: rows.count, columns: hidden.columns)
    for (place, row) in rows.enumerated() { result.replaceRows(from: place, with: hidden.copy(rows: row..<row + 1)) }
    return result
  }
}
