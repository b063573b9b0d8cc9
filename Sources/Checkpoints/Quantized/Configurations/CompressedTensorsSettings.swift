/// `quantization_config` of compressed-tensors checkpoints.
package struct CompressedTensorsSettings: Sendable, Equatable {
  /// How the weights of some modules are stored.
  package struct Scheme: Sendable, Equatable {
    package enum Format: String, Sendable, CaseIterable {
      case packed = "pack-quantized"
      case integers = "int-quantized"
    }

    package let format: Format
    package let bits: Int
    /// Nil for a scale for a whole row.
    package let columnsPerGroup: Int?
    package let isSymmetric: Bool
    /// Whether groups are of columns that do not stand side by side.
    package let sortsColumns: Bool
    /// How inputs are rounded; nil where they stay as they are.
    package let inputs: Inputs?
  }

  /// How the inputs of some modules are rounded to eight bits.
  package enum Inputs: Sendable, Equatable {
    /// By numbers that the checkpoint stores.
    case fixed(isSymmetric: Bool)
    /// By the largest input of each token.
    case perToken
  }

  /// What is said about a module.
  package enum Answer: Sendable, Equatable {
    case scheme(Scheme)
    /// It is not quantized: the entry of `ignore` that says so.
    case ignored(String)
    /// No group means it.
    case nothing
  }

  /// Each with the scheme of its group, in the order in which they are asked.
  private let targets: [Target]
  private let ignored: [ModuleTarget]

  private struct Target: Sendable, Equatable {
    let target: ModuleTarget
    let scheme: Scheme
  }

  /// Keys that compressed-tensors does not have.
  let unread: [String]

  init(_ settings: JSONObject) throws(CheckpointError) {
    unread = try CompressedTensorsKeys.config.check(settings)
    let common = try Self.commonFormat(settings)
    if let status = try settings.optionalString("quantization_status"), status != "compressed" {
      throw settings.error("quantization_status", expected: "compressed")
    }
    try Self.checkSparsity(settings)
    try Self.checkTransforms(settings)
    let groups = try settings.object("config_groups")
    var targets: [Target] = []
    for key in groups.keys {
      let group = try groups.object(key)
      let scheme = try Scheme(group, common)
      for target in try group.targets("targets") {
        // Of groups with one target, the last counts: the program keeps one group for each.
        targets.removeAll { $0.target == target }
        targets.append(Target(target: target, scheme: scheme))
      }
    }
    self.targets = targets.sorted { ModuleTarget.isAsked($0.target, before: $1.target) }
    ignored = try settings.targets("ignore")
  }

  /// What is said about one module: by its name, by an expression, or of its class; the first that means it, as
  /// compressed-tensors asks them.
  package func answer(for module: String) -> Answer {
    if let entry = ignored.first(where: { $0.names(module) || $0.isClass(of: module) }) { return .ignored(entry.text) }
    let target = targets.first { $0.target.names(module) } ?? targets.first { $0.target.isClass(of: module) }
    return target.map { Answer.scheme($0.scheme) } ?? .nothing
  }
}

extension CompressedTensorsSettings {
  /// The format of groups that name none; nil where they are of several formats.
  ///
  /// compressed-tensors itself does not look at it (`compressors/base.py`, `decompress_module`); what it wrote before that
  /// has no other.
  private static func commonFormat(_ settings: JSONObject) throws(CheckpointError) -> String? {
    guard let format = try settings.optionalString("format"), format != "mixed-precision" else { return nil }
    guard !["marlin-24", "sparse-24-bitmask", "sparse-bitmask"].contains(format) else {
      throw settings.error(
        "format", expected: "\(Scheme.Format.known) or mixed-precision: two of four weights are not stored")
    }
    return format
  }

  private static func checkSparsity(_ settings: JSONObject) throws(CheckpointError) {
    guard let sparsity = try settings.optionalObject("sparsity_config"), !sparsity.keys.isEmpty else { return }
    guard try sparsity.optionalString("format") ?? "dense" == "dense" else {
      throw sparsity.error("format", expected: "dense: weights that are all stored")
    }
  }

  /// What was multiplied into the weights is part of them; what is applied as the model runs is refused.
  private static func checkTransforms(_ settings: JSONObject) throws(CheckpointError) {
    guard let transforms = try settings.optionalObject("transform_config"), !transforms.keys.isEmpty else { return }
    try CompressedTensorsKeys.transforms.checkAll(transforms)
    guard let groups = try transforms.optionalObject("config_groups") else { return }
    for key in groups.keys {
      let transform = try groups.object(key)
      try CompressedTensorsKeys.transform.checkAll(transform)
      let applications = transform.has("apply") ? try transform.objects("apply") : []
      for application in applications {
        try CompressedTensorsKeys.application.checkAll(application)
        let location = try application.string("location")
        guard ["weight_input", "weight_output"].contains(location) else {
          throw application.error(
            "location", expected: "weight_input or weight_output: this version applies no transform as the model runs")
        }
      }
    }
  }
}

