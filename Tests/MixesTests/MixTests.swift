import Mixes
import Models
import Schemes
import Testing

/// Mixes give every tensor the format that llama-quantize gives it.
@Suite struct MixTests {
  /// One line of the fixture: what one mix gives one model.
  struct Choice: Sendable {
    let model: MixModel
    let columns: (inner: Int, down: Int)
    let mix: String
    /// GGUF names without layer and suffix, and the format of each layer's tensor of that name.
    let formats: [(name: String, formats: [String])]
  }

  static let choices: [Choice] = {
    var choices: [Choice] = []
    var model = MixModel(architecture: "", layerCount: 0, headsPerKeyValueHead: 1, output: .ownMatrix, guidance: .none)
    var columns = (inner: 0, down: 0)
    for line in LlamaQuantizeChoices.lines.split(separator: "\n") {
      let words = line.split(separator: " ").map(String.init)
      if words[0] == "model" {
        let numbers = words.map { Int($0) ?? 0 }
        model = MixModel(
          architecture: words[1], layerCount: numbers[2], headsPerKeyValueHead: numbers[3] / numbers[4],
          expertCount: numbers[5], output: words[6] == "own" ? .ownMatrix : .tokenEmbedding,
          guidance: words[9] == "none" ? .none : .importance)
        columns = (numbers[7], numbers[8])
        continue
      }
      let parts = line.split(separator: ":")
      let formats = parts[1].split(separator: ";").flatMap { group in
        let words = group.split(separator: " ")
        let runs = words.dropFirst().flatMap { run in
          let pair = run.split(separator: "x", maxSplits: 1)
          return [String](repeating: String(pair[1]), count: Int(pair[0]) ?? 0)
        }
        return words[0].split(separator: ",").map { (String($0), runs) }
      }
      choices.append(Choice(model: model, columns: columns, mix: String(parts[0]), formats: formats))
    }
    return choices
  }()

  /// By the names of the fixture.
  private static func roles(of model: MixModel) -> [String: Role] {
    let hasExperts = model.expertCount > 0
    return [
      "output_norm": .outputNorm, "output": .output, "token_embd": .tokenEmbedding, "attn_norm": .attentionNorm,
      "attn_q": .attentionQuery, "attn_k": .attentionKey, "attn_v": .attentionValue,
      "attn_qkv": .attentionQueryKeyValue,
      "attn_output": .attentionOutput, "ffn_gate": hasExperts ? .expertGate : .feedForwardGate,
      "ffn_up": hasExperts ? .expertUp : .feedForwardUp, "ffn_down": hasExperts ? .expertDown : .feedForwardDown,
      "ffn_gate_inp": .router,
    ]
  }

  @Test func `the fixture covers every mix`() {
    #expect(Set(Self.choices.map { $0.mix }) == Set(Mixes.all.map { $0.name }))
  }

  @Test(arguments: Self.choices.indices)
  func `formats are llama-quantize's`(index: Int) throws {
    let choice = Self.choices[index]
    let mix = try #require(Mixes.named(choice.mix))
    for (part, formats) in choice.formats {
      for (layer, expected) in formats.enumerated() {
        let role = try #require(Self.roles(of: choice.model)[part])
        let dimensions = part.hasSuffix("_norm") ? 1 : 2
        guard QuantizedTensors.contains(role, dimensions: dimensions) else {
          #expect(expected == "same", "\(choice.mix) \(part)")
          continue
        }
        let columns = part == "ffn_down" ? choice.columns.down : choice.columns.inner
        let place = TensorPlace(role: role, layer: layer, columns: columns)
        let format = mix.format(at: place, in: choice.model)
        let stored = Fallback.needed(for: format, columns: columns)?.to ?? format
        // The models of the fixture are in half precision: what falls back to it stays the same.
        #expect((stored == "f16" ? "same" : stored) == expected, "\(choice.mix) \(part) \(layer) \(choice.model)")
      }
    }
  }
}
