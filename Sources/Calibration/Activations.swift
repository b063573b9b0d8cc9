import LinearAlgebra
import Models
import Tensors

/// All calibration or validation sequences at one depth of the network: the residual stream, and within a block what stands
/// beside it.
package struct Activations: ~Copyable {
  /// Whole sequences that are worked on at one time.
  package struct Batch: Sendable {
    package let index: Int
    package let rows: Range<Int>
    /// Which of them belong together, counted from the first.
    package let sequences: SequenceRows
  }

  /// `[tokens, hidden]`
  private var hidden: ActivationStore
  /// `[tokens, n]`: no columns between blocks.
  private var carried: ActivationStore
  /// The same after the next part of the block, as far as batches have been moved there.
  private var next: ActivationStore
  private let storage: ActivationStorage
  /// In order.
  package let batches: [Batch]

  /// About as many tokens as keep every product efficient while the widest activations stay small. In narrow models,
  /// waiting for the slower worker counts for more.
  package static func tokensPerUnit(hiddenSize: Int) -> Int { hiddenSize < 1024 ? 2048 : 1024 }

  /// Tokens that are worked on at one time: how many changes no bit of what comes of them.
  package static func tokensPerBatch(hiddenSize: Int) -> Int { tokensPerUnit(hiddenSize: hiddenSize) }

  /// The parts of a calibration text whose sums are taken by themselves.
  package static let shards = 16

  /// The embeddings of the sequences, in memory.
  package init(_ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights) {
    let batches = Self.batches(of: sequences, columns: input.table.matrix.columns, shards: 1)
    self.init(batches, ActivationStore(batches), in: .memory)
    embed(sequences, decoder, input)
  }

  /// The embeddings of the sequences of a calibration text.
  ///
  /// - Parameter tokensPerBatch: how many are worked on at one time; nil for the usual number.
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights, in storage: ActivationStorage,
    tokensPerBatch: Int? = nil
  ) throws(FileError) {
    try self.init(
      sequences, columns: input.table.matrix.columns, in: storage, tokensPerBatch: tokensPerBatch)
    embed(sequences, decoder, input)
  }

  /// Room for what a network makes of the sequences of a calibration text: every batch is to be moved there before it is read.
  ///
  /// - Throws: `FileError` when it is to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, columns: Int, in storage: ActivationStorage, tokensPerBatch: Int? = nil
  ) throws(FileError) {
    let batches = Self.batches(
      of: sequences, columns: columns, shards: Self.shards, tokensPerBatch: tokensPerBatch)
    self.init(batches, try ActivationStore(batches, columns: columns, in: storage), in: storage)
  }

  private init(_ batches: [Batch], _ hidden: consuming ActivationStore, in storage: ActivationStorage) {
    self.hidden = hidden
    carried = .none(batches)
    next = .none(batches)
    self.batches = batches
    self.storage = storage
  }

  private static func batches(
    of sequences: TokenSequences, columns: Int, shards: Int, tokensPerBatch: Int? = nil
  ) -> [Batch] {
    let cut = sequences.rows.cut(shards: shards, rowsPerUnit: tokensPerUnit(hiddenSize: columns))
    var first = 0
    return cut.batches(rows: tokensPerBatch ?? Self.tokensPerBatch(hiddenSize: columns)).enumerated().map {
      index, sequences in
      defer { first += sequences.rows }
      return Batch(index: index, rows: first..<first + sequences.rows, sequences: sequences)
    }
  }

  private mutating func embed(_ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights) {
    for batch in batches {
      hidden.replace(batch, with: decoder.embed(Array(sequences.tokens[batch.rows]), input, batch.sequences))
    }
  }

  /// The same activations at the same depth, which go their own way from here on.
  ///
  /// - Precondition: every batch stands at the same place: none was moved past parts that others still stand before.
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package borrowing func duplicated() throws(FileError) -> Activations {
    var copy = Activations(batches, try hidden.duplicated(batches, in: storage), in: storage)
    copy.carried = try carried.duplicated(batches, in: storage)
    return copy
  }

  /// A copy of a batch, to be worked on.
  package borrowing func copy(_ batch: Batch) -> BlockState {
    BlockState(hidden: hidden.copy(batch), carried: carried.copy(batch))
  }

  /// A copy of a batch of the residual stream alone.
  package borrowing func stream(_ batch: Batch) -> Matrix {
    hidden.copy(batch)
  }

  /// A batch, to be worked on and put back, or moved.
  package mutating func take(_ batch: Batch) -> BlockState {
    BlockState(hidden: hidden.take(batch), carried: carried.take(batch))
  }

  /// Puts a batch back as it was taken.
  package mutating func putBack(_ batch: Batch, _ state: consuming BlockState) {
    hidden.putBack(batch, state.hidden)
    carried.putBack(batch, state.carried)
  }

  /// Moves a batch past some parts of a block. All batches are moved, in order, before the first is read again.
  ///
  /// - Throws: `FileError` when there is no room in a file.
  package mutating func move(_ batch: Batch, to state: consuming BlockState) throws(FileError) {
    if batch.index == 0 { next = try ActivationStore(batches, columns: state.carried.columns, in: storage) }
    hidden.replace(batch, with: state.hidden)
    next.replace(batch, with: state.carried)
    if batch.index == batches.count - 1 {
      carried = .none(batches)
      swap(&carried, &next)
    }
  }

  /// Moves every batch past whole blocks, in order.
  package mutating func update<E: Error>(
    _ body: (inout Matrix, SequenceRows) throws(E) -> Void
  ) throws(E) {
    for batch in batches {
      var rows = hidden.take(batch)
      try body(&rows, batch.sequences)
      hidden.replace(batch, with: rows)
    }
  }
}
