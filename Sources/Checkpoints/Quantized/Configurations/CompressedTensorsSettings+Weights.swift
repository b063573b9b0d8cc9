import JSON

extension CompressedTensorsSettings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] { unread }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    if let packed = QuantizedMatrixName(tensor, endingIn: ".weight_packed") { return packed }
    return ["I8", "f8_e4m3"].contains(tensor.storage.name) ? QuantizedMatrixName(tensor, endingIn: ".weight") : nil
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    let scheme: Scheme
    switch answer(for: reader.module) {
    case .scheme(let answer): scheme = answer
    case .ignored(let entry): throw plain(reader, "ignore with \(JSONText.quoted(entry))")
    case .nothing:
      throw .malformed(
        path: reader.path, part: .tensor("\(reader.module).weight", "scheme"), found: "none in config_groups",
        expected: "one whose targets name this module")
    }
    try Self.check(reader, scheme.format)
    var inputs: StoredInputs?
    if let stated = scheme.inputs { inputs = try StoredInputs(reader, stated) }
    let floats: ScaledCodes
    switch scheme.format {
    case .packed:
      let weights = try CompressedTensorsWeights(reader, scheme, inputs: inputs)
      return ([weights.layout.rows, weights.layout.columns], weights)
    case .integers where scheme.scales == .row:
      let weights = try RowIntegersWeights(reader, .compressedTensors, inputs: inputs)
      return ([weights.layout.rows, weights.layout.columns], weights)
    case .integers:
      let weight = try reader.required("weight", type: ["I8"])
      let name = "int8" + scheme.scales.typeName.dropFirst(3)
      floats = try FP8Layout.read(reader, weight, .int8, scale: "weight_scale", scheme.scales, name, inputs: inputs)
    case .fp8: floats = try FP8Layout.read(reader, scheme.scales, inputs: inputs)
    case .mxfp8:
      let weight = try reader.required("weight", type: ["F8_E4M3"])
      floats = try FP8Layout.read(
        reader, weight, .float(.e4m3), scale: "weight_scale", scheme.scales, "mxfp8", inputs: inputs)
    case .nvfp4: floats = try NVFP4Layout.read(reader, .compressedTensors, inputs: inputs)
    case .mxfp4: floats = try MXFP4Layout.read(reader, inputs: inputs)
    }
    return (floats.shape, floats)
  }

  /// The tensors of a module are those of its format.
  private static func check(_ reader: PartReader, _ format: Scheme.Format) throws(CheckpointError) {
    let isPacked = reader.optional("weight_packed") != nil
    let packs: [Scheme.Format] = [.packed, .nvfp4, .mxfp4]
    guard isPacked != packs.contains(format) else { return }
    throw .malformed(
      path: reader.path, part: .tensor("\(reader.module).weight", "format"),
      found: "\(isPacked ? "weight_packed" : "weight of one byte each"), and \(format.rawValue) in its group",
      expected: "tensors of the format that config_groups says")
  }
}
