import Checkpoints
import JSON
import Schemes

/// Checkpoints of compressed-tensors, for vLLM and transformers: packed integers of weights alone, or eight-bit weights for
/// inputs that are rounded to eight bits too (W8A8).
struct CompressedTensorsFolder: FolderContainer {
  /// What a runtime rounds the inputs of quantized matrices to.
  enum Activations: String, CaseIterable, Sendable {
    /// Integers under one scale for all inputs of a matrix, which the checkpoint holds.
    case int8
  }

  /// Nil where inputs stay as they are.
  let activations: Activations?
  let floats: FolderFloats
  let holdsBrainFloats = true

  init(activations: Activations? = nil, floats: FolderFloats = .f16) {
    self.activations = activations
    self.floats = floats
  }

  var name: String { "compressed_tensors" }
  var holdsInputScales: Bool { activations != nil }
  var types: [String] {
    guard activations == nil else { return IntegerType.names(bits: [8], groups: [.row], zeros: [.symmetric]) }
    return IntegerType.names(
      bits: [4, 8], groups: [.columns(128), .columns(64), .columns(32), .row], zeros: [.symmetric, .point])
  }
  var runtime: RuntimeUse { .vllm(tags: ["compressed-tensors"]) }
  var storedAs: String {
    activations == nil
      ? "packed by compressed-tensors (pack-quantized)"
      : "stored by compressed-tensors (int-quantized), for inputs that are rounded to eight bits too"
  }
  private var format: CompressedTensorsSettings.Scheme.Format { activations == nil ? .packed : .integers }

  func objection(to tensor: TensorPlan) -> String? {
    if let objection = tensor.objectionToTable(of: "compressed-tensors") { return objection }
    guard activations != nil, tensor.spec.expert != nil else { return nil }
    return "an expert's inputs may never come up in calibration, and so have no scale; expected the product without "
      + "activations, or the override \(tensor.plainOverride)"
  }

  func objection(to tensors: [TensorPlan]) -> String? {
    RuntimeModule.all(tensors.filter(\.isLinear)).lazy.compactMap(\.objection).first
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    tensor.integers.map { type, columnsPerGroup in
      guard activations == nil else {
        return RowIntegersLayout(rows: tensor.spec.rows, columns: tensor.spec.columns, scales: .compressedTensors)
      }
      return CompressedTensorsLayout(
        rows: tensor.spec.rows, columns: tensor.spec.columns, groups: tensor.spec.columns / columnsPerGroup,
        bits: type.bits, isSymmetric: type.zero == .symmetric)
    }
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    let usual = plan.tensors.filter(\.isLinear).compactMap { $0.integers?.type }.mostFrequent
    let modules = plan.runtimeModules
    var groups = JSONMembers()
    // What a module's own name says comes before what is said of its class.
    for type in IntegerType.all where type != usual {
      let targets = modules.filter { $0.type == type }.map(\.target)
      if !targets.isEmpty { groups.set("group_\(groups.elements.count)", group(type, targets)) }
    }
    if let usual { groups.set("group_\(groups.elements.count)", group(usual, ["Linear"])) }
    let plain = modules.filter { $0.type == nil }.map(\.target)
    var configuration = JSONMembers()
    configuration.set("quant_method", .string("compressed-tensors"))
    configuration.set("format", .string(format.rawValue))
    configuration.set("quantization_status", .string("compressed"))
    configuration.set("config_groups", .object(groups))
    configuration.set(
      "ignore", .array((plan.outputModules + plain + plan.carriedPatterns.map { "re:\($0)" }).map { .string($0) }))
    configuration.set("kv_cache_scheme", .null)
    configuration.set("global_compression_ratio", .null)
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration))
    return settings
  }

  private func group(_ type: IntegerType, _ targets: [String]) -> JSONValue {
    let weights = Self.integers(
      bits: type.bits, isSymmetric: type.zero == .symmetric, strategy: type.group == .row ? "channel" : "group",
      groupSize: type.group == .row ? nil : type.groupSize)
    var group = JSONMembers()
    group.set("targets", .array(targets.map { .string($0) }))
    group.set("weights", weights)
    group.set(
      "input_activations",
      activations == nil ? .null : Self.integers(bits: 8, isSymmetric: true, strategy: "tensor", groupSize: nil))
    group.set("output_activations", .null)
    if activations != nil { group.set("format", .string(format.rawValue)) }
    return .object(group)
  }

  private static func integers(bits: Int, isSymmetric: Bool, strategy: String, groupSize: Int?) -> JSONValue {
    var numbers = JSONMembers()
    numbers.set("num_bits", .integer(bits))
    numbers.set("type", .string("int"))
    numbers.set("symmetric", .bool(isSymmetric))
    numbers.set("strategy", .string(strategy))
    numbers.set("group_size", groupSize.map { .integer($0) } ?? .null)
    numbers.set("dynamic", .bool(false))
    numbers.set("actorder", .null)
    return .object(numbers)
  }
}
