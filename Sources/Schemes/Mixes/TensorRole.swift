/// What a weight matrix does in a model, as far as a mix of formats cares.
package enum TensorRole: String, Sendable, CaseIterable {
  case tokenEmbedding
  case output
  case attentionQuery
  case attentionKey
  case attentionValue
  /// Query, key and value in one matrix.
  case attentionQueryKeyValue
  /// The second, up-projecting half of a factored key and value matrix.
  case attentionKeyValueUp
  case attentionOutput
  case feedForwardGate
  case feedForwardUp
  case feedForwardDown
  /// A matrix that no mix treats specially.
  case other

  /// The role of a tensor by its GGUF name, such as `blk.3.attn_v.weight`.
  package init(ggufName name: String) {
    if let role = Self.whole[name] {
      self = role
    } else {
      self = Self.parts.first { name.contains($0.part) }?.role ?? .other
    }
  }

  private static let whole: [String: TensorRole] = [
    "output.weight": .output, "token_embd.weight": .tokenEmbedding, "per_layer_token_embd.weight": .tokenEmbedding,
  ]

  /// In the order in which they are tried. Feed-forward names go without a suffix, so that those of experts match too.
  private static let parts: [(part: String, role: TensorRole)] = [
    ("attn_qkv.weight", .attentionQueryKeyValue), ("attn_kv_b.weight", .attentionKeyValueUp),
    ("attn_v.weight", .attentionValue), ("attn_k.weight", .attentionKey), ("attn_q.weight", .attentionQuery),
    ("attn_output.weight", .attentionOutput), ("ffn_up", .feedForwardUp), ("ffn_gate", .feedForwardGate),
    ("ffn_down", .feedForwardDown),
  ]

  /// Whether the values that attention passes on come out of this matrix.
  package var makesValues: Bool {
    switch self {
    case .attentionValue, .attentionQueryKeyValue, .attentionKeyValueUp: true
    default: false
    }
  }
}

/// Which tensors are quantized at all.
package enum QuantizedTensors {
  /// Whether a tensor of this GGUF name and number of dimensions (those beyond 1 that are not trivial) is quantized.
  ///
  /// Vectors, norms, routers, positions and small recurrent or convolutional matrices are left as they are. The list
  /// is that of llama.cpp's `tensor_allows_quantization`, for the architectures that we know.
  package static func contains(ggufName name: String, dimensions: Int) -> Bool {
    guard dimensions >= 2, name.hasSuffix("weight") else { return false }
    if ["position_embd.weight", "token_types.weight"].contains(name) { return false }
    return !excluded.contains { name.contains($0) }
  }

  private static let excluded = [
    "_norm.weight", "ffn_gate_inp.weight", "ffn_gate_tid2eid.weight", "altup", "laurel", "per_layer_model_proj",
    "ssm_conv1d", "shortconv.conv.weight", "indexer.k_proj.weight", "indexer.q_proj.weight", "time_mix_first.weight",
    "time_mix_w0.weight", "time_mix_w1.weight", "time_mix_w2.weight", "time_mix_v0.weight", "time_mix_v1.weight",
    "time_mix_v2.weight", "time_mix_a0.weight", "time_mix_a1.weight", "time_mix_a2.weight", "time_mix_g1.weight",
    "time_mix_g2.weight", "time_mix_decay_w1.weight", "time_mix_decay_w2.weight", "time_mix_lerp_fused.weight",
    "attn_rel_b.weight", ".position_embd", "sam.pos_embd", "sam.neck.", "sam.net_", ".rel_pos", ".patch_embd",
    ".patch_merger",
  ]
}
