import Checkpoints
import Models
import Tensors

/// Turns the residual stream by a random orthogonal matrix, so that no channel stands out, and folds it into all weights.
///
/// Norm weights are folded into the matrices that read them first: only a norm without weights commutes with a rotation
/// (Ashkboos et al., "SliceGPT", 2024; "QuaRot", 2024). The values of each head are turned too, and turned back by the
/// attention's output matrix. The result is an ordinary model of the same architecture; but where the embedding table is
/// also the output matrix, the last norm's weights part the two, and the model gets an output matrix of its own.
package struct Rotate: Transform {
  package let seed: UInt64
  /// Whether the values of each head are turned as well.
  package let rotatesHeads: Bool

  package init(seed: UInt64 = 0, heads: Bool = true) {
    self.seed = seed
    rotatesHeads = heads
  }

  package var name: String { "rotate" }
  package var editsWholeModel: Bool { true }

  package func obstacle(_ model: any ModelWeights) -> String? {
    if let part = model.carried.first {
      return "found \(model.carried.count) tensors beside the model of text, such as \(part), which read or write the "
        + "residual stream and would have to be turned too; expected model.drop of them, or no rotation"
    }
    for layer in 0..<model.shape.layers {
      let wiring = model.architecture.wiring(model.shape, layer: layer)
      if let obstacle = wiring.streamObstacle { return obstacle }
      if rotatesHeads, let obstacle = wiring.headObstacle { return "\(obstacle); expected heads: false" }
    }
    if model.shape.choices.pooling != nil {
      return "found a model that makes embeddings of the residual stream, which would be turned; expected no rotation"
    }
    let sizes = [("hidden size", model.shape.hiddenSize)] + (rotatesHeads ? [("head size", model.shape.headSize)] : [])
    for (what, size) in sizes where HadamardMatrix.factors(of: size) == nil {
      return "found a \(what) of \(size), for which no Hadamard matrix is known here; "
        + "expected a power of two, times 12, 20, 28 or another order that quadratic residues give"
    }
    return nil
  }

  package func applied(to model: any ModelWeights, on workers: Workers) -> any ModelWeights {
    guard let stream = HadamardRotation(size: model.shape.hiddenSize, seed: seed) else {
      preconditionFailure("a rotation that the plan did not check")
    }
    let heads = rotatesHeads ? HadamardRotation(size: model.shape.headSize, seed: seed &+ 1) : nil
    return RotatedModel(model, stream: stream, heads: heads, on: workers)
  }
}

/// A model whose residual stream is turned.
private struct RotatedModel: ModelWeights {
  private let base: any ModelWeights
  private let stream: HadamardRotation
  private let heads: HadamardRotation?
  private let workers: Workers
  let shape: DecoderShape
  let weights: [WeightSpec]

  init(_ base: any ModelWeights, stream: HadamardRotation, heads: HadamardRotation?, on workers: Workers) {
    self.base = base
    self.stream = stream
    self.heads = heads
    self.workers = workers
    var shape = base.shape
    shape.tiedOutput = false
    self.shape = shape
    weights = base.architecture.weights(shape, as: base.folderNames)
  }

  var architecture: any Architecture { base.architecture }
  var folderNames: WrapperNames? { base.folderNames }

  func matrix(_ spec: WeightSpec) throws(CheckpointError) -> Matrix {
    if let layer = spec.layer { return try block(layer)[spec.role].matrix.copy() }
    switch spec.role {
    case .outputNorm:
      return Matrix(rows: spec.rows, columns: spec.columns, repeating: 1)
    case .outputBias:
      return try base.matrix(spec)
    case .output:
      let norm = try base.matrix(.outputNorm)
      let output = try base.matrix(base.shape.tiedOutput ? .tokenEmbedding : .output)
      return rotated(scaledColumns(output, by: norm.array()))
    default:
      return rotated(try base.matrix(spec))
    }
  }

  func block(_ layer: Int) throws(CheckpointError) -> BlockWeights {
    var block = try base.block(layer)
    let wiring = architecture.wiring(shape, layer: layer)
    for input in wiring.normedInputs {
      guard let role = input.norm else { preconditionFailure("a rotation that the plan did not check") }
      let norm = block[role].matrix.array()
      for reader in input.readers {
        block[reader] = SharedMatrix(rotated(scaledColumns(block[reader].matrix, by: norm)))
      }
      block[role] = SharedMatrix(Matrix(rows: 1, columns: norm.count, repeating: 1))
    }
    for writer in wiring.residualWriters {
      block[writer] = SharedMatrix(stream.rotateRows(block[writer].matrix, on: workers))
    }
    for bias in wiring.residualBiases { block[bias] = SharedMatrix(rotated(block[bias].matrix.copy())) }
    guard let heads else { return block }
    for channels in wiring.channels where channels.areHeads {
      block[channels.writer] = SharedMatrix(heads.rotateRows(block[channels.writer].matrix, on: workers))
      for role in channels.readers + (channels.writerBias.map { [$0] } ?? []) {
        block[role] = SharedMatrix(rotated(block[role].matrix.copy(), by: heads))
      }
    }
    return block
  }

  private func rotated(_ matrix: consuming Matrix, by rotation: HadamardRotation? = nil) -> Matrix {
    (rotation ?? stream).rotateColumns(&matrix, on: workers)
    return matrix
  }
}
