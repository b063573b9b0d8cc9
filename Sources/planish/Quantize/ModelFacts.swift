import Checkpoints
import Models
import Tensors

/// What of a model decides the defaults of its pipeline.
struct ModelFacts: Equatable {
  /// Columns of the matrices inside of blocks, each number once.
  let columns: Set<Int>
  /// The most tokens that it was trained on at a time.
  let contextLength: Int
  /// Whether it makes embeddings and predicts no tokens.
  let makesEmbeddings: Bool

  init(_ model: ModelSource) {
    columns = Set(model.weights.filter { $0.layer != nil && !$0.isVector }.map(\.columns))
    contextLength = model.shape.contextLength
    makesEmbeddings = model.shape.choices.pooling != nil
  }

  init(columns: Set<Int>, contextLength: Int, makesEmbeddings: Bool) {
    self.columns = columns
    self.contextLength = contextLength
    self.makesEmbeddings = makesEmbeddings
  }
}
