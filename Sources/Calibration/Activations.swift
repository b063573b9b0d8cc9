import LinearAlgebra
import Models
import Tensors

/// All calibration or validation sequences at one depth of the network: the residual stream, and within a block what else
/// stands on its edges.
package struct Activations: ~Copyable {
  /// Whole sequences that are worked on at one time.
  package struct Batch: Sendable {
    package let index: Int
    /// In the whole text.
    package let rows: Range<Int>
    /// Among those that this process has.
    let place: Range<Int>
    /// Which of them belong together, counted from the first.
    package let sequences: SequenceRows
  }

  var stores: [Edge: HeldStore]
  /// The same after the next steps of the block, as far as batches have been moved there.
  private var next: [Edge: HeldStore] = [:]
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
  ///
  /// - Parameter ranks: each of which has some of the batches.
  package init(
    _ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights, over ranks: any Ranks = OneRank()
  ) {
    let columns = input.table.matrix.columns
    let all = Self.batches(of: sequences, columns: columns, shards: 1)
    let batches = all[ranks.share(of: all.count)].enumerated().map { index, batch in
      Batch(index: index, rows: batch.rows, place: batch.place, sequences: batch.sequences)
    }
    do {
      self.init(batches, try Self.embedded(batches, sequences, decoder, input, in: .memory), in: .memory)
    } catch {
      preconditionFailure("no room in memory: \(error)")
    }
  }

  /// The embeddings of the sequences of a calibration text.
  ///
  /// - Parameters:
  ///   - tokensPerBatch: how many are worked on at one time; nil for the usual number.
  ///   - ranks: each of which has some shards of the text.
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights, in storage: ActivationStorage,
    tokensPerBatch: Int? = nil, over ranks: any Ranks = OneRank()
  ) throws(FileError) {
    let batches = Self.batches(
      of: sequences, columns: input.table.matrix.columns, tokensPerBatch: tokensPerBatch, rank: ranks.index, of: ranks)
    self.init(batches, try Self.embedded(batches, sequences, decoder, input, in: storage), in: storage)
  }

  /// Room for what a network makes of the sequences of a calibration text: every batch is to be moved there before it is read.
  ///
  /// - Throws: `FileError` when it is to be in a file for which there is no room.
  package init(
    _ sequences: TokenSequences, columns: Int, in storage: ActivationStorage, tokensPerBatch: Int? = nil,
    over ranks: any Ranks = OneRank()
  ) throws(FileError) {
    let batches = Self.batches(
      of: sequences, columns: columns, tokensPerBatch: tokensPerBatch, rank: ranks.index, of: ranks)
    self.init(
      batches, try ActivationStore(batches, columns: columns, in: storage), columns: columns, in: storage)
  }

  private init(_ batches: [Batch], _ stream: consuming ActivationStore, columns: Int, in storage: ActivationStorage) {
    self.init(batches, [.blockInput: HeldStore(stream, columns: columns)], in: storage)
  }

  private init(_ batches: [Batch], _ stores: [Edge: HeldStore], in storage: ActivationStorage) {
    self.stores = stores
    self.batches = batches
    self.storage = storage
  }

  /// The batches of a calibration text that a rank has: those of its shards.
  package static func batches(
    of sequences: TokenSequences, columns: Int, tokensPerBatch: Int?, rank: Int, of ranks: any Ranks
  ) -> [Batch] {
    batches(
      of: sequences, columns: columns, shards: shards, tokensPerBatch: tokensPerBatch,
      own: ranks.share(of: shards, rank: rank))
  }

  /// - Parameter own: the shards that are asked for; nil for all.
  static func batches(
    of sequences: TokenSequences, columns: Int, shards: Int, tokensPerBatch: Int? = nil, own: Range<Int>? = nil
  ) -> [Batch] {
    let cut = sequences.rows.cut(shards: shards, rowsPerUnit: tokensPerUnit(hiddenSize: columns))
    let start = cut.units.first { own?.contains($0.shard) ?? true }?.rows.lowerBound ?? 0
    var first = 0
    return cut.batches(rows: tokensPerBatch ?? Self.tokensPerBatch(hiddenSize: columns), shards: own).enumerated().map {
      index, sequences in
      defer { first += sequences.rows }
      let place = first..<first + sequences.rows
      return Batch(
        index: index, rows: start + place.lowerBound..<start + place.upperBound, place: place, sequences: sequences)
    }
  }

  /// What the first block is given.
  private static func embedded(
    _ batches: [Batch], _ sequences: TokenSequences, _ decoder: Decoder, _ input: InputWeights,
    in storage: ActivationStorage
  ) throws(FileError) -> [Edge: HeldStore] {
    var stores: [Edge: HeldStore] = [:]
    for batch in batches {
      let edges = decoder.enter(Array(sequences.tokens[batch.rows]), input, batch.sequences)
      for edge in edges.all {
        if stores[edge] == nil {
          let columns = edges[edge].matrix.columns
          stores[edge] = HeldStore(try ActivationStore(batches, columns: columns, in: storage), columns: columns)
        }
        stores[edge]?.store.replace(batch, with: edges[edge].take())
      }
    }
    // A rank without sequences has a text without rows.
    if stores.isEmpty {
      let columns = input.table.matrix.columns
      stores[.blockInput] = HeldStore(try ActivationStore(batches, columns: columns, in: storage), columns: columns)
    }
    return stores
  }

  /// The same activations at the same depth, which go their own way from here on.
  ///
  /// - Precondition: every batch stands at the same place: none was moved past steps that others still stand before.
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package borrowing func duplicated() throws(FileError) -> Activations {
    var copy = Activations(batches, .none(batches), columns: 0, in: storage)
    copy.stores = [:]
    for (edge, held) in stores {
      copy.stores[edge] = HeldStore(try held.store.duplicated(batches, in: storage), columns: held.columns)
    }
    return copy
  }

  /// A copy of a batch of the residual stream alone.
  ///
  /// - Precondition: the text stands between blocks.
  package borrowing func stream(_ batch: Batch) -> Matrix {
    guard let stream = stores[.blockInput] else { preconditionFailure("a text in the middle of a block") }
    return stream.store.copy(batch)
  }

  /// A copy of a batch, to be worked on.
  package borrowing func copy(_ batch: Batch) -> Edges {
    let edges = Edges()
    for (edge, held) in stores { edges[edge] = HeldMatrix(held.store.copy(batch)) }
    return edges
  }

  /// A batch, to be worked on and put back, or moved.
  package mutating func take(_ batch: Batch) -> Edges {
    let edges = Edges()
    for (edge, held) in stores { edges[edge] = HeldMatrix(held.store.take(batch)) }
    return edges
  }

  /// Puts a batch back as it was taken.
  package mutating func putBack(_ batch: Batch, _ edges: Edges) {
    for (edge, held) in stores { held.store.putBack(batch, edges[edge].take()) }
  }

  /// Moves a batch past some steps of a block. All batches are moved, in order, before the first is read again.
  ///
  /// - Throws: `FileError` when there is no room in a file.
  package mutating func move(_ batch: Batch, to edges: Edges) throws(FileError) {
    if batch.index == 0 { next = try room(for: edges) }
    for (edge, held) in next { held.store.replace(batch, with: edges[edge].take()) }
    if batch.index == batches.count - 1 { (stores, next) = (next, [:]) }
  }

  /// A place for each edge: its own, or one of as many columns that nothing needs any more, since each batch was taken from there
  /// before another is put there.
  private borrowing func room(for edges: Edges) throws(FileError) -> [Edge: HeldStore] {
    var room = stores.filter { edge, held in edges.all.contains(edge) && edges[edge].matrix.columns == held.columns }
    var free = stores.filter { room[$0.key] == nil }
    for edge in edges.all where room[edge] == nil {
      let columns = edges[edge].matrix.columns
      if let old = free.first(where: { $0.value.columns == columns }) {
        room[edge] = free.removeValue(forKey: old.key)
      } else {
        room[edge] = HeldStore(try ActivationStore(batches, columns: columns, in: storage), columns: columns)
      }
    }
    return room
  }

  /// Moves every batch past whole blocks, in order.
  ///
  /// - Precondition: they are in memory.
  package mutating func update(_ body: (Edges, SequenceRows) -> Void) {
    precondition(storage == .memory, "a file may have no room")
    for batch in batches {
      let edges = take(batch)
      body(edges, batch.sequences)
      do { try move(batch, to: edges) } catch { preconditionFailure("no room in memory: \(error)") }
    }
  }
}
