import JSON
import Products
import Spec
import Validation

extension Plan {
  /// What one product of the pipeline file is made of.
  ///
  /// - Parameter options: of its recipe.
  package func product(_ index: Int, recipeDigest: String, options: String = "") -> ProductPlan {
    let own = forProduct(index)
    return ProductPlan(
      name: spec.name, type: own.type, tensors: own.tensors, model: model, source: source, vocabulary: vocabulary,
      calibration: calibration.map { text in
        .init(sequences: text.count, length: text.length, digest: text.digest())
      },
      figures: Measurements.carried.filter { validation?.digest(of: $0, in: .all) != nil }.map(\.rawValue),
      recipeDigest: recipeDigest,
      provenance: .init(
        options: options, calibration: calibrationWords,
        validation: spec.validation?.text.map { Self.texts($0.corpora, withShares: false) } ?? ""))
  }

  /// How the text was chosen that showed which weights matter, as a sentence.
  private var calibrationWords: String {
    guard let spec = spec.calibration else {
      return importance == nil
        ? "No calibration text: every weight has the nearest level, or its solver needs no data."
        : "Weighted by an importance matrix that was gathered before."
    }
    return "Calibrated on \(Self.texts(spec.corpora, withShares: true)): \(spec.budget.tokens) tokens in sequences of "
      + "\(spec.budget.context), seed \(spec.seed)."
  }

  /// Such as `general.txt (70 %), code.jsonl (30 %)`.
  private static func texts(_ corpora: [CorpusSpec], withShares: Bool) -> String {
    let sum = corpora.reduce(0) { $0 + $1.share }
    return corpora.map { corpus in
      let share = withShares && corpora.count > 1 ? " (\(Int((100 * corpus.share / sum).rounded())) %)" : ""
      return "`\(corpus.name.onOneLine.replacing("`", with: "'"))`\(share)"
    }.joined(separator: ", ")
  }
}
