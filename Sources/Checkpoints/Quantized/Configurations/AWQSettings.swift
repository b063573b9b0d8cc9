/// `quantization_config` of AWQ checkpoints.
package struct AWQSettings: QuantizationMethod {
  package static let name = "awq"

  /// Nil for a scale for a whole row.
  package let columnsPerGroup: Int?
  /// Other settings for modules whose name a pattern matches.
  package let rules: ModuleRules

  package init(_ settings: JSONObject) throws(CheckpointError) {
    _ = try settings.bits([4], try settings.agreed(["bits", "w_bit", "wbits"]) ?? "bits")
    let version = try settings.agreed(["version", "format", "checkpoint_format"]) ?? "version"
    if let word = try settings.optionalString(version), word.lowercased() != "gemm" {
      throw settings.error(version, expected: "gemm, the only layout of AWQ that this version reads")
    }
    if let backend = try settings.optionalString("backend"), backend.lowercased() == "llm-awq" {
      throw settings.error("backend", expected: "another than llm-awq, which stores weights in an order of its own")
    }
    if try settings.symmetry() ?? false {
      throw settings.error(
        settings.has("zero_point") ? "zero_point" : "sym",
        expected: settings.has("zero_point") ? "true" : "false: this version reads AWQ with zero points")
    }
    if try settings.optionalBool("desc_act") ?? false {
      throw settings.error("desc_act", expected: "false: AWQ keeps columns in their order")
    }
    try settings.checkWords()
    columnsPerGroup = try settings.columnsPerGroup(try settings.agreed(["group_size", "q_group_size"]) ?? "group_size")
    rules = try ModuleRules(settings.optionalObject("dynamic"), bits: [4])
  }

  /// The columns that share a scale in one module (the inner nil is a whole row); nil where it is not quantized.
  func columnsPerGroup(of module: String) -> Int?? {
    switch rules.answer(for: module) {
    case .usual: .some(columnsPerGroup)
    case .plain: .none
    case .overrides(let other): .some(other.columnsPerGroup ?? columnsPerGroup)
    }
  }
}

extension AWQSettings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] {
    try GPTQKeys.awq.check(settings) + rules.unread
  }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    QuantizedMatrixName(tensor, endingIn: ".qweight")
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    guard let columnsPerGroup = columnsPerGroup(of: reader.module) else { throw plain(reader, "a rule of dynamic") }
    let weights = try AWQWeights(reader, columnsPerGroup: columnsPerGroup)
    return ([weights.layout.rows, weights.layout.columns], weights)
  }
}
