import Checkpoints
import JSON
import Schemes

/// AWQ checkpoints of version `gemm`, for vLLM, SGLang and transformers.
struct AWQFolder: FolderContainer {
  let floats: FolderFloats = .f16

  var name: String { "awq" }
  var types: [String] {
    IntegerType.names(bits: [4], groups: [.columns(128), .columns(64), .columns(32)], zeros: [.point, .symmetric])
  }
  var runtime: RuntimeUse { .vllm(tags: ["awq"]) }
  var storedAs: String { "packed as AWQ (gemm)" }

  func moduleOfOneType(_ tensor: TensorPlan) -> String? { tensor.runtimeModule }

  func objection(to tensor: TensorPlan) -> String? {
    if let objection = tensor.objectionToTable(of: "AWQ") { return objection }
    guard tensor.spec.rows % AWQLayout.rowsPerWord != 0 else { return nil }
    return "found \(tensor.spec.rows) rows, expected a multiple of \(AWQLayout.rowsPerWord), which AWQ packs together; "
      + "leave it in floating point by the override \(tensor.plainOverride)"
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    tensor.integers.map { _, columnsPerGroup in
      AWQLayout(
        rows: tensor.spec.rows, columns: tensor.spec.columns, groups: tensor.spec.columns / columnsPerGroup)
    }
  }

  /// One group size is all that a checkpoint of this kind has.
  func objection(to tensors: [TensorPlan]) -> String? {
    if let objection = RuntimeModule.all(tensors.filter(\.isLinear)).lazy.compactMap(\.objection).first {
      return objection
    }
    let sizes = Set(tensors.compactMap { $0.integers?.type.groupSize }).sorted()
    guard sizes.count > 1 else { return nil }
    return "found groups of \(sizes.map(String.init).joined(separator: " and ")) columns, expected one size for all"
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    let linear = plan.tensors.filter(\.isLinear)
    let plain = plan.runtimeModules.filter { $0.type == nil }.flatMap(\.names) + plan.carriedModules
    var configuration = JSONMembers()
    configuration.set("quant_method", .string("awq"))
    configuration.set("bits", .integer(4))
    configuration.set("group_size", .integer(linear.compactMap { $0.integers?.type }.mostFrequent?.groupSize ?? 128))
    configuration.set("zero_point", .bool(true))
    configuration.set("version", .string("gemm"))
    configuration.set(
      "modules_to_not_convert", plain.isEmpty ? .null : .array((plan.outputModules + plain).map { .string($0) }))
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }
}
