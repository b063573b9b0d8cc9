import Checkpoints
import Models
import Schemes
import Tensors

/// A container that a pipeline can emit, configured.
package protocol Writer: Sendable {
  /// The name by which pipeline files know it, such as `gguf`.
  var name: String { get }
  /// Whether a product can hold tensors of a format.
  func holds(_ format: any WeightFormat) -> Bool
  /// The type that a product can hold and that is most like a format that it cannot; nil where none is like it.
  func nearest(to format: any WeightFormat) -> String?
  /// The type that a product asks for by an option of its own; nil where `type` says it.
  var impliedType: String? { get }
  /// Whether products are folders: with the tokenizer's files of the original, whose name their cards tell.
  var makesFolder: Bool { get }
  /// Whether products tell their readers of the tokenizer as GGUF does.
  var describesTokenizer: Bool { get }
  /// Whether products hold a scale for what each quantized matrix reads.
  var holdsInputScales: Bool { get }
  /// How runtimes of products round what each quantized matrix reads under scales of their own; nil where they do not.
  var dynamicInputs: DynamicInputs? { get }
  /// Whether a type that tables can have too is meant for the matrices inside of blocks alone.
  var keepsTables: Bool { get }
  /// Why a product cannot hold a tensor whose format it holds, and what to do; nil where it can.
  func objection(to tensor: TensorPlan) -> String?
  /// Why a product cannot hold all these tensors together, each of which it can hold; nil where it can.
  func objection(to tensors: [TensorPlan]) -> String?
  /// What runtimes join a tensor to, all parts of which must have one type; nil where it stands by itself.
  func moduleOfOneType(_ tensor: TensorPlan) -> String?
  /// Why no product can be made of a model, or nil.
  func objection(to model: ModelSource) -> String?
  /// What readers of the product do otherwise than the model, or nil.
  func remark(on model: ModelSource) -> String?
  /// Whether a product stores a tensor as numbers of half precision.
  func storesInHalfPrecision(_ tensor: TensorPlan) -> Bool
  /// What to ask for instead where half precision cannot hold a weight of a tensor.
  func roomForLargeWeights(_ tensor: TensorPlan) -> String
  /// Opens a product under a temporary name beside `path`.
  func begin(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> any Product
}

extension Writer {
  package var impliedType: String? { nil }
  package var makesFolder: Bool { false }
  package var describesTokenizer: Bool { !makesFolder }
  package var holdsInputScales: Bool { false }
  package var dynamicInputs: DynamicInputs? { nil }
  package var keepsTables: Bool { false }
  package func nearest(to format: any WeightFormat) -> String? { nil }
  package func objection(to tensor: TensorPlan) -> String? { nil }
  package func objection(to tensors: [TensorPlan]) -> String? { nil }
  package func moduleOfOneType(_ tensor: TensorPlan) -> String? { nil }
  package func objection(to model: ModelSource) -> String? { nil }
  package func remark(on model: ModelSource) -> String? { nil }
  package func storesInHalfPrecision(_ tensor: TensorPlan) -> Bool { tensor.format is F16 }
  package func roomForLargeWeights(_ tensor: TensorPlan) -> String { tensor.typeForLargeWeights }
}

/// A file or folder in the making. Nothing stands under its name before what it hands over is published, and nothing is left of it when it is
/// let go of before.
package protocol Product: AnyObject {
  /// Where it will be published.
  var path: String { get }
  /// Bytes written, headers included. Final after `finish`.
  var byteCount: Int { get }
  /// Writes the next tensor of the plan.
  func append(_ tensor: PackedTensor, on workers: Workers) throws(CheckpointError)
  /// Ends the tensors and waits until they are on disk.
  func finish() throws(CheckpointError)
  /// Opens what was written, as any reader would.
  func reopen(on workers: Workers) throws(CheckpointError) -> ModelSource
  /// Notes measured figures inside of the product.
  func note(_ figures: [QualityFigure]) throws(CheckpointError)
  /// Hands the product over to be published together with others.
  func pending() throws(CheckpointError) -> PendingName
  /// Hands a refused product over to be put where it can be studied; nothing stands under its own name then.
  func kept(at path: String) throws(CheckpointError) -> PendingName
}

/// A measured figure that a product carries.
package struct QualityFigure: Sendable, Equatable {
  /// Such as `mean_kld`.
  package let name: String
  package let value: Double
  /// The ends of the 95 % interval, where there is one.
  package let low: Double?
  package let high: Double?

  package init(name: String, value: Double, low: Double? = nil, high: Double? = nil) {
    self.name = name
    self.value = value
    self.low = low
    self.high = high
  }
}
