/// `quantization` of MLX checkpoints.
package struct MLXSettings: QuantizationMethod {
  package static let name = "mlx"

  package struct Module: Sendable, Equatable {
    package let bits: Int
    package let columnsPerGroup: Int
    /// Nil where codes are integers.
    package var floats: MLXFloats?
  }

  package let usual: Module
  /// Modules with settings of their own.
  package let others: [String: Module]
  /// Modules that are said not to be quantized.
  package let plain: Set<String>
  /// Keys that mlx-lm does not have.
  let unread: [String]

  /// Of a description: mlx-lm 0.32 (`utils.py`, `load_model`). Other keys are names of modules.
  package static let keys = KeyTable("MLX", read: ["bits", "group_size", "mode"])

  package init(_ settings: JSONObject) throws(CheckpointError) {
    usual = try Self.module(settings, nil)
    var others: [String: Module] = [:]
    var plain: Set<String> = []
    var unread: [String] = []
    for key in settings.keys where Self.keys.uses[key] == nil {
      switch settings.value(key) {
      case .object?:
        let object = try settings.object(key)
        try Self.keys.checkAll(object)
        // MLX's class fills up what is left out here, not the description of all.
        others[key] = try Self.module(object, Module(bits: 4, columnsPerGroup: 64))
      case .bool(false)?: plain.insert(key)
      case .bool(true)?: continue
      default: unread.append(settings.name(key))
      }
    }
    (self.others, self.plain, self.unread) = (others, plain, unread)
  }

  /// - Parameter fallback: what is meant where nothing is said; nil where it must be said.
  private static func module(_ settings: JSONObject, _ fallback: Module?) throws(CheckpointError) -> Module {
    if let mode = try settings.optionalString("mode"), mode != "affine" { return try floats(settings, mode) }
    let bits: Int
    let columnsPerGroup: Int
    if let fallback, !settings.has("bits") { bits = fallback.bits } else { bits = try settings.bits([2, 3, 4, 6, 8]) }
    if let fallback, !settings.has("group_size") {
      columnsPerGroup = fallback.columnsPerGroup
    } else {
      columnsPerGroup = try settings.positiveInteger("group_size")
    }
    return Module(bits: bits, columnsPerGroup: columnsPerGroup)
  }

  /// A mode has one number of bits and one size of groups.
  private static func floats(_ settings: JSONObject, _ mode: String) throws(CheckpointError) -> Module {
    guard let floats = MLXFloats(rawValue: mode) else {
      throw settings.error(
        "mode", expected: (["affine"] + MLXFloats.allCases.map(\.rawValue)).joined(separator: ", "))
    }
    let numbers = [("bits", floats.bits), ("group_size", floats.columnsPerGroup)]
    for (key, number) in numbers where settings.has(key) {
      guard try settings.positiveInteger(key) == number else {
        throw settings.error(key, expected: "\(number), as \(mode) has it")
      }
    }
    return Module(bits: floats.bits, columnsPerGroup: floats.columnsPerGroup, floats: floats)
  }

  /// What is said about one module; nil where it is not quantized.
  func settings(of module: String) -> Module? { plain.contains(module) ? nil : others[module] ?? usual }
}

extension MLXSettings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] { unread }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    QuantizedMatrixName(tensor, endingIn: ".scales")
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    guard let own = settings(of: reader.module) else { throw plain(reader, "its own entry") }
    if let floats = own.floats {
      let weights = try MLXFloatLayout.read(reader, floats)
      return (weights.shape, weights)
    }
    let weights = try MLXWeights(reader, bits: own.bits, columnsPerGroup: own.columnsPerGroup)
    return ([weights.layout.rows, weights.layout.columns], weights)
  }
}
