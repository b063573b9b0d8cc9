/// What a Hugging Face folder calls the tensors of a family.
package struct CheckpointNames: Sendable {
  /// Outside of all blocks, before and after them. Without `.weight` and `.bias`.
  package var before: [(role: Role, name: String)]
  package var after: [(role: Role, name: String)]
  /// Goes before the names of block 0, with `{}` for the block's number.
  package var blockPrefix: String
  /// Of all roles that a block of the family may take; those that its steps take are read.
  package var block: [(role: Role, name: String)]
  /// Of the first block and of the last, which are called as what stands outside of all blocks is.
  package var ofEnds: [(role: Role, name: String)] = []
  /// Tensors of a block in which some folders keep several matrices that others name by themselves.
  package var fused: [FusedTensor] = []

  package init(
    before: [(role: Role, name: String)], blockPrefix: String, block: [(role: Role, name: String)],
    after: [(role: Role, name: String)]
  ) {
    self.before = before
    self.blockPrefix = blockPrefix
    self.block = block
    self.after = after
  }

  /// Those of Llama, which most families follow.
  package static let llama = CheckpointNames(
    before: [(.output, "lm_head"), (.tokenEmbedding, "model.embed_tokens")],
    blockPrefix: "model.layers.{}.",
    block: [
      (.attentionNorm, "input_layernorm"), (.attentionQuery, "self_attn.q_proj"),
      (.attentionKey, "self_attn.k_proj"), (.attentionValue, "self_attn.v_proj"),
      (.attentionOutput, "self_attn.o_proj"), (.feedForwardNorm, "post_attention_layernorm"),
      (.feedForwardGate, "mlp.gate_proj"), (.feedForwardUp, "mlp.up_proj"), (.feedForwardDown, "mlp.down_proj"),
      (.router, "mlp.gate"), (.expertGate, "mlp.experts.{e}.gate_proj"), (.expertUp, "mlp.experts.{e}.up_proj"),
      (.expertDown, "mlp.experts.{e}.down_proj"), (.attentionQueryNorm, "self_attn.q_norm"),
      (.attentionKeyNorm, "self_attn.k_norm"),
    ],
    after: [(.outputNorm, "model.norm")])

  /// The same with some roles of a block called otherwise.
  package func replacing(_ names: [Role: String]) -> CheckpointNames {
    var result = self
    result.block = block.map { ($0, names[$0] ?? $1) }
    return result
  }

  /// The same, where some folders keep several matrices of a block in one tensor.
  package func fusing(_ tensors: [FusedTensor]) -> CheckpointNames {
    var result = self
    result.fused = tensors
    return result
  }

  /// The same with more tensors in each block, behind all others.
  package func adding(_ names: [(role: Role, name: String)]) -> CheckpointNames {
    var result = self
    result.block = block.filter { role, _ in !names.contains { $0.role == role } } + names
    return result
  }
}

