import Checkpoints
import Models
import Schemes

/// Emits a Hugging Face folder whose weights are those of the quantized model, decoded: what any program that reads
/// ordinary checkpoints runs, and what quality can be measured on without a kernel for the type.
package struct SafetensorsProductWriter: Writer {
  /// The type of all tensors.
  package let type: FolderFloats
  /// No file holds more bytes of tensors than this, but for a single larger one.
  package let shardBytes: Int

  package static let defaultShardBytes = 5_000_000_000

  package init(type: FolderFloats = .f16, shardBytes: Int = defaultShardBytes) {
    self.type = type
    self.shardBytes = shardBytes
  }

  package var name: String { "safetensors" }

  package var makesFolder: Bool { true }

  package func holds(_ format: any WeightFormat) -> Bool { true }

  package func objection(to model: ModelSource) -> String? {
    FolderProduct.objection(to: model, of: name)
  }

  package func storesInHalfPrecision(_ tensor: TensorPlan) -> Bool { type == .f16 || tensor.format is F16 }

  package func roomForLargeWeights(_ tensor: TensorPlan) -> String {
    type == .f16 ? "numbers with room for it: use dtype: bf16 or f32" : tensor.typeForLargeWeights
  }

  package func begin(_ path: String, _ plan: ProductPlan) throws(CheckpointError) -> any Product {
    try FolderProduct(path, DecodedFolder(floats: type), shardBytes: shardBytes, plan)
  }
}

/// Weights decoded to plain numbers.
struct DecodedFolder: FolderContainer {
  let floats: FolderFloats
  let widerFloats: FolderFloats? = .bf16

  var name: String { "safetensors" }
  var types: [String] { [] }
  var runtime: RuntimeUse { .transformers(tags: []) }
  var storedAs: String { "decoded to \(floats.rawValue)" }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? { nil }
}
