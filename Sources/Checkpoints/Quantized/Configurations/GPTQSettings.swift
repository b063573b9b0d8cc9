/// `quantization_config` of GPTQ checkpoints.
package struct GPTQSettings: QuantizationMethod {
  package static let name = "gptq"

  /// What is said about one module.
  package struct Module: Sendable, Equatable {
    package var bits: Int
    /// Nil for a scale for a whole row.
    package var columnsPerGroup: Int?
    /// Whether all zero points are the middle of the codes; nil where nothing is said.
    package var isSymmetric: Bool?
    /// Whether groups may be of columns that do not stand side by side.
    package var sortsColumns: Bool
  }

  package let usual: Module
  package let version: GPTQLayout.Version
  /// Other settings for modules whose name a pattern matches.
  package let rules: ModuleRules

  static let bits = [2, 3, 4, 8]

  package init(_ settings: JSONObject) throws(CheckpointError) {
    usual = Module(
      bits: try settings.bits(Self.bits, try settings.agreed(["bits", "wbits", "w_bit"]) ?? "bits"),
      columnsPerGroup: try settings.columnsPerGroup(
        try settings.agreed(["group_size", "q_group_size"]) ?? "group_size"),
      isSymmetric: try settings.symmetry(), sortsColumns: try settings.optionalBool("desc_act") ?? false)
    let format = try settings.agreed(["checkpoint_format", "format", "version"]) ?? "checkpoint_format"
    version = try settings.word(format, .v1)
    try settings.checkWords()
    rules = try ModuleRules(settings.optionalObject("dynamic"), bits: Self.bits)
  }

  /// What is said about one module; nil where a rule says that it is not quantized.
  package func settings(of module: String) -> Module? {
    switch rules.answer(for: module) {
    case .usual: return usual
    case .plain: return nil
    case .overrides(let other):
      return Module(
        bits: other.bits ?? usual.bits, columnsPerGroup: other.columnsPerGroup ?? usual.columnsPerGroup,
        isSymmetric: other.isSymmetric ?? usual.isSymmetric, sortsColumns: other.sortsColumns ?? usual.sortsColumns)
    }
  }
}

extension JSONObject {
  /// Whether zero points are all the middle: `sym`, or the opposite of `zero_point`. Nil where neither is there.
  func symmetry() throws(CheckpointError) -> Bool? {
    let (symmetric, hasZeros) = (try optionalBool("sym"), try optionalBool("zero_point"))
    if let symmetric, let hasZeros, symmetric == hasZeros {
      throw error("zero_point", expected: "\(!symmetric): \(name("sym")) is \(symmetric)")
    }
    return symmetric ?? hasZeros.map { !$0 }
  }
}

extension GPTQSettings {
  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] {
    try GPTQKeys.gptq.check(settings) + rules.unread
  }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    QuantizedMatrixName(tensor, endingIn: ".qweight")
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    guard let own = self.settings(of: reader.module) else { throw plain(reader, "a rule of dynamic") }
    let weights = try GPTQWeights(reader, own, version: version)
    return ([weights.layout.rows, weights.layout.columns], weights)
  }
}
