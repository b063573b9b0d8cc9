import Checkpoints
import Foundation

/// Gemma 3n's language model: Gemma 3 with several streams in the place of one, two small matrices beside attention, an embedding of each
/// token for each layer, first layers that keep the largest gates alone, and last layers that take keys and values of earlier ones.
///
/// Keys: `transformers` configuration_gemma3n; names and metadata: llama.cpp `conversion/gemma.py`.
struct Gemma3n: Architecture {
  var ggufName: String { "gemma3n" }
  var huggingFaceNames: [String] { ["Gemma3nForCausalLM"] }
  var modelTypes: [String] { ["gemma3n_text"] }
  var ggufFeedForward: LayerNumbers.Form { .each }
  var fixedKeys: [FixedKey] { [("altup_active_idx", .number(0)), ("altup_correct_scale", .bool(true))] }
  var biasKeys: [BiasKey] { [.attention] }
  var adjustingKeys: [String] {
    [
      "altup_num_inputs", "laurel_rank", "hidden_size_per_layer_input", "vocab_size_per_layer_input",
      "num_kv_shared_layers", "activation_sparsity_pattern", "rope_local_base_freq",
    ]
  }
  var adjustingGGUFKeys: [String] {
    ["attention.sliding_window", "attention.sliding_window_pattern", "rope.freq_base_swa"]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 2
      $0.usualHeadSize = 256
      $0.listsWidths = true
      $0.activation = "hidden_activation"
      $0.activations = [.geluTanh]
      $0.tiesOutput = true
      $0.rotaryBase = 1_000_000
      $0.positionsDifferByLayer = true
      $0.windows = WindowKeys(usual: 512, layers: Self.usualWindows, positions: .local)
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.activation = .geluTanh
      $0.queryScale = 1
      $0.altUp = Self.usualStreams
      $0.layerInputs = LayerInputs(size: Self.usualInputSize, vocabularySize: 262_144)
    }
  }
  var numbers: [NumberKey] {
    [
      NumberKey(
        \.logitSoftCap, config: "final_logit_softcapping", gguf: "final_logit_softcapping", fallback: 30,
        ggufFallback: 30)
    ]
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).alternatingUpdates().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    var names = Gemma.names.adding(
      Gemma.namesOfLayerInputs + [
        (.altUpRouterNorm, "altup.router_norm"), (.altUpRouter, "altup.modality_router"),
        (.altUpPrediction, "altup.prediction_coefs"), (.altUpCorrection, "altup.correction_coefs"),
        (.altUpScale, "altup.correct_output_scale"), (.laurelDown, "laurel.linear_left"),
        (.laurelUp, "laurel.linear_right"), (.laurelNorm, "laurel.post_laurel_norm"),
      ])
    names.before += Gemma.namesOfLayerEmbeddings
    names.ofEnds = [
      (.streamInput, "model.altup_projections.{e}"), (.streamOutput, "model.altup_unembed_projections.{e}"),
    ]
    return names
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    role == .layerEmbedding ? .repeating(shape.choices.layerInputs?.missingRows ?? 0) : .plain
  }

  // What llama.cpp knows no keys of.
  private static let usualStreams = AlternatingUpdates(streams: 4, laurelRank: 64)
  private static let usualInputSize = 256
  private static let usualMakers = 20
  private static let usualWindows = [true, true, true, true, false]

  /// The first ten layers keep one gate of twenty.
  private static func usualCutoffs(layers: Int) -> [Float?] {
    (0..<min(layers, 65_536)).map { $0 < 10 ? GaussianTopK.deviations(above: 0.95) : nil }
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    let streams = try config.optionalSize("altup_num_inputs") ?? 4
    guard 2...64 ~= streams else { throw config.error("altup_num_inputs", expected: "2 to 64 streams") }
    shape.choices.altUp = AlternatingUpdates(
      streams: streams, laurelRank: try config.optionalSize("laurel_rank") ?? 64)
    let rows = try config.optionalSize("vocab_size_per_layer_input") ?? 262_144
    shape.choices.layerInputs = LayerInputs(
      size: try config.optionalSize("hidden_size_per_layer_input") ?? 256,
      vocabularySize: max(rows, shape.vocabularySize), missingRows: max(0, shape.vocabularySize - rows))
    try Gemma.setSharing(
      &shape, config.has("num_kv_shared_layers") ? config.count("num_kv_shared_layers") : 15,
      config.error("num_kv_shared_layers", expected: "layers that have one of their kind before them"))
    shape.choices.gateCutoffs = try cutoffs(config, layers: shape.layers)
    guard shape.choices.window != nil || config.has("layer_types") else {
      throw config.error("sliding_window", expected: "the size of the window that most layers have")
    }
    shape.choices.localRotary = try Gemma.localRotary(config, configKeys, shape)
  }

  private func cutoffs(_ config: JSONObject, layers: Int) throws(CheckpointError) -> [Float?] {
    let key = "activation_sparsity_pattern"
    guard config.has(key) else { return layers > 10 ? Self.usualCutoffs(layers: layers) : [] }
    guard let shares = config.value(key)?.asArray(of: \.asNumber), shares.count == layers,
      shares.allSatisfy({ (0..<1).contains($0) })
    else { throw config.error(key, expected: "a share from 0 to below 1 for each of the \(layers) layers") }
    guard shares.contains(where: { $0 > 0 }) else { return [] }
    return shares.map { $0 > 0 ? GaussianTopK.deviations(above: $0) : nil }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    let keys = file.metadata
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
    try shape.readWindows(file, ggufName, usual: Self.usualWindows, positions: .local)
    guard shape.choices.window != nil else {
      throw keys.error("\(ggufName).attention.sliding_window", expected: "the size of the window that most layers have")
    }
    let base = try keys.optionalPositiveNumber("\(ggufName).rope.freq_base_swa") ?? 10_000
    shape.choices.localRotary = RotaryEmbedding(base: base, dimensions: shape.headSize)
    shape.choices.altUp = Self.usualStreams
    shape.choices.layerInputs = LayerInputs(size: Self.usualInputSize, vocabularySize: shape.vocabularySize)
    try Gemma.setSharing(
      &shape, max(0, shape.layers - Self.usualMakers),
      keys.error("\(ggufName).attention.sliding_window_pattern", expected: "both kinds of layers among the first 20"))
    shape.choices.gateCutoffs = Self.usualCutoffs(layers: shape.layers)
  }

  /// llama.cpp reads no keys of these.
  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [
      ("altup.active_idx", .number(0)), ("altup.num_inputs", .number(Self.usualStreams.streams)),
      ("embedding_length_per_layer_input", .number(Self.usualInputSize)),
      ("attention.shared_kv_layers", .number(shape.choices.sharingLayers)),
      (
        "activation_sparsity_scale",
        .numbers((0..<min(shape.layers, 65_536)).map { Double(Self.cutoff(shape, layer: $0)) })
      ), ("final_logit_softcapping", .decimal(30)),
    ]
  }

  /// As files have it.
  private static func cutoff(_ shape: DecoderShape, layer: Int) -> Float {
    shape.choices.gateCutoffs.indices.contains(layer) ? shape.choices.gateCutoffs[layer] ?? -.infinity : -.infinity
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    func number(_ value: Int) -> GGUFValue { .uint32(UInt32(value)) }
    var entries: [(key: String, value: GGUFValue)] = [
      ("altup.active_idx", number(0)), ("altup.num_inputs", number(shape.choices.altUp?.streams ?? 1)),
      ("embedding_length_per_layer_input", number(shape.choices.layerInputs?.size ?? 0)),
      ("attention.shared_kv_layers", number(shape.choices.sharingLayers)),
      (
        "activation_sparsity_scale",
        .array(.float32, (0..<shape.layers).map { .float32(Self.cutoff(shape, layer: $0)) })
      ), ("attention.sliding_window_pattern", shape.windowPattern),
    ]
    if let size = shape.choices.window { entries.append(("attention.sliding_window", number(size))) }
    if let local = shape.choices.localRotary { entries.append(("rope.freq_base_swa", .float32(Float(local.base)))) }
    return entries
  }

  /// llama.cpp wants keys and values of layers that take those of others, and reads none of them.
  func placeholders(_ shape: DecoderShape) -> [DerivedTensor] {
    (max(0, shape.layers - shape.choices.sharingLayers)..<shape.layers).flatMap { layer in
      let rows = shape.keyValueHeads * shape.headSize
      return [
        DerivedTensor(name: "blk.\(layer).attn_k.weight", zeros: [rows, shape.hiddenSize]),
        DerivedTensor(name: "blk.\(layer).attn_v.weight", zeros: [rows, shape.hiddenSize]),
        DerivedTensor(name: "blk.\(layer).attn_k_norm.weight", values: [Float](repeating: 0, count: shape.headSize)),
      ]
    }
  }

  func ggufRemark(_ shape: DecoderShape) -> String? {
    guard shape.choices.gateCutoffs.contains(where: { $0 != nil }) else { return nil }
    return
      "llama.cpp takes the standard deviation of gates for a little larger than the model does, as that of a sample: "
      + "the two differ a little"
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    func found(_ what: String, _ expected: String) -> String {
      "found \(what), expected \(expected), which is what llama.cpp assumes of gemma3n"
    }
    if let local = shape.choices.localRotary, local.scaling != .none {
      return "found scaled positions in layers with a window, for which GGUF files have no key"
    }
    if shape.choices.window == nil {
      return "found no layer with a window, of which llama.cpp expects the size in models of type gemma3n"
    }
    if let updates = shape.choices.altUp, updates != Self.usualStreams {
      return found(
        "altup_num_inputs \(updates.streams) and laurel_rank \(updates.laurelRank)",
        "\(Self.usualStreams.streams) and \(Self.usualStreams.laurelRank)")
    }
    if let inputs = shape.choices.layerInputs {
      if inputs.size != Self.usualInputSize {
        return found("hidden_size_per_layer_input \(inputs.size)", "\(Self.usualInputSize)")
      }
      if inputs.vocabularySize != shape.vocabularySize {
        return found("vocab_size_per_layer_input \(inputs.vocabularySize)", "no more than vocab_size")
      }
    }
    let cap = shape.choices.logitSoftCap
    if cap != 30 { return found("final_logit_softcapping \(cap.map { "\($0)" } ?? "null")", "30") }
    let sharing = max(0, shape.layers - Self.usualMakers)
    if shape.choices.sharingLayers != sharing {
      return found("num_kv_shared_layers \(shape.choices.sharingLayers)", "\(sharing), all but the first 20")
    }
    let isExpected = (shape.layers - sharing..<shape.layers).allSatisfy { layer in
      shape.keyValueLayer(of: layer)
        == Self.usualMakers - (shape.choices.attention(layer: layer).window == nil ? 1 : 2)
    }
    if !isExpected {
      return found(
        "layers that take keys of others than the last two that make some", "a layer with a window before one without")
    }
    let differs = (0..<shape.layers).contains { layer in
      let usual = layer < 10 ? GaussianTopK.deviations(above: 0.95) : -.infinity
      let own = Self.cutoff(shape, layer: layer)
      return own != usual && abs(own - usual) > 1e-5
    }
    return differs
      ? found("another activation_sparsity_pattern", "0.95 in the first ten layers and 0 in the others") : nil
  }
}
