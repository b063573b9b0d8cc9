import Models
import Spec

/// What a backward pass asks of a model and a pipeline.
extension Planner {
  /// Refuses gradients that cannot be had.
  mutating func checkGradients(_ model: any ModelWeights) {
    guard spec.calibration?.gradients != nil else { return }
    func refuse(_ why: String) { mistakes.append(spec.diagnostic(at: "calibrate.gradients", why)) }
    if model.shape.choices.pooling != nil {
      refuse("found gradients, expected none: this model makes embeddings and predicts no tokens")
    }
    for layer in 0..<model.shape.layers {
      let inputs = model.architecture.steps(model.shape, layer: layer).inputs.keys.filter { $0 != .blockInput }
      guard let edge = inputs.first else { continue }
      refuse(
        "found gradients, expected none: block \(layer) of this model reads \(edge.label) of an earlier block, and gradients go "
          + "back through the residual stream alone")
      break
    }
    if spec.calibration?.inputs == .original,
      let transform = spec.transforms.first(where: { !$0.variant.editsWholeModel })
    {
      refuse(
        "found calibrate.gradients with the transform \(transform.name) and inputs: original, expected inputs: quantized: "
          + "gradients are taken of blocks that were edited as a whole")
    }
  }
}