extension Role {
  /// What llama.cpp calls it in every family, without `.weight` and `.bias`; `{}` stands for the block.
  ///
  /// `TENSOR_NAMES` of llama.cpp's `gguf-py/gguf/constants.py`.
  var ggufName: String {
    switch self {
    case .tokenEmbedding: "token_embd"
    case .positionEmbedding: "position_embd"
    case .tokenTypeEmbedding: "token_types"
    case .embeddingNorm, .embeddingNormBias: "token_embd_norm"
    case .outputNorm, .outputNormBias: "output_norm"
    case .output, .outputBias: "output"
    case .attentionNorm, .attentionNormBias: "blk.{}.attn_norm"
    case .attentionQuery, .attentionQueryBias: "blk.{}.attn_q"
    case .attentionKey, .attentionKeyBias: "blk.{}.attn_k"
    case .attentionValue, .attentionValueBias: "blk.{}.attn_v"
    case .attentionQueryKeyValue, .attentionQueryKeyValueBias: "blk.{}.attn_qkv"
    case .attentionQueryNorm: "blk.{}.attn_q_norm"
    case .attentionKeyNorm: "blk.{}.attn_k_norm"
    case .attentionQueryDown, .attentionQueryDownBias: "blk.{}.attn_q_a"
    case .attentionQueryDownNorm: "blk.{}.attn_q_a_norm"
    case .attentionQueryUp: "blk.{}.attn_q_b"
    case .attentionKeyValueDown, .attentionKeyValueDownBias: "blk.{}.attn_kv_a_mqa"
    case .attentionKeyValueDownNorm: "blk.{}.attn_kv_a_norm"
    case .attentionKeyUp: "blk.{}.attn_k_b"
    case .attentionValueUp: "blk.{}.attn_v_b"
    case .attentionSinks: "blk.{}.attn_sinks"
    case .attentionOutput, .attentionOutputBias: "blk.{}.attn_output"
    case .deltaQueryKeyValue: "blk.{}.attn_qkv"
    case .deltaGate: "blk.{}.attn_gate"
    case .deltaBeta: "blk.{}.ssm_beta"
    case .deltaAlpha: "blk.{}.ssm_alpha"
    case .deltaBetaAlpha: "blk.{}.ssm_ba"
    case .deltaConvolution: "blk.{}.ssm_conv1d"
    case .deltaRate: "blk.{}.ssm_a"
    case .deltaStep: "blk.{}.ssm_dt"
    case .deltaNorm: "blk.{}.ssm_norm"
    case .deltaOutput: "blk.{}.ssm_out"
    case .convolutionInput: "blk.{}.shortconv.in_proj"
    case .convolutionTaps: "blk.{}.shortconv.conv"
    case .convolutionOutput: "blk.{}.shortconv.out_proj"
    case .stateInput: "blk.{}.ssm_in"
    case .stateConvolution, .stateConvolutionBias: "blk.{}.ssm_conv1d"
    case .stateRate: "blk.{}.ssm_a"
    case .stateSkip: "blk.{}.ssm_d"
    case .stateStep: "blk.{}.ssm_dt"
    case .stateNorm: "blk.{}.ssm_norm"
    case .stateOutput: "blk.{}.ssm_out"
    case .attentionPostNorm: "blk.{}.post_attention_norm"
    case .attentionSumNorm, .attentionSumNormBias: "blk.{}.attn_output_norm"
    case .feedForwardNorm, .feedForwardNormBias: "blk.{}.ffn_norm"
    case .feedForwardGate, .feedForwardGateBias: "blk.{}.ffn_gate"
    case .feedForwardUp, .feedForwardUpBias, .feedForwardGateUp: "blk.{}.ffn_up"
    case .feedForwardDown, .feedForwardDownBias: "blk.{}.ffn_down"
    case .feedForwardPostNorm: "blk.{}.post_ffw_norm"
    case .feedForwardBranchNorm: "blk.{}.post_ffw_norm_1"
    case .feedForwardSumNorm, .feedForwardSumNormBias: "blk.{}.layer_output_norm"
    case .layerEmbedding: "per_layer_token_embd"
    case .layerEmbeddingProjection: "per_layer_model_proj"
    case .layerEmbeddingNorm: "per_layer_proj_norm"
    case .layerInputGate: "blk.{}.inp_gate"
    case .layerInputOutput: "blk.{}.proj"
    case .layerInputPostNorm: "blk.{}.post_norm"
    case .layerScale: "blk.{}.layer_output_scale"
    case .streamInput: "altup_proj"
    case .streamOutput: "altup_unembd_proj"
    case .altUpRouterNorm: "blk.{}.altup_router_norm"
    case .altUpRouter: "blk.{}.altup_router"
    case .altUpPrediction: "blk.{}.altup_predict_coef"
    case .altUpCorrection: "blk.{}.altup_correct_coef"
    case .altUpScale: "blk.{}.altup_correct_scale"
    case .laurelDown: "blk.{}.laurel_l"
    case .laurelUp: "blk.{}.laurel_r"
    case .laurelNorm: "blk.{}.laurel_post_norm"
    case .router, .routerBias, .routerNorm: "blk.{}.ffn_gate_inp"
    case .routerCorrection: "blk.{}.exp_probs_b"
    case .expertGate, .expertGateBias: "blk.{}.ffn_gate_exps"
    case .expertUp, .expertUpBias: "blk.{}.ffn_up_exps"
    case .expertDown, .expertDownBias, .expertScale: "blk.{}.ffn_down_exps"
    case .expertNorm: "blk.{}.pre_ffw_norm_2"
    case .expertPostNorm: "blk.{}.post_ffw_norm_2"
    case .sharedRouter: "blk.{}.ffn_gate_inp_shexp"
    case .sharedGate: "blk.{}.ffn_gate_shexp"
    case .sharedUp: "blk.{}.ffn_up_shexp"
    case .sharedDown: "blk.{}.ffn_down_shexp"
    }
  }
}
