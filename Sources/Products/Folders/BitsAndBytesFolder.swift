import Checkpoints
import JSON
import Schemes

/// Checkpoints of bitsandbytes, for transformers: four-bit code books, or eight-bit integers for `LLM.int8`.
struct BitsAndBytesFolder: FolderContainer {
  let floats: FolderFloats
  let widerFloats: FolderFloats? = .bf16

  init(floats: FolderFloats = .f16) {
    self.floats = floats
  }

  var name: String { "bitsandbytes" }
  var types: [String] { ["nf4", "nf4_dq", "fp4", "fp4_dq", "int8_row"] }
  var runtime: RuntimeUse { .transformers(tags: ["bitsandbytes"]) }
  var storedAs: String { "packed by bitsandbytes" }

  func objection(to tensor: TensorPlan) -> String? { tensor.objectionToTable(of: "bitsandbytes") }

  /// The configuration names one type for all.
  func objection(to tensors: [TensorPlan]) -> String? {
    let types = Set(tensors.filter(\.isQuantized).map(\.format.name)).sorted()
    guard types.count > 1 else { return nil }
    return "found \(types.joined(separator: " and ")) side by side, expected one type, and others in floating point"
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    let (rows, columns) = (tensor.spec.rows, tensor.spec.columns)
    switch tensor.format.name {
    case "int8_row": return RowIntegersLayout(rows: rows, columns: columns, scales: .bitsAndBytes)
    case "nf4", "nf4_dq", "fp4", "fp4_dq":
      let codebook = String(tensor.format.name.prefix(3))
      return BitsAndBytesLayout(
        rows: rows, columns: columns, codebook: codebook, isNested: tensor.format.name.hasSuffix("_dq"),
        elementType: floats.configurationName)
    default: return nil
    }
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    let linear = plan.tensors.filter(\.isLinear)
    let type = linear.first(where: \.isQuantized)?.format.name ?? "nf4"
    let plain =
      linear.filter { !$0.isQuantized }.compactMap(\.moduleName).flatMap(plan.model.wrapped.allNames)
      + plan.carriedModules
    let isFourBit = type != "int8_row"
    var configuration = JSONMembers()
    configuration.set("quant_method", .string("bitsandbytes"))
    configuration.set("load_in_4bit", .bool(isFourBit))
    configuration.set("load_in_8bit", .bool(!isFourBit))
    configuration.set("_load_in_4bit", .bool(isFourBit))
    configuration.set("_load_in_8bit", .bool(!isFourBit))
    configuration.set("bnb_4bit_quant_type", .string(isFourBit ? String(type.prefix(3)) : "fp4"))
    configuration.set("bnb_4bit_use_double_quant", .bool(type.hasSuffix("_dq")))
    configuration.set("bnb_4bit_compute_dtype", .string(floats.configurationName))
    configuration.set("bnb_4bit_quant_storage", .string("uint8"))
    configuration.set("llm_int8_threshold", .number(6))
    configuration.set("llm_int8_has_fp16_weight", .bool(false))
    configuration.set("llm_int8_enable_fp32_cpu_offload", .bool(false))
    configuration.set(
      "llm_int8_skip_modules", plain.isEmpty ? .null : .array((plan.outputModules + plain).map { .string($0) }))
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }
}
