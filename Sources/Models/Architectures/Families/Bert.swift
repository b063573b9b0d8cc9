import Checkpoints

/// BERT as an encoder of sentences: learned positions and token types, all tokens in sight of each other, norms of the
/// residual stream itself, and no output matrix.
///
/// Keys: `transformers` configuration_bert and `sentence-transformers` Pooling; names and metadata: llama.cpp
/// `conversion/bert.py`.
struct Bert: Architecture {
  var ggufName: String { "bert" }
  var huggingFaceNames: [String] { ["BertModel"] }
  var modelTypes: [String] { ["bert"] }
  var fixedKeys: [FixedKey] {
    [
      ("is_decoder", .bool(false)), ("add_cross_attention", .bool(false)),
      ("position_embedding_type", .string("absolute")),
    ]
  }
  var adjustingKeys: [String] { ["type_vocab_size"] }
  // Embeddings of sentences do not pass through the head that BERT was trained with.
  var redundantEndings: [String] {
    ["embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.normEpsilon = "layer_norm_eps"
      $0.activations = [.gelu, .geluTanh]
    }
  }
  var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.position = .learned
      $0.mask = .bidirectional
      $0.head = .embedding(.mean)
      $0.biases = Role.biasesOfMatrices
    }
  }

  var adjustingGGUFKeys: [String] { ["attention.causal", Pooling.ggufKey] }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .afterSum).attention().feedForward().steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames(
      before: [
        (.tokenEmbedding, "embeddings.word_embeddings"), (.positionEmbedding, "embeddings.position_embeddings"),
        (.tokenTypeEmbedding, "embeddings.token_type_embeddings"), (.embeddingNorm, "embeddings.LayerNorm"),
      ],
      blockPrefix: "encoder.layer.{}.",
      block: [
        (.attentionQuery, "attention.self.query"), (.attentionKey, "attention.self.key"),
        (.attentionValue, "attention.self.value"), (.attentionOutput, "attention.output.dense"),
        (.attentionSumNorm, "attention.output.LayerNorm"), (.feedForwardUp, "intermediate.dense"),
        (.feedForwardDown, "output.dense"), (.feedForwardSumNorm, "output.LayerNorm"),
      ],
      after: [])
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.tokenTypes = try config.optionalSize("type_vocab_size") ?? 2
  }

  func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {
    try shape.pool(folder)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    if try file.metadata.optionalBool("bert.attention.causal") ?? false {
      throw file.metadata.error("bert.attention.causal", expected: "false: this is an encoder")
    }
    shape.choices.tokenTypes = try file.metadata.size(GGUFKeys.tokenTypes)
    try shape.pool(file, prefix: ggufName)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [("attention.causal", .bool(false))] + (shape.choices.pooling.map { [$0.metadata] } ?? [])
  }
}
