import Checkpoints
import Models
import Tensors

/// Compares models with the one that they were made from.
package struct Comparison: Sendable {
  private let material: ValidationMaterial
  private let workers: Workers
  private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

  package init(
    _ material: ValidationMaterial, on workers: Workers,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    self.material = material
    self.workers = workers
    self.progress = progress
  }

  /// The figures of each candidate.
  ///
  /// - Parameters:
  ///   - kept: what the original made of the same material before; embeddings are not kept.
  ///   - withFloor: whether to measure what rounding the original's matrices to F16 costs. Where they are stored in F16 that is
  ///     nothing, and the answer costs nothing.
  package func measure(
    _ candidates: [EvaluatedModel], against original: ModelSource, kept: OriginalStates? = nil, withFloor: Bool
  ) throws(CheckpointError) -> [Measurements] {
    guard material.embedded.isEmpty else { return try measureEmbeddings(candidates, against: original) }
    let evaluation = Evaluation(material, on: workers, progress: progress)
    let runsFloor = withFloor && !EvaluatedModel.isFloat16(original)
    let all = candidates + (runsFloor ? [EvaluatedModel(original, .float16)] : [])
    var scores = try evaluation.scores(of: all, against: EvaluatedModel(original), kept: kept)
    let floor: [TokenScore]? =
      runsFloor ? scores.removeLast() : withFloor ? scores.first?.map(TokenScore.init(ofReference:)) : nil
    return scores.map { material.measurements($0, floor: floor, on: workers) }
  }

  private func measureEmbeddings(
    _ candidates: [EvaluatedModel], against original: ModelSource
  ) throws(CheckpointError) -> [Measurements] {
    let evaluation = EmbeddingEvaluation(material.embedded.map(\.sequences), on: workers, progress: progress)
    let embeddings = try evaluation.embeddings(of: [EvaluatedModel(original)] + candidates)
    return embeddings.dropFirst().map { own in
      Measurements(embeddings: EmbeddingComparison(material.embedded, embeddings[0], own, on: workers))
    }
  }
}

extension TokenScore {
  /// How the reference of a score judges the same token beside itself.
  fileprivate init(ofReference score: TokenScore) {
    self.init(
      referenceLoss: score.referenceLoss, loss: score.referenceLoss, divergence: 0, sameTop: true, top5Overlap: 1)
  }
}
