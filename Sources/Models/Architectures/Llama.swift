import Checkpoints

/// Llama 1 to 3.x, and every checkpoint that calls itself one.
///
/// Keys: `transformers` configuration_llama; names, row order and metadata: llama.cpp `conversion/llama.py`.
package struct Llama: Architecture {
  package init() {}

  package var ggufName: String { "llama" }
  package var huggingFaceNames: [String] { ["LlamaForCausalLM"] }

  package func shape(_ config: JSONObject) throws(CheckpointError) -> DecoderShape {
    let hidden = try config.size("hidden_size")
    let heads = try config.size("num_attention_heads")
    let keyValueHeads = try config.optionalSize("num_key_value_heads") ?? heads
    guard heads % keyValueHeads == 0 else {
      throw config.error("num_key_value_heads", expected: "a divisor of num_attention_heads, \(heads)")
    }
    let headSize = try config.optionalSize("head_dim") ?? hidden / heads
    guard headSize > 0, headSize % 2 == 0 else {
      throw config.error("head_dim", expected: "an even number; hidden_size / num_attention_heads is \(hidden / heads)")
    }
    if let activation = try config.optionalString("hidden_act"), activation != "silu" {
      throw config.error("hidden_act", expected: "silu")
    }
    for key in ["attention_bias", "mlp_bias"] where try config.optionalBool(key) ?? false {
      throw config.error(key, expected: "false: biases are not supported yet")
    }
    let context = try config.size("max_position_embeddings")
    return DecoderShape(
      layers: try config.size("num_hidden_layers"), hiddenSize: hidden,
      intermediateSize: try config.size("intermediate_size"), heads: heads, keyValueHeads: keyValueHeads,
      headSize: headSize, vocabularySize: try config.size("vocab_size"), contextLength: context,
      normEpsilon: Float(try config.positiveNumber("rms_norm_eps")),
      rotary: try RotaryEmbedding(config, dimensions: headSize, context: context),
      tiedOutput: try config.optionalBool("tie_word_embeddings") ?? false)
  }

  package func shape(_ file: GGUFFile) throws(CheckpointError) -> DecoderShape {
    let keys = file.metadata
    let hidden = try keys.size("llama.embedding_length")
    let heads = try keys.size("llama.attention.head_count")
    let headSize = try keys.optionalSize("llama.attention.key_length") ?? hidden / heads
    guard headSize > 0, headSize % 2 == 0 else {
      throw keys.error("llama.attention.head_count", expected: "heads of an even size, not of \(headSize)")
    }
    let keyValueHeads = try keys.optionalSize("llama.attention.head_count_kv") ?? heads
    guard heads % keyValueHeads == 0 else {
      throw keys.error("llama.attention.head_count_kv", expected: "a divisor of llama.attention.head_count, \(heads)")
    }
    let embedding = try file.tensor(Self.embedding.gguf)
    guard embedding.shape.count == 2 else {
      throw .malformed(
        path: file.path, part: .tensor(embedding.name, "shape"), found: "\(embedding.shape)", expected: "two sides")
    }
    return DecoderShape(
      layers: try keys.size("llama.block_count"), hiddenSize: hidden,
      intermediateSize: try keys.size("llama.feed_forward_length"), heads: heads, keyValueHeads: keyValueHeads,
      headSize: headSize, vocabularySize: embedding.shape[0], contextLength: try keys.size("llama.context_length"),
      normEpsilon: Float(try keys.positiveNumber("llama.attention.layer_norm_rms_epsilon")),
      rotary: try RotaryEmbedding(
        keys, prefix: "llama", dimensions: headSize, divisors: try Self.divisors(file, pairs: headSize / 2)),
      tiedOutput: !file.has(Self.output.gguf))
  }

  /// The tensor of frequency divisors, where a file has one.
  private static func divisors(_ file: GGUFFile, pairs: Int) throws(CheckpointError) -> [Float]? {
    guard file.has(ropeFactors) else { return nil }
    let divisors = try file.matrix(ropeFactors).array()
    guard divisors.count == pairs, divisors.allSatisfy({ $0 > 0 }) else {
      throw .malformed(
        path: file.path, part: .tensor(ropeFactors, "values"),
        found: "\(divisors.count) numbers from \(divisors.min() ?? 0)", expected: "\(pairs) positive numbers")
    }
    return divisors
  }

  package func weights(_ shape: DecoderShape) -> [WeightSpec] {
    let hidden = shape.hiddenSize
    var specs: [WeightSpec] = []
    if !shape.tiedOutput {
      specs.append(
        WeightSpec(
          .output, huggingFace: Self.output.huggingFace, gguf: Self.output.gguf, rows: shape.vocabularySize,
          columns: hidden))
    }
    specs.append(
      WeightSpec(
        .tokenEmbedding, huggingFace: Self.embedding.huggingFace, gguf: Self.embedding.gguf,
        rows: shape.vocabularySize, columns: hidden))
    for layer in 0..<shape.layers { specs += block(layer, shape) }
    specs.append(
      WeightSpec(.outputNorm, huggingFace: "model.norm.weight", gguf: "output_norm.weight", vector: hidden))
    return specs
  }

  private func block(_ layer: Int, _ shape: DecoderShape) -> [WeightSpec] {
    let hidden = shape.hiddenSize
    let queries = shape.heads * shape.headSize
    let keys = shape.keyValueHeads * shape.headSize
    let wide = shape.intermediateSize
    func matrix(
      _ role: Role, _ huggingFace: String, _ gguf: String, _ rows: Int, _ columns: Int,
      _ order: RowOrder = .natural
    ) -> WeightSpec {
      WeightSpec(
        role, layer: layer, huggingFace: "model.layers.\(layer).\(huggingFace).weight",
        gguf: "blk.\(layer).\(gguf).weight", rows: rows, columns: columns, ggufRowOrder: order)
    }
    func norm(_ role: Role, _ huggingFace: String, _ gguf: String) -> WeightSpec {
      WeightSpec(
        role, layer: layer, huggingFace: "model.layers.\(layer).\(huggingFace).weight",
        gguf: "blk.\(layer).\(gguf).weight", vector: hidden)
    }
    let pairs = RowOrder.rotaryPairs(headSize: shape.headSize)
    return [
      norm(.attentionNorm, "input_layernorm", "attn_norm"),
      matrix(.attentionQuery, "self_attn.q_proj", "attn_q", queries, hidden, pairs),
      matrix(.attentionKey, "self_attn.k_proj", "attn_k", keys, hidden, pairs),
      matrix(.attentionValue, "self_attn.v_proj", "attn_v", keys, hidden),
      matrix(.attentionOutput, "self_attn.o_proj", "attn_output", hidden, queries),
      norm(.feedForwardNorm, "post_attention_layernorm", "ffn_norm"),
      matrix(.feedForwardGate, "mlp.gate_proj", "ffn_gate", wide, hidden),
      matrix(.feedForwardUp, "mlp.up_proj", "ffn_up", wide, hidden),
      matrix(.feedForwardDown, "mlp.down_proj", "ffn_down", hidden, wide),
    ]
  }

  package func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    [
      ("llama.block_count", .uint32(UInt32(shape.layers))),
      ("llama.context_length", .uint32(UInt32(shape.contextLength))),
      ("llama.embedding_length", .uint32(UInt32(shape.hiddenSize))),
      ("llama.feed_forward_length", .uint32(UInt32(shape.intermediateSize))),
      ("llama.attention.head_count", .uint32(UInt32(shape.heads))),
      ("llama.attention.head_count_kv", .uint32(UInt32(shape.keyValueHeads))),
      ("llama.attention.key_length", .uint32(UInt32(shape.headSize))),
      ("llama.attention.value_length", .uint32(UInt32(shape.headSize))),
      ("llama.attention.layer_norm_rms_epsilon", .float32(shape.normEpsilon)),
      ("llama.vocab_size", .uint32(UInt32(shape.vocabularySize))),
    ] + shape.rotary.metadata(prefix: "llama")
  }

  package func wiring(_ shape: DecoderShape) -> BlockWiring { .llama(shape) }

  package func derivedTensors(_ shape: DecoderShape) -> [DerivedTensor] {
    switch shape.rotary.scaling {
    case .none, .linear: return []
    case .llama3, .divisors: break
    }
    return [DerivedTensor(name: Self.ropeFactors, values: shape.rotary.frequencyDivisors.map { Float($0) })]
  }

  package func isRedundant(_ tensor: String, in shape: DecoderShape) -> Bool {
    // Old checkpoints store the rotary frequencies, and some a second copy of a tied table.
    tensor.hasSuffix("rotary_emb.inv_freq") || (shape.tiedOutput && tensor == Self.output.huggingFace)
  }

  private static let ropeFactors = "rope_freqs.weight"
  private static let embedding = (huggingFace: "model.embed_tokens.weight", gguf: "token_embd.weight")
  private static let output = (huggingFace: "lm_head.weight", gguf: "output.weight")
}
