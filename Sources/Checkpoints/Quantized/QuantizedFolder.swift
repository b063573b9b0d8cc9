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
      guard let module = module(of: tensor), matrices[tensor.name] == nil else { continue }
      let weights = try weights(PartReader(tensors: stored, path: path, module: module))
      let matrix = StoredTensor(name: "\(module).weight", shape: weights.shape, weights.weights)
      for part in weights.weights.parts { names.insert(part.name) }
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

  /// The module whose codes a tensor holds, or nil where it holds none.
  private func module(of tensor: StoredTensor) -> String? {
    let name = tensor.name
    func dropping(_ suffix: String) -> String? {
      name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : nil
    }
    switch method {
    case .gptq, .awq: return dropping(".qweight")
    case .compressedTensors:
      return dropping(".weight_packed") ?? (tensor.storage.name == "I8" ? dropping(".weight") : nil)
    case .bitsAndBytes: return dropping(".weight.absmax") ?? dropping(".SCB")
    case .mlx: return dropping(".scales")
    case .exl2: return dropping(".q_weight")
    }
  }

  private func weights(_ reader: PartReader) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
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
    }
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
    guard scheme.format == .packed else { return try integers(reader, .compressedTensors, inputs) }
    let weights = try CompressedTensorsWeights(reader, scheme, inputs: inputs)
    return ([weights.layout.rows, weights.layout.columns], weights)
  }

  /// The tensors of a module are those of its format.
  private func checkFormat(
    _ reader: PartReader, _ format: CompressedTensorsSettings.Scheme.Format
  ) throws(CheckpointError) {
    let isPacked = reader.optional("weight_packed") != nil
    guard isPacked != (format == .packed) else { return }
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
