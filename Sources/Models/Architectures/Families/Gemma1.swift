import Checkpoints

/// Gemma's first version: Llama with scaled embeddings, norms that are stored less one, and a gate through GELU.
///
/// Keys: `transformers` configuration_gemma; names and metadata: llama.cpp `conversion/gemma.py`.
struct Gemma1: Architecture {
  var ggufName: String { "gemma" }
  var huggingFaceNames: [String] { ["GemmaForCausalLM"] }
  var modelTypes: [String] { ["gemma"] }
  var fixedKeys: [FixedKey] { Gemma2().fixedKeys }
  var biasKeys: [BiasKey] { [.attention] }
  var ggufOutput: GGUFOutput { .tied }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 16
      $0.usualHeadSize = 256
      $0.activations = [.geluTanh, .gelu]
      $0.tiesOutput = true
    }
  }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { Gemma.storage(role) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    // Older files say so of what the model was trained with, and transformers knows it.
    if try config.optionalString("hidden_act") == "gelu" { shape.choices.activation = .geluTanh }
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    shape.choices.embeddingMultiplier = Gemma.embeddingMultiplier(shape)
  }

}
