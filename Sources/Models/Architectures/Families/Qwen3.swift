import Checkpoints

/// Qwen3: Llama with a norm over each head of queries and keys. Folders of sentence-transformers hold it without its head, as a model
/// that makes embeddings.
///
/// Keys: `transformers` configuration_qwen3 and `sentence-transformers` Pooling; names and metadata: llama.cpp `conversion/qwen.py`.
struct Qwen3: Architecture {
  var ggufName: String { "qwen3" }
  var huggingFaceNames: [String] { ["Qwen3ForCausalLM"] }
  var modelTypes: [String] { ["qwen3"] }
  var adjustingKeys: [String] { Qwen2.windowKeys }
  var adjustingGGUFKeys: [String] { [Pooling.ggufKey] }
  var basePrefix: String? { "model." }
  var biasKeys: [BiasKey] { [.attention] }
  var configKeys: ConfigKeys { ConfigKeys { $0.usualKeyValueHeads = 32 } }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(norm: .eachHead).gatedFeedForward().steps
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = try Qwen2.attention(shape, config)
  }

  func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {
    guard folder.hasSentenceModules else { return }
    try shape.pool(folder)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    guard try Pooling.isSaid(file, prefix: ggufName) else { return }
    try shape.pool(file, prefix: ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    shape.choices.pooling.map { [$0.metadata] } ?? []
  }
}
