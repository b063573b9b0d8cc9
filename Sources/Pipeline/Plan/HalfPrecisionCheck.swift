import Checkpoints
import Models
import Products
import Spec
import Tensors

/// Finds weights that half precision cannot hold, before anything is calibrated.
///
/// It reads every tensor that some product stores in half precision and the original does not, each once. What transforms of
/// single blocks make of weights is not known yet: the run looks at those again (`CompiledTensor`).
struct HalfPrecisionCheck {
  private let spec: Spec
  private let model: ModelSource
  private let source: any ModelWeights
  private let hasBlockTransforms: Bool
  /// The first weight of each tensor that is too large, by the tensor's place in the plan.
  private var found: [Int: Overflow?] = [:]

  /// - Parameter source: what is compiled: the original, or what transforms of the whole model make of it.
  init(_ spec: Spec, _ model: ModelSource, _ source: any ModelWeights) {
    self.spec = spec
    self.model = model
    self.source = source
    hasBlockTransforms = spec.transforms.contains { !$0.variant.editsWholeModel }
  }

  /// Every product with a weight that it cannot hold, with the first of them.
  mutating func mistakes(
    _ editions: [Edition], _ editionOfProduct: [Int]
  ) throws(CheckpointError) -> [Diagnostic] {
    var mistakes: [Diagnostic] = []
    for (product, edition) in zip(spec.products, editionOfProduct) {
      let writer = product.writer.variant
      var overflows: [(tensor: TensorPlan, weight: Overflow)] = []
      for (place, tensor) in editions[edition].tensors.enumerated() where writer.storesInHalfPrecision(tensor) {
        if let weight = try overflow(tensor, at: place) { overflows.append((tensor, weight)) }
      }
      guard let (tensor, weight) = overflows.first else { continue }
      let others = overflows.count > 1 ? " (and weights like it in \(overflows.count - 1) more tensors)" : ""
      mistakes.append(
        Diagnostic(
          product.writer.position,
          "found \(weight) of \(model.name(of: tensor.spec))\(others), which becomes infinite in the half precision of this "
            + "\(writer.name) product; expected \(writer.roomForLargeWeights(tensor))"))
    }
    return mistakes
  }

  private mutating func overflow(_ tensor: TensorPlan, at place: Int) throws(CheckpointError) -> Overflow? {
    if let known = found[place] { return known }
    let weight = canOverflow(tensor.spec) ? Overflow(in: try source.matrix(tensor.spec)) : nil
    found[place] = .some(weight)
    return weight
  }

  /// Whether a tensor may hold what half precision does not, as far as can be known without reading it.
  private func canOverflow(_ weight: WeightSpec) -> Bool {
    if hasBlockTransforms, weight.layer != nil { return false }
    guard model.adapters.isEmpty, spec.transforms.isEmpty,
      case .weights(let format)? = model.source.tensors[model.name(of: weight)]?.storage
    else { return true }
    return format.name != "f16"
  }
}
