/// `quantization_config` of compressed-tensors checkpoints.
package struct CompressedTensorsSettings: QuantizationMethod {
  package static let name = "compressed-tensors"

  /// How the weights of some modules are stored.
  package struct Scheme: Sendable, Equatable {
    package enum Format: String, Sendable, CaseIterable {
      case packed = "pack-quantized"
      case integers = "int-quantized"
      case fp8 = "float-quantized"
      case mxfp8 = "mxfp8-quantized"
      case nvfp4 = "nvfp4-pack-quantized"
      case mxfp4 = "mxfp4-pack-quantized"
    }

    package let format: Format
    package let bits: Int
    /// What weights share a scale.
    package let scales: FP8Scales
    package let isSymmetric: Bool
    /// Whether groups are of columns that do not stand side by side.
    package let sortsColumns: Bool
    /// How inputs are rounded; nil where they stay as they are.
    let inputs: CompressedTensorsInputs?

    /// Columns of a group; nil where there are none.
    package var columnsPerGroup: Int? { if case .block(1, let columns) = scales { columns } else { nil } }
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

  package init(_ settings: JSONObject) throws(CheckpointError) {
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
    let weights = try CompressedTensorsNumbers(group.object("weights"))
    inputs = try CompressedTensorsInputs(group)
    format = try Self.format(group, common, weights, roundsInputs: inputs != nil)
    guard weights.isStatic else { throw weights.settings.error("dynamic", expected: "false for weights") }
    (bits, isSymmetric, sortsColumns) = (weights.bits, weights.isSymmetric, weights.sortsColumns)
    guard format.bits.contains(bits), weights.isFloat == format.isFloat else {
      throw weights.isFloat == format.isFloat
        ? weights.settings.error("num_bits", expected: format.expectedBits)
        : weights.settings.error("type", expected: "\(format.isFloat ? "float" : "int") for \(format.rawValue)")
    }
    guard format == .packed || isSymmetric else {
      throw weights.settings.error("symmetric", expected: "true for \(format.rawValue)")
    }
    guard format.strategies.contains(weights.strategy) else {
      throw weights.settings.error("strategy", expected: format.expectedStrategies)
    }
    scales = try weights.scales()
    if let size = format.columnsPerGroup, scales != .block(rows: 1, columns: size) {
      throw weights.settings.error("group_size", expected: "\(size) for \(format.rawValue)")
    }
  }

  /// How the weights of a group are stored. Where nothing says it, as compressed-tensors stores such weights
  /// (`compressors/format.py`, `infer_module_format`).
  private static func format(
    _ group: JSONObject, _ common: String?, _ weights: CompressedTensorsNumbers, roundsInputs: Bool
  ) throws(CheckpointError) -> Format {
    guard let word = try group.optionalString("format") ?? common else {
      return usual(weights, roundsInputs: roundsInputs)
    }
    // Numbers one to a byte have two names.
    if word == "naive-quantized" { return weights.isFloat ? .fp8 : .integers }
    if let format = Format(rawValue: word) { return format }
    throw group.has("format")
      ? group.error("format", expected: Format.known)
      : group.error("format", found: "none, and \"\(word)\" for all groups", expected: Format.known)
  }

  private static func usual(_ weights: CompressedTensorsNumbers, roundsInputs: Bool) -> Format {
    switch (weights.isFloat, weights.bits) {
    case (true, 4): weights.groupSize == 32 ? .mxfp4 : .nvfp4
    case (true, _): weights.groupSize == 32 && weights.hasPowers ? .mxfp8 : .fp8
    case (false, _): roundsInputs ? .integers : .packed
    }
  }
}

extension CompressedTensorsSettings.Scheme.Format {
  fileprivate static var known: String { allCases.map(\.rawValue).joined(separator: " or ") }

  fileprivate var isFloat: Bool { self != .packed && self != .integers }

  fileprivate var bits: [Int] {
    switch self {
    case .packed: [2, 3, 4, 8]
    case .integers, .fp8, .mxfp8: [8]
    case .nvfp4, .mxfp4: [4]
    }
  }

  fileprivate var expectedBits: String { self == .packed ? "2, 3, 4 or 8" : "\(bits[0]) for \(rawValue)" }

  fileprivate var strategies: [String] {
    switch self {
    case .packed: ["group", "channel"]
    case .integers, .fp8: ["channel", "tensor", "block", "group"]
    case .mxfp8, .mxfp4: ["group"]
    case .nvfp4: ["tensor_group"]
    }
  }

  fileprivate var expectedStrategies: String {
    "\(strategies.joined(separator: " or "))\(self == .packed ? "" : " for \(rawValue)")"
  }

  /// The only group of the format; nil where it has several.
  fileprivate var columnsPerGroup: Int? {
    switch self {
    case .packed, .integers, .fp8: nil
    case .mxfp8, .mxfp4: 32
    case .nvfp4: 16
    }
  }
}
