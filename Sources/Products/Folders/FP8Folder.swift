import Checkpoints
import JSON
import Schemes

/// Checkpoints of FP8 in blocks of 128 × 128, as DeepSeek publishes them, for vLLM, SGLang and transformers: inputs are rounded to FP8
/// too, under a scale for each 128 of a token.
struct FP8Folder: FolderContainer {
  let floats: FolderFloats
  let widerFloats: FolderFloats? = .bf16

  init(floats: FolderFloats = .f16) { self.floats = floats }

  var name: String { "fp8" }
  let keepsTables = true
  var types: [String] { [FP8Type.block.rawValue] }
  var dynamicInputs: DynamicInputs? { .fp8 }
  var runtime: RuntimeUse { .vllm(tags: ["fp8"]) }
  var storedAs: String { "stored as FP8 in blocks (weight_scale_inv), for inputs that are rounded to FP8 too" }

  func moduleOfOneType(_ tensor: TensorPlan) -> String? { tensor.runtimeModule }

  func objection(to tensor: TensorPlan) -> String? {
    tensor.objectionToTable(of: "FP8") ?? tensor.objectionToPartialBlocks
  }

  func objection(to tensors: [TensorPlan]) -> String? {
    RuntimeModule.all(tensors.filter(\.isLinear)).lazy.compactMap(\.objection).first
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    (tensor.format as? FP8).map {
      FP8Layout(
        rows: tensor.spec.rows, columns: tensor.spec.columns, scales: $0.type.scales, suffix: FP8Layout.inverseSuffix)
    }
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    let plain = plan.runtimeModules.filter { $0.typeName == nil }.flatMap(\.names) + plan.carriedModules
    let side = JSONValue.integer(FP8Type.blockSide)
    var configuration = JSONMembers()
    configuration.set("quant_method", .string(FP8Settings.name))
    configuration.set("fmt", .string("e4m3"))
    configuration.set("activation_scheme", .string("dynamic"))
    configuration.set("weight_block_size", .array([side, side]))
    configuration.set("modules_to_not_convert", .array((plan.outputModules + plain).map { .string($0) }))
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }
}

extension TensorPlan {
  /// What the plan says where blocks of FP8 do not divide the rows, on which servers count that join matrices.
  var objectionToPartialBlocks: String? {
    guard (format as? FP8)?.type == .block, spec.rows % FP8Type.blockSide != 0 else { return nil }
    return
      "found \(spec.rows) rows, expected whole blocks of \(FP8Type.blockSide), as servers that join matrices need; "
      + "expected the override \(plainOverride), or a compressed_tensors product of \(FP8Type.row.rawValue)"
  }
}
