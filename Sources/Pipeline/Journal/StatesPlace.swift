import Checkpoints
import Products
import Spec
import Tensors
import Validation

/// Where it is kept what the original made of the texts and questions of a plan: beside the journals, by all that decides it.
struct StatesPlace {
  static let ending = ".states"

  private let place: JournalPlace
  private let about: JournalSummary.About

  /// Nil where there is nothing to keep: without texts and questions, or for models that make embeddings.
  init?(_ plan: Plan, _ inputs: RecipeInputs) {
    guard let material = plan.validation, material.embedded.isEmpty else { return nil }
    let products = plan.spec.products.map(\.path.absolute)
    var digest = SHA256()
    digest.update(Planish.version)
    for input in inputs.weights + inputs.configuration { digest.update("\n\(input.name) \(input.sha256)") }
    let options = plan.spec.resolved.entries.first { $0.key == "model" }?.value.without(["path", "adapters"])
    digest.update("\n\(options?.description ?? "")\n\(material.digestOfPositions)\n\(Arithmetic.current)")
    place = JournalPlace(key: digest.hexadecimal(), ending: Self.ending, beside: products)
    about = JournalSummary.About(
      name: plan.spec.name, type: "the original's answers", layers: nil)
  }

  /// - Parameter fresh: whether to begin anew.
  /// - Returns: nil where another run holds it: then this one runs the original itself.
  func open(fresh: Bool) throws(CheckpointError) -> OriginalStates? {
    try OriginalStates(path: place.path, key: place.key, about: Journal.encode(about), fresh: fresh)
  }
}
