import Checkpoints
import Foundation
import Tensors

/// A complete Llama checkpoint of random weights, small enough to be compiled in a fraction of a second.
///
/// Queries share keys and values in pairs; the tokenizer is a byte-level byte-pair encoding, and the embedding table has
/// a few rows more than there are tokens, as real ones have.
package struct TinyModel: Sendable {
  package var seed: UInt64 = 1
  package var hidden = 64
  package var layers = 2
  package var heads = 4
  package var keyValueHeads = 2
  package var headSize = 16
  package var intermediate = 96
  package var type = ElementType.float32
  package var tiesOutput = false
  /// Files that the weights are spread over.
  package var shards = 1
  /// Damages, in this order.
  package var damages: [TinyDamage] = []
  /// The expression by which the tokenizer cuts texts; nil for that of GPT-2.
  package var pattern: String?

  package init(_ change: (inout TinyModel) -> Void = { _ in }) {
    change(&self)
  }

  /// Rows that K types can store without a fallback.
  package static var wide: TinyModel {
    TinyModel {
      $0.hidden = 256
      $0.headSize = 64
      $0.intermediate = 512
    }
  }

  package static let vocabularySize = 272

  /// Writes the folder `name`.
  package func write(to folder: TemporaryFolder, as name: String = "model") throws {
    try folder.write("\(name)/config.json", Self.json(config))
    try folder.write("\(name)/tokenizer.json", Self.json(tokenizer))
    try folder.write("\(name)/tokenizer_config.json", #"{"eos_token": "<|endoftext|>"}"#)
    try writeWeights(to: folder.path(name))
  }

  // MARK: - Weights

  /// A tensor as it will be stored.
  private struct Tensor {
    let name: String
    var shape: [Int]
    var values: [Float]
    var storedType: String
  }

  /// Names and shapes in the order of the file.
  package var shapes: [(name: String, shape: [Int])] {
    var list: [(name: String, shape: [Int])] = [("model.embed_tokens.weight", [Self.vocabularySize, hidden])]
    for layer in 0..<layers {
      let prefix = "model.layers.\(layer)."
      list += [
        ("input_layernorm", [hidden]),
        ("self_attn.q_proj", [heads * headSize, hidden]),
        ("self_attn.k_proj", [keyValueHeads * headSize, hidden]),
        ("self_attn.v_proj", [keyValueHeads * headSize, hidden]),
        ("self_attn.o_proj", [hidden, heads * headSize]),
        ("post_attention_layernorm", [hidden]),
        ("mlp.gate_proj", [intermediate, hidden]),
        ("mlp.up_proj", [intermediate, hidden]),
        ("mlp.down_proj", [hidden, intermediate]),
      ].map { ("\(prefix)\($0.0).weight", $0.1) }
    }
    list.append(("model.norm.weight", [hidden]))
    if !tiesOutput { list.append(("lm_head.weight", [Self.vocabularySize, hidden])) }
    return list
  }

  private func tensors() -> [Tensor] {
    var random = SeededRandom(seed: seed)
    var tensors = shapes.map { name, shape in
      let count = shape.reduce(1, *)
      let isNorm = shape.count == 1
      let scale: Float = isNorm ? 0.1 : name.contains("embed") ? 0.5 : 1.5 / Float(shape[1]).squareRoot()
      let values = (0..<count).map { _ in (isNorm ? 1 : 0) + scale * random.gaussian() }
      return Tensor(name: name, shape: shape, values: values, storedType: type.rawValue)
    }
    for damage in damages {
      switch damage {
      case .withoutTensor(let name): tensors.removeAll { $0.name == name }
      case .extraTensor(let name):
        tensors.append(Tensor(name: name, shape: [1], values: [0], storedType: type.rawValue))
      case .shape(let name, let shape):
        for index in tensors.indices where tensors[index].name == name { tensors[index].shape = shape }
      case .storedType(let name, let type):
        for index in tensors.indices where tensors[index].name == name { tensors[index].storedType = type }
      case .value(let name, let place, let value):
        for index in tensors.indices where tensors[index].name == name { tensors[index].values[place] = value }
      case .config, .tokenizerKind: break
      }
    }
    return tensors
  }

  private func writeWeights(to folder: String) throws {
    let tensors = tensors()
    guard shards > 1 else { return try write(tensors, to: "\(folder)/model.safetensors") }
    var map: [String: Any] = [:]
    for shard in 0..<shards {
      let part = tensors.indices.filter { $0 % shards == shard }.map { tensors[$0] }
      let file = "model-0000\(shard + 1)-of-0000\(shards).safetensors"
      try write(part, to: "\(folder)/\(file)")
      for tensor in part { map[tensor.name] = file }
    }
    let index = Self.json(["metadata": ["total_size": 0], "weight_map": map])
    try Data(index.utf8).write(to: URL(filePath: "\(folder)/model.safetensors.index.json"))
  }

  private func write(_ tensors: [Tensor], to path: String) throws {
    var writer = try SafetensorsWriter(
      path: path,
      tensors: tensors.map { SafetensorsPlannedTensor(name: $0.name, shape: $0.shape, type: $0.storedType) })
    for tensor in tensors {
      let bytes = type.encode(tensor.values)
      try writer.append(bytes.span.bytes, to: tensor.name)
    }
    try writer.finish().publish()
  }

  // MARK: - Configuration

  private var config: [String: Any] {
    var config: [String: Any] = [
      "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": hidden,
      "intermediate_size": intermediate, "num_hidden_layers": layers, "num_attention_heads": heads,
      "num_key_value_heads": keyValueHeads, "head_dim": headSize, "max_position_embeddings": 128,
      "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": tiesOutput,
      "vocab_size": Self.vocabularySize, "eos_token_id": 0,
    ]
    for case .config(let key, let value) in damages { config[key] = value.map { $0 as Any } }
    return config
  }

  /// 256 bytes, a few merges and one special token.
  private var tokenizer: [String: Any] {
    let merges = [
      ["t", "h"], ["th", "e"], ["Ġ", "the"], ["Ġ", "a"], ["i", "n"], ["e", "r"], ["o", "n"], ["in", "g"],
    ]
    let words = ["<|endoftext|>"] + PrintableAlphabet.characters + merges.map { $0.joined() }
    var kind = "BPE"
    for case .tokenizerKind(let other) in damages { kind = other }
    return [
      "version": "1.0",
      "added_tokens": [
        [
          "id": 0, "content": "<|endoftext|>", "single_word": false, "lstrip": false, "rstrip": false,
          "normalized": false, "special": true,
        ] as [String: Any]
      ],
      "pre_tokenizer": preTokenizer,
      "decoder": ["type": "ByteLevel"],
      "model": [
        "type": kind, "vocab": Dictionary(uniqueKeysWithValues: words.enumerated().map { ($0.element, $0.offset) }),
        "merges": merges,
      ] as [String: Any],
    ]
  }

  private var preTokenizer: [String: Any] {
    let bytes: [String: Any] = [
      "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": pattern == nil,
    ]
    guard let pattern else { return bytes }
    let split: [String: Any] = [
      "type": "Split", "pattern": ["Regex": pattern], "behavior": "Isolated", "invert": false,
    ]
    return ["type": "Sequence", "pretokenizers": [split, bytes]]
  }

  private static func json(_ object: [String: Any]) -> String {
    guard let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys]) else {
      preconditionFailure("a tiny model that JSON cannot hold")
    }
    return String(decoding: data, as: UTF8.self)
  }
}

/// What is wrong with a model, in one place.
package enum TinyDamage: Sendable {
  case withoutTensor(String)
  case extraTensor(String)
  /// Another shape for the same number of elements.
  case shape(String, [Int])
  /// Another element type of the same size.
  case storedType(String, String)
  case value(String, at: Int, Float)
  /// Another value of a key of config.json, or none.
  case config(String, String?)
  case tokenizerKind(String)
}

extension ElementType {
  /// Little-endian elements; bf16 is cut off, which is exact enough for a test that decodes the same bytes.
  package func encode(_ values: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * size)
    for value in values {
      switch self {
      case .float32: withUnsafeBytes(of: value.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      case .float16: withUnsafeBytes(of: Float16(value).bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
      case .bfloat16:
        withUnsafeBytes(of: UInt16(value.bitPattern >> 16).littleEndian) { bytes.append(contentsOf: $0) }
      }
    }
    return bytes
  }
}
