import Checkpoints
import Tensors

/// The weights of a model, read when they are needed: those of a checkpoint, or those that a transform makes of them.
///
/// Whatever stands behind it, every one of them computes the same function as the checkpoint.
package protocol ModelWeights: Sendable {
  var architecture: any Architecture { get }
  var shape: DecoderShape { get }
  /// What a folder that holds more than this model calls its tensors; nil where it has names of its own.
  var folderNames: WrapperNames? { get }
  /// Tensors beside this model that read or write its residual stream, such as those of a vision tower.
  var carried: [String] { get }
  /// Every tensor that the architecture reads.
  var weights: [WeightSpec] { get }
  /// Reads a tensor as Float32, as the decoder works with it, `[rows, columns]`.
  func matrix(_ spec: WeightSpec) throws(CheckpointError) -> Matrix
  /// Reads one block.
  func block(_ layer: Int) throws(CheckpointError) -> BlockWeights
}

extension ModelWeights {
  package var carried: [String] { [] }

  /// Reads a table or the last norm.
  ///
  /// - Precondition: the architecture has it.
  package func matrix(_ role: Role) throws(CheckpointError) -> Matrix {
    if let ones = shape.ones(role) { return ones.matrix.copy() }
    guard let spec = spec(role, layer: nil) else { preconditionFailure("a model without \(role)") }
    return try matrix(spec)
  }

  /// Reads a table or vector that only some families have.
  package func optional(_ role: Role) throws(CheckpointError) -> SharedMatrix? {
    if let ones = shape.ones(role) { return ones }
    guard let spec = spec(role, layer: nil) else { return nil }
    return SharedMatrix(try matrix(spec))
  }

  /// The tensor of a role in a block, or outside of all blocks.
  package func spec(_ role: Role, layer: Int?) -> WeightSpec? {
    weights.first { $0.role == role && $0.layer == layer }
  }
}

extension DecoderShape {
  /// What stands for the weights of the last norm in families whose norms have none.
  package func ones(_ role: Role) -> SharedMatrix? {
    role == .outputNorm && !choices.norm.hasWeights ? .ones(columns: hiddenSize) : nil
  }
}
