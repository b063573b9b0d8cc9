import Models
import Tensors

/// Activations as bytes, so that another process can go on with them.
extension Activations {
  /// One edge that activations stand on between blocks.
  package struct StoredEdge: Sendable, Codable, Equatable {
    package let name: String
    /// The block that writes it, where later blocks read it too.
    package let layer: Int?
    package let columns: Int

    fileprivate var edge: Edge { Edge(name, layer: layer) }
  }

  /// What stands on which edges, in the order in which `forEachPart` tells it.
  package var storedEdges: [StoredEdge] {
    stores.map { StoredEdge(name: $0.key.name, layer: $0.key.layer, columns: $0.value.columns) }
      .sorted { ($0.name, $0.layer ?? -1) < ($1.name, $1.layer ?? -1) }
  }

  /// Bytes of edges.
  package static func byteCount(_ edges: [StoredEdge], rows: Int) -> Int {
    edges.reduce(0) { $0 + rows * $1.columns * MemoryLayout<Float>.stride }
  }

  /// Hands over what stands on an edge, batch after batch.
  package borrowing func forEachPart<E: Error>(of edge: StoredEdge, _ body: (RawSpan) throws(E) -> Void) throws(E) {
    guard let held = stores[edge.edge] else { preconditionFailure("an edge that is listed stands somewhere") }
    for batch in batches {
      switch held.store {
      case .memory(let matrices): try Self.hand(matrices[batch.index].matrix, body)
      case .file(let matrix): try Self.hand(matrix.copy(rows: batch.place), body)
      }
    }
  }

  private static func hand<E: Error>(_ rows: borrowing Matrix, _ body: (RawSpan) throws(E) -> Void) throws(E) {
    try body(rows.elements.bytes)
  }

  /// Activations as `forEachPart` told them, between two blocks.
  ///
  /// - Parameters:
  ///   - ranks: each of which has some shards of the text.
  ///   - rows: what stands on an edge, of one batch; all batches of an edge come one after the other.
  /// - Throws: `FileError` when they are to be in a file for which there is no room.
  package static func restored(
    _ sequences: TokenSequences, _ edges: [StoredEdge], hiddenSize: Int, in storage: ActivationStorage,
    tokensPerBatch: Int, over ranks: any Ranks, _ rows: (StoredEdge, Batch) -> Matrix
  ) throws(FileError) -> Activations {
    var restored = try Activations(
      sequences, columns: hiddenSize, in: storage, tokensPerBatch: tokensPerBatch, over: ranks)
    let batches = restored.batches
    restored.stores = [:]
    for stored in edges {
      let held = HeldStore(
        try ActivationStore(batches, columns: stored.columns, in: storage), columns: stored.columns)
      for batch in batches { held.store.replace(batch, with: rows(stored, batch)) }
      restored.stores[stored.edge] = held
    }
    return restored
  }
}
