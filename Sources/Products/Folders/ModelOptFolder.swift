import Checkpoints
import JSON
import Schemes

/// Checkpoints in the dialect of NVIDIA's ModelOpt, for TensorRT-LLM and vLLM: NVFP4 weights alone, or FP8 rows for inputs that are
/// rounded to FP8 under a scale for each token.
struct ModelOptFolder: FolderContainer {
  let floats: FolderFloats
  let widerFloats: FolderFloats? = .bf16

  init(floats: FolderFloats = .f16) { self.floats = floats }

  /// Of which types there are, with what the dialect calls them.
  private static let algorithms = [
    NVFP4Global().name: "W4A16_NVFP4", FP8Type.row.rawValue: "FP8_PER_CHANNEL_PER_TOKEN",
  ]

  var name: String { ModelOptSettings.name }
  let keepsTables = true
  var types: [String] { [NVFP4Global().name, FP8Type.row.rawValue] }
  var dynamicInputs: DynamicInputs? { .fp8 }
  var runtime: RuntimeUse { .vllm(tags: ["modelopt"]) }
  var storedAs: String { "stored in the dialect of ModelOpt (hf_quant_config.json)" }

  func moduleOfOneType(_ tensor: TensorPlan) -> String? { tensor.runtimeModule }

  func objection(to tensor: TensorPlan) -> String? { tensor.objectionToTable(of: "ModelOpt") }

  /// One algorithm is what all readers of the dialect know.
  func objection(to tensors: [TensorPlan]) -> String? {
    let linear = tensors.filter(\.isLinear)
    if let objection = RuntimeModule.all(linear).lazy.compactMap(\.objection).first { return objection }
    let names = Set(linear.filter(\.isQuantized).map(\.format.name)).sorted()
    guard names.count > 1 else { return nil }
    return "found \(names.joined(separator: " and ")), expected one type for all, beside floating point"
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    let (rows, columns) = (tensor.spec.rows, tensor.spec.columns)
    switch tensor.format {
    case is NVFP4Global: return NVFP4Layout(rows: rows, columns: columns, dialect: .modelOpt)
    case let scheme as FP8: return FP8Layout(rows: rows, columns: columns, scales: scheme.type.scales)
    default: return nil
    }
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    var configuration = JSONMembers()
    configuration.set("quant_method", .string(ModelOptSettings.name))
    for (key, value) in algorithm(plan, excluding: "ignore").elements { configuration.set(key, value) }
    configuration.set("producer", .object(Self.producer))
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }

  func files(_ plan: ProductPlan) throws(CheckpointError) -> [(name: String, text: String)] {
    var own = JSONMembers()
    own.set("producer", .object(Self.producer))
    own.set("quantization", .object(algorithm(plan, excluding: "exclude_modules")))
    return [("hf_quant_config.json", JSONText.document(.object(own)))]
  }

  /// What both files say, but for the name of the list of modules that stay as they are.
  private func algorithm(_ plan: ProductPlan, excluding key: String) -> JSONMembers {
    let type = plan.tensors.first { $0.isLinear && $0.isQuantized }?.format.name
    let plain =
      plan.runtimeModules.filter { $0.typeName == nil }.flatMap(\.names) + plan.carriedModules.map { "\($0)*" }
    var members = JSONMembers()
    members.set("quant_algo", type.flatMap { Self.algorithms[$0] }.map { .string($0) } ?? .null)
    members.set("kv_cache_quant_algo", .null)
    if type == NVFP4Global().name { members.set("group_size", .integer(NVFP4Global().columnsPerGroup)) }
    members.set(key, .array((plan.outputModules + plain).map { .string($0) }))
    return members
  }

  private static let producer: JSONMembers = {
    var producer = JSONMembers()
    producer.set("name", .string("planish"))
    producer.set("version", .string(Planish.version))
    return producer
  }()
}
