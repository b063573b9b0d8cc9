import Checkpoints
import JSON
import Schemes

/// Checkpoints of compressed-tensors, for vLLM and transformers: packed integers or small floats of weights alone, or eight-bit
/// weights for inputs that are rounded to eight bits too (W8A8, FP8).
struct CompressedTensorsFolder: FolderContainer {
  /// What a runtime rounds the inputs of quantized matrices to.
  enum Activations: String, CaseIterable, Sendable {
    /// Integers under one scale for all inputs of a matrix, which the checkpoint holds.
    case int8
    /// Integers under a scale for each token, which the runtime computes.
    case int8Token = "int8_token"
    /// E4M3 under a scale for each token, or for each of its groups, which the runtime computes.
    case fp8
  }

  /// Nil where inputs stay as they are.
  let activations: Activations?
  let floats: FolderFloats
  let widerFloats: FolderFloats? = .bf16

  init(activations: Activations? = nil, floats: FolderFloats = .f16) {
    self.activations = activations
    self.floats = floats
  }

  var name: String { "compressed_tensors" }
  var holdsInputScales: Bool { activations == .int8 }
  var dynamicInputs: DynamicInputs? { activations.flatMap { DynamicInputs(rawValue: $0.rawValue) } }
  let keepsTables = true
  private var integers: [String] {
    IntegerType.names(
      bits: [4, 8], groups: [.columns(128), .columns(64), .columns(32), .row], zeros: [.symmetric, .point])
  }
  var runtime: RuntimeUse { .vllm(tags: ["compressed-tensors"]) }
  var types: [String] {
    switch activations {
    case nil: integers + CompressedTensorsGroup.floats
    case .int8, .int8Token: IntegerType.names(bits: [8], groups: [.row], zeros: [.symmetric])
    case .fp8: FP8Type.allCases.map(\.rawValue)
    }
  }
  var storedAs: String {
    switch activations {
    case nil: "packed by compressed-tensors (pack-quantized)"
    case .int8, .int8Token:
      "stored by compressed-tensors (int-quantized), for inputs that are rounded to eight bits too"
    case .fp8: "stored by compressed-tensors (float-quantized), for inputs that are rounded to FP8 too"
    }
  }

  func nearest(to format: any WeightFormat) -> String? {
    let isInteger = format is IntegerScheme && activations != .fp8
    return NearestType.name(to: format, among: isInteger ? types.filter { IntegerType.named($0) != nil } : types)
  }

  func moduleOfOneType(_ tensor: TensorPlan) -> String? { tensor.runtimeModule }

  func objection(to tensor: TensorPlan) -> String? {
    if let objection = tensor.objectionToTable(of: "compressed-tensors") { return objection }
    if let objection = tensor.objectionToPartialBlocks { return objection }
    guard holdsInputScales, tensor.spec.expert != nil else { return nil }
    return "an expert's inputs may never come up in calibration, and so have no scale; expected the product without "
      + "activations, or the override \(tensor.plainOverride)"
  }

  func objection(to tensors: [TensorPlan]) -> String? {
    RuntimeModule.all(tensors.filter(\.isLinear)).lazy.compactMap(\.objection).first
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    group(tensor.format)?.layout(rows: tensor.spec.rows, columns: tensor.spec.columns)
  }

  private func group(_ format: any WeightFormat) -> CompressedTensorsGroup? {
    CompressedTensorsGroup(format, roundsInputs: activations != nil)
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    let linear = plan.tensors.filter { $0.isLinear && $0.isQuantized }
    let usual = linear.map(\.format.name).mostFrequent
    let modules = plan.runtimeModules
    let held = types.compactMap { name in
      linear.first { $0.format.name == name }.flatMap { group($0.format) }.map { (name, $0) }
    }
    let formats = held.map(\.1.format)
    // Readers of integers alone know one format for all.
    let namesFormat = activations != nil || formats.contains { $0 != .packed }
    var groups = JSONMembers()
    // What a module's own name says comes before what is said of its class.
    for (name, group) in held where name != usual {
      let targets = modules.filter { $0.typeName == name }.map(\.target)
      if !targets.isEmpty {
        groups.set("group_\(groups.elements.count)", object(group, targets, namesFormat: namesFormat))
      }
    }
    for (name, group) in held where name == usual {
      groups.set("group_\(groups.elements.count)", object(group, ["Linear"], namesFormat: namesFormat))
    }
    let plain = modules.filter { $0.typeName == nil }.map(\.target)
    var configuration = JSONMembers()
    configuration.set("quant_method", .string("compressed-tensors"))
    configuration.set("format", .string(Self.common(formats)))
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

  /// The format of all groups.
  private static func common(_ formats: [CompressedTensorsSettings.Scheme.Format]) -> String {
    guard let first = formats.first else { return CompressedTensorsSettings.Scheme.Format.packed.rawValue }
    return formats.allSatisfy { $0 == first } ? first.rawValue : "mixed-precision"
  }

  private func object(_ group: CompressedTensorsGroup, _ targets: [String], namesFormat: Bool) -> JSONValue {
    var members = JSONMembers()
    members.set("targets", .array(targets.map { .string($0) }))
    members.set("weights", group.weights)
    members.set("input_activations", group.inputs(activations))
    members.set("output_activations", .null)
    if namesFormat { members.set("format", .string(group.format.rawValue)) }
    return .object(members)
  }
}
