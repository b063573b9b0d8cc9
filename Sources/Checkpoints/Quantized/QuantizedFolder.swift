import JSON

/// The weights of a folder that another program, or this one, quantized: its tensors put together to matrices.
///
/// Everything that reads a folder sees matrices under the names that the unquantized model has.
struct QuantizedFolder {
  private let path: String
  private let method: QuantizationMethod
  private let stored: TensorTable

  /// - Parameters:
  ///   - path: the folder, for error messages.
  ///   - stored: its tensors as the files hold them.
  init(path: String, _ method: QuantizationMethod, _ stored: TensorTable) {
    self.path = path
    self.method = method
    self.stored = stored
  }

  /// The tensors put together, in the order in which the first of each is stored; what is not quantized as it is.
  ///
  /// - Throws: what is wrong with which tensor.
  func assembled() throws(CheckpointError) -> TensorTable {
    var names: Set<String> = []
    var matrices: [String: StoredTensor] = [:]
    for tensor in stored.all {
      guard let place = place(of: tensor) else { continue }
      let (shape, weights) = try weights(
        PartReader(tensors: stored, path: path, module: place.module), place.suffix)
      let matrix = StoredTensor(name: place.name, shape: shape, weights)
      for part in weights.parts { names.insert(part.name) }
      matrices[tensor.name] = matrix
    }
    var table = TensorTable()
    for tensor in stored.all {
      if let matrix = matrices[tensor.name] {
        guard table.add(matrix) else {
          throw .malformed(
            path: tensor.path, part: .tensor(matrix.name, "storage"), found: "it as numbers and as \(tensor.name)",
            expected: "one of them")
        }
      } else if !names.contains(tensor.name) {
        guard table.add(tensor) else {
          throw .malformed(
            path: tensor.path, part: .tensor(tensor.name, "storage"), found: "it as numbers and quantized",
            expected: "one of them")
        }
      }
    }
    return table
  }

  /// A matrix of a module: its name is the module's and a suffix.
  private struct Place {
    let module: String
    let suffix: String

    var name: String { "\(module).\(suffix)" }
  }

  /// The matrix whose codes a tensor holds, or nil where it holds none.
  private func place(of tensor: StoredTensor) -> Place? {
    let name = tensor.name
    func module(_ suffix: String) -> Place? {
      name.hasSuffix(suffix) ? Place(module: String(name.dropLast(suffix.count)), suffix: "weight") : nil
    }
    let type = tensor.storage.name
    switch method {
    case .gptq, .awq: return module(".qweight")
    case .compressedTensors:
      return module(".weight_packed") ?? (["I8", "f8_e4m3"].contains(type) ? module(".weight") : nil)
    case .bitsAndBytes: return module(".weight.absmax") ?? module(".SCB")
    case .mlx: return module(".scales")
    case .exl2: return module(".q_weight")
    case .fp8, .fbgemm:
      let hasScales = FP8Layout.scale(of: name, in: stored) != nil
      return hasScales || type == "f8_e4m3" ? Self.place(name) : nil
    case .mxfp4: return name.hasSuffix("_blocks") ? Self.place(String(name.dropLast(7))) : nil
    }
  }

  /// A matrix by its whole name: fused experts have one that does not end in `weight`.
  private static func place(_ name: String) -> Place? {
    guard let dot = name.lastIndex(of: ".") else { return nil }
    return Place(module: String(name[..<dot]), suffix: String(name[name.index(after: dot)...]))
  }

