import Foundation
import Tensors

/// A Llama of a few thousand random weights, as a folder that transformers could read. Written without the package's own
/// writers and names, so that tests do not agree with themselves.
package struct TinyLlama {
  package struct Tensor {
    package let name: String
    package var shape: [Int]
    package var values: [Float]

    package init(name: String, shape: [Int], values: [Float]) {
      self.name = name
      self.shape = shape
      self.values = values
    }
  }

  package static let hidden = 16
  package static let heads = 4
  package static let keyValueHeads = 2
  package static let intermediate = 24
  package static let vocabulary = 48
  package static let layers = 2

  /// Values of config.json, as JSON texts.
  package var config: [String: String]
  package var tensors: [Tensor] = []
  /// Whether values are rounded to half precision and stored so.
  package var storesHalfPrecision = false

  package init(tied: Bool = true, seed: UInt64 = 1) {
    config = [
      "architectures": #"["LlamaForCausalLM"]"#, "hidden_size": "\(Self.hidden)",
      "num_attention_heads": "\(Self.heads)", "num_key_value_heads": "\(Self.keyValueHeads)",
      "intermediate_size": "\(Self.intermediate)", "num_hidden_layers": "\(Self.layers)",
      "vocab_size": "\(Self.vocabulary)", "max_position_embeddings": "128", "rms_norm_eps": "1e-05",
      "tie_word_embeddings": "\(tied)",
    ]
    var random = SeededRandom(seed: seed)
    add("model.embed_tokens", [Self.vocabulary, Self.hidden], &random)
    if !tied { add("lm_head", [Self.vocabulary, Self.hidden], &random) }
    let keys = Self.hidden / Self.heads * Self.keyValueHeads
    for layer in 0..<Self.layers {
      let block = "model.layers.\(layer)"
      add("\(block).input_layernorm", [Self.hidden], &random)
      add("\(block).self_attn.q_proj", [Self.hidden, Self.hidden], &random)
      add("\(block).self_attn.k_proj", [keys, Self.hidden], &random)
      add("\(block).self_attn.v_proj", [keys, Self.hidden], &random)
      add("\(block).self_attn.o_proj", [Self.hidden, Self.hidden], &random)
      add("\(block).post_attention_layernorm", [Self.hidden], &random)
      add("\(block).mlp.gate_proj", [Self.intermediate, Self.hidden], &random)
      add("\(block).mlp.up_proj", [Self.intermediate, Self.hidden], &random)
      add("\(block).mlp.down_proj", [Self.hidden, Self.intermediate], &random)
    }
    add("model.norm", [Self.hidden], &random)
  }

  private mutating func add(_ name: String, _ shape: [Int], _ random: inout SeededRandom) {
    let isNorm = shape.count == 1
    let values = (0..<shape.reduce(1, *)).map { _ in
      isNorm ? 1 + 0.1 * random.gaussian() : 0.5 * random.gaussian()
    }
    tensors.append(Tensor(name: "\(name).weight", shape: shape, values: values))
  }

  /// The values of a tensor; nil takes it away.
  package subscript(name: String) -> Tensor? {
    get { tensors.first { $0.name == name } }
    set {
      tensors.removeAll { $0.name == name }
      if let newValue { tensors.append(newValue) }
    }
  }

  /// Writes config.json and model.safetensors into a folder of that name and returns its path.
  @discardableResult
  package func write(to folder: TemporaryFolder, as name: String = "model") throws -> String {
    let members = config.sorted { $0.key < $1.key }.map { "\"\($0)\": \($1)" }
    try folder.write("\(name)/config.json", "{\(members.joined(separator: ", "))}")
    try folder.write("\(name)/model.safetensors", safetensors())
    return folder.path(name)
  }

  /// Length of the header, the header as JSON, then all values as little-endian single or half precision.
  private func safetensors() -> [UInt8] {
    var entries: [String] = []
    var data: [UInt8] = []
    for tensor in tensors {
      let start = data.count
      for value in tensor.values {
        let bits = storesHalfPrecision ? UInt32(Float16(value).bitPattern) : value.bitPattern
        for byte in 0..<(storesHalfPrecision ? 2 : 4) { data.append(UInt8(truncatingIfNeeded: bits >> (8 * byte))) }
      }
      let place =
        "\"dtype\": \"\(storesHalfPrecision ? "F16" : "F32")\", \"shape\": \(tensor.shape), \"data_offsets\": [\(start), \(data.count)]"
      entries.append("\"\(tensor.name)\": {\(place)}")
    }
    let header = Array("{\(entries.joined(separator: ", "))}".utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
  }
}
