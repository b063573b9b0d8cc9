import Products
import Validation

extension Plan {
  /// What one product of the pipeline file is made of.
  package func product(_ index: Int, recipeDigest: String) -> ProductPlan {
    let own = forProduct(index)
    return ProductPlan(
      name: spec.name, type: own.type, tensors: own.tensors, model: model, source: source, vocabulary: vocabulary,
      calibration: calibration.map { text in
        .init(sequences: text.count, length: text.length, digest: text.digest())
      },
      figures: Measurements.carried.filter { validation?.digest(of: $0, in: .all) != nil }.map(\.rawValue),
      recipeDigest: recipeDigest)
  }
}
