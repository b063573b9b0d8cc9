import Checkpoints
import Tensors

/// Apertus: a norm over each head of queries and keys, and a plain feed-forward layer through xIELU, whose numbers each layer has learned.
///
/// Keys: `transformers` configuration_apertus; names and metadata: llama.cpp `conversion/llama.py`.
struct Apertus: Architecture {
  var ggufName: String { "apertus" }
  var huggingFaceNames: [String] { ["ApertusForCausalLM"] }
  var modelTypes: [String] { ["apertus"] }
  var biasKeys: [BiasKey] { [.attention] }
  var fixedKeys: [FixedKey] { [("hidden_act", .string("xielu"))] }
  var ggufReadsBiases: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var ggufOutput: GGUFOutput { .untied }
  var numberEndings: [String] { Self.parts.map { ".mlp.act_fn.\($0)" } }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.activation = nil
      $0.rotaryBase = 12_000_000
    }
  }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.replacing([
      .attentionNorm: "attention_layernorm", .feedForwardNorm: "feedforward_layernorm",
    ])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    // What transformers takes where nothing is said scales them.
    guard config.has("rope_parameters") || config.has("rope_scaling") else {
      throw config.error("rope_parameters", expected: "how positions are scaled, as files of this family say")
    }
  }

  /// As both worlds call them.
  private static let parts = ["alpha_p", "alpha_n", "beta", "eps"]

  private static func numbers(_ values: [Float]) -> XIELU.Numbers {
    XIELU.Numbers(positive: values[0], negative: values[1], slope: values[2], limit: values[3])
  }

  func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {
    for layer in 0..<shape.layers {
      var values: [Float] = []
      for part in Self.parts {
        let name = "model.layers.\(layer).mlp.act_fn.\(part)"
        let stored = try folder.matrix(name).array()
        guard stored.count == 1 else {
          throw .malformed(
            path: folder.path, part: .tensor(name, "shape"), found: "\(stored.count) numbers", expected: "one")
        }
        values += stored
      }
      shape.choices.xIELU.append(Self.numbers(values))
    }
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    var values: [[Float]] = []
    for part in Self.parts {
      let key = "xielu.\(part)"
      let value = file.metadata.value(key)
      // One number stands for all layers.
      let all = value?.asNumber.map { [Double](repeating: $0, count: min(shape.layers, 65_536)) }
      guard let list = all ?? value?.asArray(of: \.asNumber), list.count == shape.layers else {
        throw file.metadata.error(key, expected: "a number, or one for each of the \(shape.layers) layers")
      }
      values.append(list.map { Float($0) })
    }
    shape.choices.xIELU = (0..<shape.layers).map { layer in Self.numbers(values.map { $0[layer] }) }
  }

  /// The keys of a GGUF file, which stand without the family's prefix.
  static func metadata(_ numbers: [XIELU.Numbers]) -> [(key: String, value: GGUFValue)] {
    guard !numbers.isEmpty else { return [] }
    return zip(parts, [\XIELU.Numbers.positive, \.negative, \.slope, \.limit]).map { part, number in
      ("xielu.\(part)", .array(.float32, numbers.map { .float32($0[keyPath: number]) }))
    }
  }
}
