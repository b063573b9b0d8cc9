import Checkpoints
import Pipeline
import Spec

/// A pipeline file in the making: what `quantize` runs, and what `init` writes.
struct PipelineDraft {
  /// A product and where it goes.
  struct Product {
    let target: QuantizationTarget
    let path: String
  }

  let name: String
  let model: String
  let facts: ModelFacts
  /// One or more.
  let products: [Product]
  let calibration: [String]
  let heldOut: String
  let tokens: Int
  let report: String
  /// The command that made it, for the first line.
  let command: String

  /// Tokens of the default calibration and of what products are measured on.
  static let tokens = 32_768
  static let heldOutTokens = 16_384

  /// Tokens in one sequence.
  var context: Int { min(Defaults.context, facts.contextLength) }

  /// Transforms that some product asks for; all products of a run share them.
  var transforms: [String] {
    products.flatMap(\.target.transforms).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }
}

/// Limits that a sound product of its bits stays far below.
enum DefaultGates {
  /// Each as it stands in a pipeline file.
  static func lines(for products: [PipelineDraft.Product], _ facts: ModelFacts) -> [String] {
    let widest = products.map(\.target).max { bound($0) < bound($1) }
    let distance =
      facts.makesEmbeddings
      ? "mean_cosine: {min: \(widest.map(leastCosine) ?? 0)}" : "mean_kld: {max: \(widest.map(bound) ?? 0)}"
    return [distance, "tokenizer_mismatches: {max: 0}"]
  }

  /// Nats of divergence from the original: some times what sound products of published models have.
  static func bound(_ target: QuantizationTarget) -> Double {
    let bits = target.roundsInputs ? target.bits / 2 : target.bits
    return switch bits {
    case 8...: 0.02
    case 6..<8: 0.05
    case 5..<6: 0.1
    case 4..<5: 0.2
    case 3..<4: 0.6
    case 2..<3: 2
    default: 5
    }
  }

  private static func leastCosine(_ target: QuantizationTarget) -> Double {
    switch target.bits {
    case 8...: 0.999
    case 6..<8: 0.995
    case 5..<6: 0.99
    case 4..<5: 0.97
    case 3..<4: 0.9
    default: 0.7
    }
  }
}
