import LinearAlgebra
import Models
import Tensors

/// The residual stream of all calibration or validation sequences at one depth of the network.
package struct Activations: ~Copyable {
  /// Whole sequences that are worked on at one time.
  package struct Batch: Sendable {
    package let rows: Range<Int>
    /// Which of them belong together, counted from the first.
    package let sequences: SequenceRows
  }

  /// `[tokens, hidden]`
  private var hidden: ActivationStore
  /// In order.
  package let batches: [Batch]

  /// About as many tokens as keep every product efficient while the widest activations stay small. In narrow models,
  /// waiting for the slower worker counts for more.
  package static func tokensPerBatch(hiddenSize: Int) -> Int { hiddenSize < 1024 ? 2048 : 1024 }

  /// The embeddings of the sequences, in memory.
  package init(_ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights) {
    self.init(sequences, .memory(decoder.embed(sequences.tokens, input, sequences.rows)))
  }

  /// The embeddings of the sequences.
  ///
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights, in storage: ActivationStorage
  ) throws(FileError) {
    try self.init(sequences, columns: input.table.matrix.columns, in: storage)
    for batch in batches {
      replace(batch, with: decoder.embed(Array(sequences.tokens[batch.rows]), input, batch.sequences))
    }
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
    let limit = Self.tokensPerBatch(hiddenSize: hidden.columns)
    self.hidden = hidden
    batches = sequences.rows.batches(rows: limit).map { range in
      let first = sequences.rows.ranges[range.lowerBound].lowerBound
      let end = sequences.rows.ranges[range.upperBound - 1].upperBound
      return Batch(rows: first..<end, sequences: sequences.rows[range])
    }
  }

  /// The rows of a batch, to be worked on.
  package borrowing func batch(_ batch: Batch) -> Matrix {
    hidden.copy(rows: batch.rows)
  }

  /// Puts a batch back.
  package mutating func replace(_ batch: Batch, with rows: borrowing Matrix) {
    hidden.replaceRows(from: batch.rows.lowerBound, with: rows)
  }

  /// Replaces every batch by what `body` makes of it, in order.
  package mutating func update<E: Error>(
    _ body: (inout Matrix, SequenceRows) throws(E) -> Void
  ) throws(E) {
    for batch in batches {
      var rows = self.batch(batch)
      try body(&rows, batch.sequences)
      replace(batch, with: rows)
    }
  }

  /// Shows every batch, in order. `body` may work on its copy.
  package borrowing func forEachBatch<E: Error>(
    _ body: (inout Matrix, SequenceRows) throws(E) -> Void
  ) throws(E) {
    for batch in batches {
      var rows = self.batch(batch)
      try body(&rows, batch.sequences)
    }
  }
}
