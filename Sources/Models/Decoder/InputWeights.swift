import Checkpoints
import Tensors

/// What turns tokens into the rows that the first block reads.
package struct InputWeights: Sendable {
  /// The embedding table `[vocabulary, hidden]`.
  package let table: SharedMatrix
  /// A vector for each position, where they are learned.
  package var positions: SharedMatrix?
  /// A vector for each type of token, of which a text by itself has the first.
  package var types: SharedMatrix?
  /// Of the sum, where there is one.
  package var norm: SharedMatrix?
  package var normBias: SharedMatrix?

  /// What makes the embeddings of each layer, where there are any.
  package var layers: LayerEmbeddings?

  package struct LayerEmbeddings: Sendable {
    /// `[vocabulary, layers · size]`
    package let table: SharedMatrix
    /// `[layers · size, hidden]`
    package let projection: SharedMatrix
    /// Of what the projection makes for each layer.
    package let norm: SharedMatrix
  }

  package init(table: SharedMatrix) {
    self.table = table
  }

  /// Reads the tensors of a model that has them.
  package init<E: Error>(reading matrix: (Role) throws(E) -> SharedMatrix?) throws(E) {
    guard let table = try matrix(.tokenEmbedding) else { preconditionFailure("a model without an embedding table") }
    self.table = table
    positions = try matrix(.positionEmbedding)
    types = try matrix(.tokenTypeEmbedding)
    norm = try matrix(.embeddingNorm)
    normBias = try matrix(.embeddingNormBias)
    if let table = try matrix(.layerEmbedding), let projection = try matrix(.layerEmbeddingProjection),
      let norm = try matrix(.layerEmbeddingNorm)
    {
      layers = LayerEmbeddings(table: table, projection: projection, norm: norm)
    }
  }
}

extension ModelWeights {
  /// Reads what turns tokens into the rows that the first block reads.
  package func input() throws(CheckpointError) -> InputWeights {
    try InputWeights { role throws(CheckpointError) in try optional(role) }
  }
}