  private func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    switch method {
    case .gptq(let settings):
      guard let own = settings.settings(of: reader.module) else { throw plain(reader, "a rule of dynamic") }
      let weights = try GPTQWeights(reader, own, version: settings.version)
      return ([weights.layout.rows, weights.layout.columns], weights)
    case .awq(let settings):
      guard let columnsPerGroup = settings.columnsPerGroup(of: reader.module) else {
        throw plain(reader, "a rule of dynamic")
      }
      let weights = try AWQWeights(reader, columnsPerGroup: columnsPerGroup)
      return ([weights.layout.rows, weights.layout.columns], weights)
    case .compressedTensors(let settings):
      return try weights(reader, settings)
    case .bitsAndBytes:
      guard reader.optional("SCB") == nil else { return try integers(reader, .bitsAndBytes) }
      let weights = try BitsAndBytesWeights(reader)
      return ([weights.rows, weights.columns], weights)
    case .mlx(let settings):
      guard let own = settings.settings(of: reader.module) else { throw plain(reader, "its own entry") }
      let weights = try MLXWeights(reader, bits: own.bits, columnsPerGroup: own.columnsPerGroup)
      return ([weights.layout.rows, weights.layout.columns], weights)
    case .exl2:
      let weights = try EXL2Weights(reader)
      return ([weights.rowCount, weights.columns], weights)
    case .fp8(let settings):
      try checkPlain(settings.plain, reader)
      return try floats(FP8Layout.read(reader, suffix, settings))
    case .fbgemm(let settings):
      try checkPlain(settings.plain, reader)
      let inputs = try StoredInputs(reader, settings.inputs)
      return try floats(FP8Layout.read(reader, weight: suffix, scale: suffix + "_scale", .row, inputs: inputs))
    case .mxfp4(let settings):
      try checkPlain(settings.plain, reader)
      let weights = try MXFP4BlocksWeights(reader, suffix)
      return (weights.shape, weights)
    }
  }

  private func floats(_ weights: ScaledCodes) -> (shape: [Int], weights: any QuantizedWeights) {
    (weights.shape, weights)
  }

  /// A module with codes is not one of those that are said to have none.
  private func checkPlain(_ names: ModuleNames, _ reader: PartReader) throws(CheckpointError) {
    guard let entry = names.entry(for: reader.module) else { return }
    throw plain(reader, "modules_to_not_convert with \(JSONText.quoted(entry))")
  }

  private func weights(
    _ reader: PartReader, _ settings: CompressedTensorsSettings
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    let scheme: CompressedTensorsSettings.Scheme
    switch settings.answer(for: reader.module) {
    case .scheme(let answer): scheme = answer
    case .ignored(let entry): throw plain(reader, "ignore with \(JSONText.quoted(entry))")
    case .nothing:
      throw .malformed(
        path: path, part: .tensor("\(reader.module).weight", "scheme"), found: "none in config_groups",
        expected: "one whose targets name this module")
    }
    try checkFormat(reader, scheme.format)
    var inputs: StoredInputs?
    if let wish = scheme.inputs { inputs = try StoredInputs(reader, wish) }
    switch scheme.format {
    case .packed:
      let weights = try CompressedTensorsWeights(reader, scheme, inputs: inputs)
      return ([weights.layout.rows, weights.layout.columns], weights)
    case .integers:
      guard scheme.scales != .row else { return try integers(reader, .compressedTensors, inputs) }
      let weight = try reader.required("weight", type: ["I8"])
      let name = "int8" + scheme.scales.typeName.dropFirst(3)
      return try floats(
        FP8Layout.read(reader, weight, .int8, scale: "weight_scale", scheme.scales, name, inputs: inputs))
    case .fp8: return try floats(FP8Layout.read(reader, scheme.scales, inputs: inputs))
    case .mxfp8:
      let weight = try reader.required("weight", type: ["F8_E4M3"])
      return try floats(
        FP8Layout.read(
          reader, weight, .float(.e4m3), scale: "weight_scale", scheme.scales, "mxfp8", inputs: inputs))
    case .nvfp4: return try floats(NVFP4Layout.read(reader, .compressedTensors, inputs: inputs))
    case .mxfp4: return try floats(MXFP4Layout.read(reader, inputs: inputs))
    }
  }

  /// The tensors of a module are those of its format.
  private func checkFormat(
    _ reader: PartReader, _ format: CompressedTensorsSettings.Scheme.Format
  ) throws(CheckpointError) {
    let isPacked = reader.optional("weight_packed") != nil
    let packs: [CompressedTensorsSettings.Scheme.Format] = [.packed, .nvfp4, .mxfp4]
    guard isPacked != packs.contains(format) else { return }
    throw .malformed(
      path: path, part: .tensor("\(reader.module).weight", "format"),
      found: "\(isPacked ? "weight_packed" : "weight of one byte each"), and \(format.rawValue) in its group",
      expected: "tensors of the format that config_groups says")
  }

  /// Codes of a module that the configuration says has none.
  private func plain(_ reader: PartReader, _ said: String) -> CheckpointError {
    .malformed(
      path: path, part: .tensor("\(reader.module).weight", "storage"),
      found: "codes, and that it is not quantized (\(method.name): \(said))", expected: "one of them")
  }

  private func integers(
    _ reader: PartReader, _ scales: RowIntegersLayout.Scales, _ inputs: StoredInputs? = nil
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    let weights = try RowIntegersWeights(reader, scales, inputs: inputs)
    return ([weights.layout.rows, weights.layout.columns], weights)
  }
}
