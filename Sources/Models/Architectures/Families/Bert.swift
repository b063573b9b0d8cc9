import Checkpoints

/// BERT as an encoder of sentences: learned positions and token types, all tokens in sight of each other, norms of the
/// residual stream itself, and no output matrix.
///
/// Keys: `transformers` configuration_bert and `sentence-transformers` Pooling; names and metadata: llama.cpp
/// `conversion/bert.py`.
package struct Bert: Architecture {
  package init() {}

  package var ggufName: String { "bert" }
  package var huggingFaceNames: [String] { ["BertModel"] }
  package var modelTypes: [String] { ["bert"] }
  package var adjustingKeys: [String] {
    ["is_decoder", "add_cross_attention", "position_embedding_type", "type_vocab_size"]
  }
  // Embeddings of sentences do not pass through the head that BERT was trained with.
  package var redundantEndings: [String] {
    ["embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias"]
  }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.keyValueHeads = nil
      $0.headSize = nil
      $0.normEpsilon = "layer_norm_eps"
      $0.activations = [.gelu, .geluTanh]
    }
  }
  package var choices: DecoderChoices {
    DecoderChoices {
      $0.norm = .layer
      $0.position = .learned
      $0.mask = .bidirectional
      $0.head = .embedding(.mean)
      $0.biases = [
        .attentionQueryBias, .attentionKeyBias, .attentionValueBias, .attentionOutputBias, .feedForwardUpBias,
        .feedForwardDownBias,
      ]
    }
  }

  package var adjustingGGUFKeys: [String] { ["attention.causal", "pooling_type"] }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer, norms: .afterSum).attention().feedForward().steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
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

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    for key in ["is_decoder", "add_cross_attention"] where try config.optionalBool(key) ?? false {
      throw config.error(key, expected: "false: this is an encoder")
    }
    guard try config.optionalString("position_embedding_type") ?? "absolute" == "absolute" else {
      throw config.error("position_embedding_type", expected: "absolute")
    }
    shape.tiedOutput = false
    shape.choices.tokenTypes = try config.optionalSize("type_vocab_size") ?? 2
  }

  package func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {
    shape.choices.head = .embedding(try Pooling(folder, hiddenSize: shape.hiddenSize))
    try SentenceTransformerKeys.check(folder)
  }

  package func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    if try file.metadata.optionalBool("bert.attention.causal") ?? false {
      throw file.metadata.error("bert.attention.causal", expected: "false: this is an encoder")
    }
    shape.tiedOutput = false
    shape.choices.tokenTypes = try file.metadata.size(GGUFKeys.tokenTypes)
    shape.choices.head = .embedding(try Pooling(file, prefix: ggufName))
  }

  package func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = [("attention.causal", .bool(false))]
    if let pooling = shape.choices.pooling { entries.append(("pooling_type", .uint32(pooling.ggufNumber))) }
    return entries
  }

  package func ggufObstacle(_ shape: DecoderShape) -> String? { GELU.obstacle(shape) }
}
