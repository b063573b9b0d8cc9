/// Where a folder says how its weights are quantized.
extension QuantizationConfiguration {
  /// The keys of config.json that say it.
  package static let keys = ["quantization_config", "quantization", "compression_config"]

  /// Files that say it beside config.json, or instead, with the method that they mean where they name none: AutoGPTQ's and
  /// AutoAWQ's, and ModelOpt's.
  package static let files = [
    (name: "quantize_config.json", method: "gptq"), (name: "quant_config.json", method: "awq"),
    (name: "hf_quant_config.json", method: ModelOptSettings.name),
  ]

  /// Reads all places; where several say it, they must say the same.
  ///
  /// - Parameters:
  ///   - config: config.json.
  ///   - file: the path of a file of the folder, or nil where there is none.
  /// - Returns: nil where the weights are plain numbers.
  package static func of(
    _ config: JSONObject, file: (String) -> String?
  ) throws(CheckpointError) -> QuantizationConfiguration? {
    var found: [(place: String, configuration: QuantizationConfiguration)] = []
    for key in keys {
      guard let settings = try config.optionalObject(key) else { continue }
      // MLX repeats its own under the key of the others.
      if key == "quantization" {
        guard try !(config.optionalBool("quantize_activations") ?? false) else {
          throw config.error("quantize_activations", expected: "false: this version rounds no inputs of MLX's modules")
        }
        found.append(("\(config.path): \(key)", try QuantizationConfiguration(mlx: settings)))
      } else if config.members["quantization"] != config.members[key] {
        found.append(("\(config.path): \(key)", try QuantizationConfiguration(inside: settings)))
      }
    }
    for (name, method) in files {
      guard let path = file(name) else { continue }
      found.append((path, try QuantizationConfiguration(JSONObject(contentsOf: path), usual: method)))
    }
    guard let first = found.first else { return nil }
    for other in found.dropFirst() where !other.configuration.method.isSame(as: first.configuration.method) {
      throw .malformed(
        path: other.place, part: .header("settings"),
        found:
          "\(other.configuration.method.name) with other settings than \(first.place) (\(first.configuration.method.name))",
        expected: "the same, or one of them")
    }
    return QuantizationConfiguration(
      method: first.configuration.method, unread: found.flatMap { $0.configuration.unread })
  }

  private init(method: any QuantizationMethod, unread: [String]) {
    (self.method, self.unread) = (method, unread)
  }

  /// Older configurations of compressed-tensors hold the settings one level below, beside those of sparsity.
  private init(inside settings: JSONObject) throws(CheckpointError) {
    guard let inner = try settings.optionalObject("quantization_config") else {
      let isOld = !settings.has("quant_method") && settings.has("config_groups")
      try self.init(settings, usual: isOld ? "compressed-tensors" : nil)
      return
    }
    // What stands beside is asked for sparsity too.
    var members = inner.members
    for (key, value) in settings.members.elements where key != "quantization_config" && members[key] == nil {
      members.set(key, value)
    }
    try self.init(inner.replacing(members), usual: "compressed-tensors")
  }

  /// The first tensor that holds codes, of a folder that does not say how.
  static func firstCodes(_ tensors: TensorTable) -> StoredTensor? {
    let endings = [".qweight", ".weight_packed", ".q_weight", ".weight.absmax", ".SCB"]
    let floats = ["f16", "bf16", "f32"]
    return tensors.all.first { tensor in
      endings.contains { tensor.name.hasSuffix($0) }
        || (tensor.storage.name == "U32" && tensor.name.hasSuffix(".weight"))
        || (tensor.storage.name == "U8" && tensor.name.hasSuffix("_blocks"))
        || (!floats.contains(tensor.storage.name) && FP8Layout.scale(of: tensor.name, in: tensors) != nil)
    }
  }
}
