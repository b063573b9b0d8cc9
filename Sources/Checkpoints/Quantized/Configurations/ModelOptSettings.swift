import JSON
import Patterns

/// `hf_quant_config.json` of NVIDIA's ModelOpt, for TensorRT-LLM and vLLM; newer versions say the same in config.json
/// (`quant_method: modelopt`).
///
/// Source: ModelOpt, `torch/export/quant_utils.py` and `unified_export_hf.py`; vLLM, `quantization/modelopt.py`.
package struct ModelOptSettings: QuantizationMethod {
  package static let name = "modelopt"

  /// How weights are stored, and how inputs are rounded.
  enum Algorithm: String, CaseIterable, Sendable {
    /// E4M3, with a scale for the matrix and one for its inputs.
    case fp8 = "fp8"
    /// E4M3, with a scale for each row, and inputs under scales of each token.
    case fp8PerChannel = "fp8_per_channel_per_token"
    /// E2M1 in groups of 16, weights and inputs.
    case nvfp4
    /// The same; what stood before the matrix is part of it.
    case nvfp4AWQ = "nvfp4_awq"
    /// E2M1 in groups of 16, weights alone.
    case nvfp4Weights = "w4a16_nvfp4"
  }

  /// Of modules that nothing else is said of; nil where each has its own.
  private let usual: Algorithm?
  private let others: [String: Algorithm]
  private let plain: [Entry]

  private struct Entry: Sendable, Equatable {
    let text: String
    let pattern: PythonPattern
  }

  /// The keys that ModelOpt 0.47 writes.
  package static let keys = KeyTable(
    "ModelOpt",
    read: [
      "quant_method", "quant_algo", "exclude_modules", "ignore", "quantized_layers", "group_size", "quantization",
    ],
    withoutEffect: [
      "it says who wrote the file": ["producer"], "quant_algo says the same": ["config_groups"],
      "the tensors hold it already": ["has_zero_point", "pre_quant_scale", "awq_block_size"],
    ],
    refused: [
      "kv_cache_quant_algo": "keys and values are rounded as the model runs, which this version does not compute",
      "kv_cache_scheme": "keys and values are rounded as the model runs, which this version does not compute",
    ])

  private static let mixed = "mixed_precision"

  package init(_ settings: JSONObject) throws(CheckpointError) {
    let own = try settings.optionalObject("quantization") ?? settings
    var others: [String: Algorithm] = [:]
    if try own.string("quant_algo").lowercased() == Self.mixed {
      usual = nil
      let layers = try own.object("quantized_layers")
      for module in layers.keys { others[module] = try Self.algorithm(layers.object(module)) }
    } else {
      usual = try Self.algorithm(own)
    }
    self.others = others
    let key = try own.agreed(["exclude_modules", "ignore"]) ?? "exclude_modules"
    var plain: [Entry] = []
    for text in try own.optionalStrings(key) ?? [] {
      plain.append(Entry(text: text, pattern: try own.pattern(Self.expression(text), of: key)))
    }
    self.plain = plain
  }

  private static func algorithm(_ settings: JSONObject) throws(CheckpointError) -> Algorithm {
    guard let algorithm = Algorithm(rawValue: try settings.string("quant_algo").lowercased()) else {
      let known = Algorithm.allCases.map { $0.rawValue.uppercased() } + [Self.mixed.uppercased()]
      throw settings.error("quant_algo", expected: known.joined(separator: ", "))
    }
    if algorithm.isNVFP4, settings.has("group_size") {
      guard try settings.positiveInteger("group_size") == NVFP4Layout.columnsPerGroup else {
        throw settings.error("group_size", expected: "\(NVFP4Layout.columnsPerGroup)")
      }
    }
    return algorithm
  }

  /// A name with `*` for anything, as Python's `fnmatch` has it, as a regular expression.
  private static func expression(_ text: String) -> String {
    let parts = text.split(separator: "*", omittingEmptySubsequences: false).map { part in
      part.map { $0.isLetter || $0.isNumber || $0 == "_" ? "\($0)" : "\\\($0)" }.joined()
    }
    return parts.joined(separator: ".*") + "$"
  }

  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] {
    let own = try settings.optionalObject("quantization")
    return try Self.keys.check(settings) + (own.map { own throws(CheckpointError) in try Self.keys.check(own) } ?? [])
  }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    let isPacked = tensor.storage.name == "U8" && stored["\(tensor.name)_scale"] != nil
    if isPacked { return QuantizedMatrixName(tensor.name) }
    // Scales of four-bit numbers are of E4M3 too.
    return tensor.name.hasSuffix("_scale") ? nil : FP8Layout.matrix(of: tensor, in: stored)
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    if let entry = plain.first(where: { $0.pattern.matches(reader.module, .beginning) }) {
      throw plain(reader, "exclude_modules with \(JSONText.quoted(entry.text))")
    }
    guard let algorithm = others[reader.module] ?? usual else {
      throw plain(reader, "quantized_layers without it")
    }
    let weights = try algorithm.weights(reader)
    return (weights.shape, weights)
  }
}

extension ModelOptSettings.Algorithm {
  var isNVFP4: Bool { self == .nvfp4 || self == .nvfp4AWQ || self == .nvfp4Weights }

  /// Reads a matrix.
  fileprivate func weights(_ reader: PartReader) throws(CheckpointError) -> ScaledCodes {
    if let stored = reader.optional("pre_quant_scale") {
      throw .malformed(
        path: stored.path, part: .tensor(stored.name, "storage"), found: "factors of inputs",
        expected: "none: this version does not multiply inputs before it rounds them")
    }
    switch self {
    case .fp8:
      let inputs = try StoredInputs(reader, FloatInputSettings(number: .e4m3, scale: .stored))
      return try FP8Layout.read(reader, .tensor, inputs: inputs)
    case .fp8PerChannel:
      let inputs = try StoredInputs(reader, FloatInputSettings(number: .e4m3, scale: .known(.perToken())))
      return try FP8Layout.read(reader, .row, inputs: inputs)
    case .nvfp4, .nvfp4AWQ:
      let scale = FloatInputSettings.Scale.under(NVFP4Layout.columnsPerGroup)
      return try NVFP4Layout.read(
        reader, .modelOpt, inputs: try StoredInputs(reader, FloatInputSettings(number: .e2m1, scale: scale)))
    case .nvfp4Weights: return try NVFP4Layout.read(reader, .modelOpt, inputs: nil)
    }
  }
}
