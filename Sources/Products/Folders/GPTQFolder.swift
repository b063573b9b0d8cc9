import Checkpoints
import JSON
import Schemes

/// GPTQ checkpoints, for vLLM, SGLang, transformers and GPTQModel.
struct GPTQFolder: FolderContainer {
  /// Nil for the first version where all zero points are the middle, and the second elsewhere: GPTQModel refuses other
  /// zero points in the first version from any program but itself, because some programs stored them wrongly.
  private let asked: GPTQLayout.Version?
  private let version: GPTQLayout.Version
  let floats: FolderFloats = .f16

  init(version asked: GPTQLayout.Version? = nil) {
    self.asked = asked
    version = asked ?? .v1
  }

  var name: String { "gptq" }
  var holdsSortedColumns: Bool { true }

  func resolved(for plan: ProductPlan) -> any FolderContainer {
    let hasPoints = plan.tensors.contains { $0.integers?.type.zero == .point }
    return GPTQFolder(version: asked ?? (hasPoints ? .v2 : .v1))
  }

  var types: [String] {
    IntegerType.names(
      bits: [4, 8, 3, 2], groups: [.columns(128), .columns(64), .columns(32), .row], zeros: [.symmetric, .point])
  }
  var runtime: RuntimeUse { .vllm(tags: ["gptq"]) }
  var storedAs: String { "packed as GPTQ (\(version.rawValue))" }

  func moduleOfOneType(_ tensor: TensorPlan) -> String? { tensor.runtimeModule }

  func objection(to tensor: TensorPlan) -> String? {
    if let objection = tensor.objectionToTable(of: "GPTQ") { return objection }
    let sides = [("columns", tensor.spec.columns), ("rows", tensor.spec.rows)]
    guard let (side, count) = sides.first(where: { $0.1 % GPTQLayout.side != 0 }) else { return nil }
    return "found \(count) \(side), expected a multiple of \(GPTQLayout.side), which GPTQ packs together; leave it in "
      + "floating point by the override \(tensor.plainOverride)"
  }

  func objection(to plan: [TensorPlan]) -> String? {
    RuntimeModule.all(plan.filter(\.isLinear)).lazy.compactMap(\.objection).first
  }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    tensor.integers.map { type, columnsPerGroup in
      GPTQLayout(
        rows: tensor.spec.rows, columns: tensor.spec.columns, groups: tensor.spec.columns / columnsPerGroup,
        bits: type.bits, version: version)
    }
  }

  func settings(_ plan: ProductPlan) -> JSONMembers {
    var settings = JSONMembers()
    settings.set("quantization_config", .object(configuration(plan)))
    return settings
  }

  /// GPTQModel and AutoGPTQ look for the same in a file of its own.
  func files(_ plan: ProductPlan) -> [(name: String, text: String)] {
    [("quantize_config.json", JSONText.document(.object(configuration(plan))))]
  }

  private func configuration(_ plan: ProductPlan) -> JSONMembers {
    let linear = plan.tensors.filter(\.isLinear)
    let usual = linear.compactMap { $0.integers?.type }.mostFrequent
    var settings = JSONMembers()
    for (key, value) in Self.description(usual).elements { settings.set(key, value) }
    settings.set("desc_act", .bool(plan.tensors.contains(where: \.sortsColumns)))
    settings.set("lm_head", .bool(false))
    settings.set("quant_method", .string("gptq"))
    settings.set("checkpoint_format", .string(version.rawValue))
    settings.set("pack_dtype", .string("int32"))
    settings.set("true_sequential", .bool(true))
    let others = plan.runtimeModules.filter { $0.type != usual }
    var rules = JSONMembers()
    // GPTQModel asks rules that leave modules alone first, and writes them so.
    for pattern in plan.carriedPatterns { rules.set("-:^\(pattern)", .object(JSONMembers())) }
    for module in others where module.type == nil { rules.set("-:^\(module.pattern)", .object(JSONMembers())) }
    for module in others {
      guard let type = module.type else { continue }
      rules.set("+:^\(module.pattern)", .object(Self.description(type)))
    }
    if !rules.elements.isEmpty { settings.set("dynamic", .object(rules)) }
    var meta = JSONMembers()
    meta.set("quantizer", .array([.string("planish:\(Planish.version)")]))
    settings.set("meta", .object(meta))
    return settings
  }

  private static func description(_ type: IntegerType?) -> JSONMembers {
    var description = JSONMembers()
    description.set("bits", .integer(type?.bits ?? 4))
    description.set("group_size", .integer(type?.groupSize ?? 128))
    description.set("sym", .bool(type?.zero == .symmetric))
    return description
  }
}

extension IntegerType {
  /// Columns that share a scale; −1 for a whole row, as configurations have it.
  var groupSize: Int {
    switch group {
    case .columns(let count): count
    case .row: -1
    }
  }
}

extension Array where Element: Equatable {
  /// The one that is there most often, of several the first.
  var mostFrequent: Element? {
    self.max { first, second in
      let counts = (count { $0 == first }, count { $0 == second })
      let places = (firstIndex(of: first) ?? 0, firstIndex(of: second) ?? 0)
      return counts.0 != counts.1 ? counts.0 < counts.1 : places.0 > places.1
    }
  }
}
