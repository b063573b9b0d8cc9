import Schemes

/// Numbers that stand for weights or inputs: `QuantizationArgs`, with the defaults of that class.
struct CompressedTensorsNumbers {
  let settings: JSONObject
  let bits: Int
  let isFloat: Bool
  let isSymmetric: Bool
  let strategy: String
  /// Nil where nothing is said, or −1.
  let groupSize: Int?
  let isStatic: Bool
  /// Whether scales of groups are computed as the model runs, under one that is not.
  let isLocal: Bool
  let sortsColumns: Bool
  /// Whether scales are powers of two, of which the exponents are stored.
  let hasPowers: Bool

  init(_ settings: JSONObject) throws(CheckpointError) {
    try CompressedTensorsKeys.numbers.checkAll(settings)
    self.settings = settings
    let type = try settings.optionalString("type")?.lowercased() ?? "int"
    guard ["int", "float"].contains(type) else { throw settings.error("type", expected: "int or float") }
    isFloat = type == "float"
    bits = try settings.optionalInteger("num_bits") ?? 8
    isSymmetric = try settings.optionalBool("symmetric") ?? true
    let size = try settings.optionalInteger("group_size")
    groupSize = size.flatMap { $0 > 0 ? $0 : nil }
    let usual = size.map { $0 == -1 ? "channel" : "group" } ?? "tensor"
    strategy = try settings.optionalString("strategy")?.lowercased() ?? usual
    if groupSize != nil, strategy != "group", strategy != "tensor_group" {
      throw settings.error("group_size", expected: "nothing, or the strategy group")
    }
    let hasBlocks = settings.has("block_structure")
    guard hasBlocks == (strategy == "block") else {
      throw settings.error(
        "block_structure", expected: hasBlocks ? "nothing, or the strategy block" : "rows and columns of a block")
    }
    isLocal = settings.value("dynamic")?.asString == "local"
    if settings.value("dynamic")?.asString != nil, !isLocal || strategy != "tensor_group" {
      throw settings.error("dynamic", expected: "true or false, or local for the strategy tensor_group")
    }
    isStatic = isLocal ? false : try !(settings.optionalBool("dynamic") ?? false)
    // torch's names, such as `torch.uint8`.
    hasPowers = try settings.optionalString("scale_dtype")?.hasSuffix("uint8") ?? false
    sortsColumns = try Self.sortsColumns(settings)
  }

  private static func sortsColumns(_ settings: JSONObject) throws(CheckpointError) -> Bool {
    switch settings.value("actorder") {
    case nil, .bool(false)?: return false
    case .bool(true)?: return true
    default:
      let order = try settings.string("actorder").lowercased()
      guard ["weight", "static", "group", "dynamic"].contains(order) else {
        throw settings.error("actorder", expected: "weight, static, group or dynamic")
      }
      return order == "group" || order == "dynamic"
    }
  }

  /// What weights share a scale.
  func scales() throws(CheckpointError) -> FP8Scales {
    switch strategy {
    case "channel": return .row
    case "tensor": return .tensor
    case "block":
      let (rows, columns) = try settings.block("block_structure")
      return .block(rows: rows, columns: columns)
    default: return .block(rows: 1, columns: try settings.positiveInteger("group_size"))
    }
  }
}

extension JSONObject {
  /// The rows and columns of a block: two numbers, or as older programs wrote them a text such as `128x128`.
  func block(_ key: String) throws(CheckpointError) -> (rows: Int, columns: Int) {
    let sides: [Int]
    if let text = value(key)?.asString {
      sides = text.split(separator: "x").map { Int($0) ?? 0 }
    } else {
      sides = try integers(key)
    }
    guard sides.count == 2, sides.allSatisfy({ 1...HeaderLimits.longestSide ~= $0 }) else {
      throw error(key, expected: "the rows and columns of a block")
    }
    return (sides[0], sides[1])
  }
}

/// How the inputs of some modules are rounded.
enum CompressedTensorsInputs: Sendable, Equatable {
  /// To integers, by numbers that the checkpoint stores.
  case fixed(isSymmetric: Bool)
  /// To integers, by the largest input of each token.
  case perToken
  case floats(FloatInputSettings)

  /// What is said of activations; nil where they stay as they are. What this version cannot compute is refused: it would be
  /// another model.
  init?(_ group: JSONObject) throws(CheckpointError) {
    guard let object = try group.optionalObject("input_activations") else { return nil }
    let inputs = try CompressedTensorsNumbers(object)
    guard !inputs.sortsColumns else { throw object.error("actorder", expected: "nothing for inputs") }
    guard !inputs.isFloat else {
      self = .floats(try Self.floats(inputs, object))
      return
    }
    guard inputs.bits == 8 else { throw object.error("num_bits", expected: "8") }
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

  private static func floats(
    _ inputs: CompressedTensorsNumbers, _ object: JSONObject
  ) throws(CheckpointError) -> FloatInputSettings {
    guard inputs.isSymmetric else { throw object.error("symmetric", expected: "true for floats") }
    guard [4, 8].contains(inputs.bits) else { throw object.error("num_bits", expected: "4 or 8 for floats") }
    let number: SmallFloat = inputs.bits == 4 ? .e2m1 : .e4m3
    let scale: FloatInputSettings.Scale
    switch (inputs.strategy, inputs.bits) {
    case ("tensor", 8) where inputs.isStatic: scale = .stored
    case ("token", _) where !inputs.isStatic: scale = .known(.perToken())
    case ("group", _) where !inputs.isStatic:
      let size = try object.positiveInteger("group_size")
      scale = .known(inputs.hasPowers ? .powers(size) : .perGroup(size))
    case ("tensor_group", 4) where inputs.isLocal: scale = .nested(try object.positiveInteger("group_size"))
    default:
      throw object.error(
        "strategy",
        expected: inputs.isStatic
          ? "tensor, of 8 bits, for inputs that are not dynamic"
          : "token or group for dynamic inputs, or tensor_group of 4 bits with dynamic: local")
    }
    return FloatInputSettings(number: number, scale: scale)
  }
}