extension CompressedTensorsSettings.Scheme {
  /// Reads an entry of `config_groups`.
  fileprivate init(_ group: JSONObject, _ common: String?) throws(CheckpointError) {
    try CompressedTensorsKeys.scheme.checkAll(group)
    let weights = try Numbers(group.object("weights"))
    inputs = try CompressedTensorsSettings.Inputs(group)
    format = try Self.format(group, common, roundsInputs: inputs != nil)
    guard weights.isStatic else { throw weights.settings.error("dynamic", expected: "false for weights") }
    (bits, isSymmetric, sortsColumns) = (weights.bits, weights.isSymmetric, weights.sortsColumns)
    guard (format == .integers ? [8] : [2, 3, 4, 8]).contains(bits) else {
      throw weights.settings.error("num_bits", expected: format == .integers ? "8 for int-quantized" : "2, 3, 4 or 8")
    }
    guard format == .packed || isSymmetric else {
      throw weights.settings.error("symmetric", expected: "true for int-quantized")
    }
    guard weights.strategy == "channel" || (weights.strategy == "group" && format == .packed) else {
      throw weights.settings.error(
        "strategy", expected: format == .packed ? "group or channel" : "channel for int-quantized")
    }
    columnsPerGroup = weights.strategy == "group" ? try weights.settings.positiveInteger("group_size") : nil
  }

  /// How the weights of a group are stored. Where nothing says it, as compressed-tensors stores such weights
  /// (`compressors/format.py`, `infer_module_format`).
  private static func format(
    _ group: JSONObject, _ common: String?, roundsInputs: Bool
  ) throws(CheckpointError) -> Format {
    guard let word = try group.optionalString("format") ?? common else { return roundsInputs ? .integers : .packed }
    // Integers one to a byte have two names.
    if let format = Format(rawValue: word == "naive-quantized" ? "int-quantized" : word) { return format }
    throw group.has("format")
      ? group.error("format", expected: Format.known)
      : group.error("format", found: "none, and \"\(word)\" for all groups", expected: Format.known)
  }
}

extension CompressedTensorsSettings.Scheme.Format {
  fileprivate static var known: String { allCases.map(\.rawValue).joined(separator: " or ") }
}

/// Numbers that stand for weights or inputs: `QuantizationArgs`, with the defaults of that class.
private struct Numbers {
  let settings: JSONObject
  let bits: Int
  let isSymmetric: Bool
  let strategy: String
  let isStatic: Bool
  let sortsColumns: Bool

  init(_ settings: JSONObject) throws(CheckpointError) {
    try CompressedTensorsKeys.numbers.checkAll(settings)
    self.settings = settings
    if let type = try settings.optionalString("type"), type.lowercased() != "int" {
      throw settings.error("type", expected: "int")
    }
    bits = try settings.optionalInteger("num_bits") ?? 8
    isSymmetric = try settings.optionalBool("symmetric") ?? true
    let size = try settings.optionalInteger("group_size")
    let usual = size.map { $0 == -1 ? "channel" : "group" } ?? "tensor"
    strategy = try settings.optionalString("strategy")?.lowercased() ?? usual
    if let size, size > 0, strategy != "group" {
      throw settings.error("group_size", expected: "nothing, or the strategy group")
    }
    if settings.value("dynamic")?.asString != nil {
      throw settings.error("dynamic", expected: "true or false")
    }
    isStatic = try !(settings.optionalBool("dynamic") ?? false)
    switch settings.value("actorder") {
    case nil, .bool(false)?: sortsColumns = false
    case .bool(true)?: sortsColumns = true
    default:
      let order = try settings.string("actorder").lowercased()
      guard ["weight", "static", "group", "dynamic"].contains(order) else {
        throw settings.error("actorder", expected: "weight, static, group or dynamic")
      }
      sortsColumns = order == "group" || order == "dynamic"
    }
  }
}

extension CompressedTensorsSettings.Inputs {
  /// What is said of activations; nil where they stay as they are. What this version cannot compute is refused: it would be
  /// another model.
  fileprivate init?(_ group: JSONObject) throws(CheckpointError) {
    guard let object = try group.optionalObject("input_activations") else { return nil }
    let inputs = try Numbers(object)
    guard inputs.bits == 8 else { throw object.error("num_bits", expected: "8") }
    guard !inputs.sortsColumns else { throw object.error("actorder", expected: "nothing for inputs") }
    guard !inputs.isStatic else {
      guard inputs.strategy == "tensor" else {
        throw object.error("strategy", expected: "tensor for inputs that are not dynamic")
      }
      self = .fixed(isSymmetric: inputs.isSymmetric)
      return
    }
    guard inputs.strategy == "token" else { throw object.error("strategy", expected: "token for dynamic inputs") }
    guard inputs.isSymmetric else { throw object.error("symmetric", expected: "true for dynamic inputs") }
    self = .perToken
  }
}
