import ArgumentParser
import Checkpoints
import Foundation
import Schemes
import Tensors

/// Makes checkpoints of any size, so that scale is measured and not guessed.
struct CheckpointCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "checkpoint",
    abstract: "Writes a Llama folder with random weights that are distributed like those of trained models.",
    discussion: """
      Rows of a matrix differ in size (log-normal), a few input channels stand out tenfold, norm weights vary around one: \
      what quantizers find hard. The tokenizer is that of another folder, whose vocabulary the model gets.
      """)

  enum Shape: String, ExpressibleByArgument, CaseIterable {
    case demo, b1 = "1b", b7 = "7b"

    var sizes: (hidden: Int, intermediate: Int, heads: Int, keyValueHeads: Int) {
      switch self {
      case .demo: (256, 768, 8, 4)
      case .b1: (2048, 8192, 32, 8)
      case .b7: (4096, 11008, 32, 32)
      }
    }
  }

  @Argument(help: "The folder to write.")
  var folder: String
  @Option(help: "The shape of its blocks: \(Shape.allCases.map(\.rawValue).joined(separator: ", ")).")
  var shape = Shape.b1
  @Option(help: "Blocks.")
  var layers = 4
  @Option(help: "The folder whose tokenizer it gets.")
  var tokenizer = "demo/model"
  @Option(help: "Another seed makes another model.")
  var seed: UInt64 = 1

  private static let companions = ["tokenizer.json", "tokenizer_config.json", "generation_config.json"]

  func run() throws {
    let original = try HuggingFaceFolder(path: tokenizer)
    let vocabulary = try original.config.integer("vocab_size")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in Self.companions {
      try? FileManager.default.removeItem(atPath: "\(folder)/\(name)")
      try FileManager.default.copyItem(atPath: "\(tokenizer)/\(name)", toPath: "\(folder)/\(name)")
    }
    try configuration(vocabulary).write(toFile: "\(folder)/config.json", atomically: true, encoding: .utf8)
    let tensors = tensors(vocabulary)
    var writer = try SafetensorsWriter(path: "\(folder)/model.safetensors", tensors: tensors)
    for (index, tensor) in tensors.enumerated() {
      let packed = weights(tensor, seed: seed &* 1000 &+ UInt64(index))
      try writer.append(packed.bytes, to: tensor.name)
    }
    try writer.finish().publish()
  }

  private func tensors(_ vocabulary: Int) -> [SafetensorsPlannedTensor] {
    let (hidden, intermediate, heads, keyValueHeads) = shape.sizes
    let keyValue = hidden / heads * keyValueHeads
    func tensor(_ name: String, _ shape: [Int]) -> SafetensorsPlannedTensor {
      SafetensorsPlannedTensor(name: name, shape: shape, type: "F16")
    }
    var all = [tensor("model.embed_tokens.weight", [vocabulary, hidden])]
    for layer in 0..<layers {
      let matrices = [
        ("input_layernorm", [hidden]), ("self_attn.q_proj", [hidden, hidden]),
        ("self_attn.k_proj", [keyValue, hidden]),
        ("self_attn.v_proj", [keyValue, hidden]), ("self_attn.o_proj", [hidden, hidden]),
        ("post_attention_layernorm", [hidden]), ("mlp.gate_proj", [intermediate, hidden]),
        ("mlp.up_proj", [intermediate, hidden]), ("mlp.down_proj", [hidden, intermediate]),
      ]
      all += matrices.map { tensor("model.layers.\(layer).\($0.0).weight", $0.1) }
    }
    return all + [tensor("model.norm.weight", [hidden]), tensor("lm_head.weight", [vocabulary, hidden])]
  }

  private func weights(_ tensor: SafetensorsPlannedTensor, seed: UInt64) -> PackedRows {
    let workers = Workers.all
    let columns = tensor.shape[tensor.shape.count - 1]
    let rows = tensor.shape.count == 1 ? 1 : tensor.shape[0]
    var values = gaussianMatrix(rows: rows, columns: columns, seed: seed, on: workers)
    let isNorm = tensor.shape.count == 1
    // Outputs of a layer are about as large as its inputs; each block adds a little to the stream.
    let size = 1 / Float(columns).squareRoot() * (tensor.name.contains("_proj") ? 0.5 : 1)
    values.withDisjointRows { values in
      workers.forEach(rows) { row in
        var gaussian = Gaussian(seed: seed ^ 0xABCD_EF01 &+ UInt64(row))
        let scale = size * exp(0.25 * gaussian.pair().0)
        var target = values.row(row)
        for column in 0..<columns {
          let outlier: Float = (column &* 2_654_435_761) % 1021 == 7 ? 10 : 1
          target[column] = isNorm ? exp(0.2 * target[column]) * (outlier > 1 ? 4 : 1) : target[column] * scale / outlier
        }
      }
    }
    return F16().pack(values, on: workers)
  }

  private func configuration(_ vocabulary: Int) -> String {
    let (hidden, intermediate, heads, keyValueHeads) = shape.sizes
    return """
      {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "float16",
        "hidden_size": \(hidden), "intermediate_size": \(intermediate), "num_hidden_layers": \(layers),
        "num_attention_heads": \(heads), "num_key_value_heads": \(keyValueHeads), "vocab_size": \(vocabulary),
        "max_position_embeddings": 4096, "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "hidden_act": "silu",
        "tie_word_embeddings": false, "bos_token_id": 0, "eos_token_id": 0
      }

      """
  }
}
