import Checkpoints
import Schemes

/// Checkpoints of compressed-tensors, for vLLM and transformers: packed integers of weights alone.
struct CompressedTensorsFolder: FolderContainer {
  let floats: FolderFloats = .f16

  var name: String { "compressed_tensors" }
  var types: [String] {
    IntegerType.names(
      bits: [4, 8], groups: [.columns(128), .columns(64), .columns(32), .row], zeros: [.symmetric, .point])
  }
  var storedAs: String { "packed by compressed-tensors (pack-quantized)" }

  func objection(to tensor: TensorPlan) -> String? { tensor.objectionToTable(of: "compressed-tensors") }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    tensor.integers.map { type, columnsPerGroup in
      CompressedTensorsLayout(
        rows: tensor.spec.rows, columns: tensor.spec.columns, groups: tensor.spec.columns / columnsPerGroup,
        bits: type.bits, isSymmetric: type.zero == .symmetric)
    }
  }

  func settings(_ plan: Plan) -> JSONMembers {
    let linear = plan.tensors.filter(\.isLinear)
    let usual = linear.compactMap { $0.integers?.type }.mostFrequent
    var groups = JSONMembers()
    // What a module's own name says comes before what is said of its class.
    for type in IntegerType.all where type != usual {
      let modules = linear.filter { $0.integers?.type == type }.compactMap(\.moduleName)
      if !modules.isEmpty { groups.set("group_\(groups.elements.count)", Self.group(type, modules)) }
    }
    if let usual { groups.set("group_\(groups.elements.count)", Self.group(usual, ["Linear"])) }
    let plain = linear.filter { !$0.isQuantized }.compactMap(\.moduleName)
    var configuration = JSONMembers()
    configuration.set("quant_method", .string("compressed-tensors"))
    configuration.set("format", .string(CompressedTensorsSettings.Scheme.Format.packed.rawValue))
    configuration.set("quantization_status", .string("compressed"))
    configuration.set("config_groups", .object(groups))
    configuration.set("ignore", .array((["lm_head"] + plain).map { .string($0) }))
    configuration.set("kv_cache_scheme", .null)
    configuration.set("global_compression_ratio", .null)
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }

  private static func group(_ type: IntegerType, _ targets: [String]) -> JSONValue {
    var weights = JSONMembers()
    weights.set("num_bits", .integer(type.bits))
    weights.set("type", .string("int"))
    weights.set("symmetric", .bool(type.zero == .symmetric))
    weights.set("strategy", .string(type.group == .row ? "channel" : "group"))
    weights.set("group_size", type.group == .row ? .null : .integer(type.groupSize))
    weights.set("dynamic", .bool(false))
    weights.set("actorder", .null)
    var group = JSONMembers()
    group.set("targets", .array(targets.map { .string($0) }))
    group.set("weights", .object(weights))
    group.set("input_activations", .null)
    group.set("output_activations", .null)
    return .object(group)
  }
}
