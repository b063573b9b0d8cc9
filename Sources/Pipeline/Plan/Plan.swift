import Calibration
import Checkpoints
import Models
import Schemes
import Solvers
import Tensors
import Tokenizers
import Transforms
import Validation

/// A pipeline resolved against its model: what every tensor becomes, on which tokens, in which products.
///
/// This is the compiler's intermediate form. Whatever can be known without running the model is known here.
package struct Plan: Sendable {
  package let spec: Spec
  /// The original, with which products are compared.
  package let model: ModelSource
  /// What is compiled: the original, or what transforms of the whole model make of it.
  package let source: any ModelWeights
  /// Transforms of each block, in order.
  package let blockTransforms: [any Transform]
  package let tokenizer: Tokenizer
  /// The tokenizer as GGUF files describe it, with a token for every row of the embedding table.
  package let vocabulary: GGUFVocabulary
  /// Every tensor of the products, in the order in which they are compiled.
  package let tensors: [TensorPlan]
  package let calibration: TokenSequences?
  /// Takes the place of calibration.
  package let importance: ImportanceMatrix?
  package let validation: ValidationMaterial?
  /// What gates compare with.
  package let baseline: PublishedRecord?
  /// What a user should know and need not change.
  package let warnings: [Diagnostic]

  /// Bytes of all tensors, without any container's header.
  package var tensorBytes: Int { tensors.reduce(0) { $0 + $1.bytes } }
  /// Storage for one weight over the whole model, in bits, without any container's header.
  package var bitsPerWeight: Double {
    8 * Double(tensorBytes) / Double(tensors.reduce(0) { $0 + $1.spec.rows * $1.spec.columns })
  }
  /// The tensors that do not get the type that was asked for.
  package var fallbacks: [TensorPlan] { tensors.filter { $0.fallback != nil } }

  /// Whether calibration follows the original network too: some solver wants to know how far its inputs have drifted, and
  /// they can.
  package var observesDrift: Bool {
    spec.calibration?.inputs == .quantized && tensors.contains { $0.solver?.needs == .drift }
  }

  /// The tensors of one block.
  package func tensors(layer: Int) -> [TensorPlan] {
    tensors.filter { $0.spec.layer == layer }
  }

  /// The tensor of a role outside of all blocks.
  package func table(_ role: Role) -> TensorPlan? {
    tensors.first { $0.spec.role == role && $0.spec.layer == nil }
  }
}

/// What becomes of one tensor.
package struct TensorPlan: Sendable {
  package let spec: WeightSpec
  /// The type that the pipeline file or its mix asks for.
  package let typeAsked: String
  /// The type that it gets.
  package let format: any WeightFormat
  /// Why it does not get the type that was asked for.
  package let fallback: String?
  /// Who chooses its codes; nil where the format has none to choose.
  package let solver: (any Solver)?

  package var name: String { spec.label }
  package var bytes: Int { spec.rows * format.bytesPerRow(columns: spec.columns) }
}
