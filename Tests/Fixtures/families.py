"""Makes a tiny random model of every family and writes what PyPI's transformers computes with it.

    python families.py              writes families.json: configurations, tensors, tokens and logits; of encoders the last
                                    hidden states instead, and the embedding
    python families.py LLAMA_CPP    writes families-gguf.json too: what the converter in that source tree makes of them
    python families.py LLAMA_CPP NAME ...   makes these alone and keeps the others, whose last digits depend on the machine
    from families import write_folder   writes a model's folder; needs numpy alone

Weights are not stored but drawn: `values` here and in FamilyFixture.swift gives the same numbers. Making the files
needs torch 2.15, transformers 5.23, safetensors 0.8, sentencepiece 0.2 and tokenizers 0.23.
"""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy

HERE = Path(__file__).resolve().parent
VOCABULARY = 384
COMMON = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
              num_key_value_heads=2, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=None)
# Whose tokenizer is a byte-level one; all others have SentencePiece's.
BYTE_LEVEL = {"gpt2", "gpt_neox", "starcoder2", "olmo2", "olmo3", "olmoe", "qwen2_moe", "qwen3_moe", "glm", "glm4", "seed_oss",
              "stablelm", "cohere", "cohere2", "exaone4", "hunyuan_v1_dense", "mpt", "bloom", "gpt_bigcode", "jais2",
             "glm4_moe", "dots1", "minimax_m2", "gpt_oss", "qwen3_5_text", "qwen3_5_moe_text", "qwen3_next", "qwen3_5", "qwen3_5_moe",
             "deepseek_v2", "deepseek_v3", "lfm2", "lfm2_moe", "phi", "olmo", "falcon", "apertus", "exaone_moe", "granitemoehybrid", "falcon_h1",
             "nemotron_h", "qwen2_vl", "qwen2_5_vl", "qwen3_vl", "qwen3_vl_moe", "hunyuan_v1_moe", "llama4_text", "llama4"}
GPT2 = dict(vocab_size=VOCABULARY, n_embd=64, n_layer=2, n_head=4, n_positions=256, bos_token_id=0, eos_token_id=0)
NEOX = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=256, bos_token_id=0, eos_token_id=0, tie_word_embeddings=False)
BERT = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=4,
            max_position_embeddings=256, pad_token_id=0)
# Behind two rows that no text reads.
ROBERTA = {**BERT, "max_position_embeddings": 258, "type_vocab_size": 1, "layer_norm_eps": 1e-5, "bos_token_id": 0, "pad_token_id": 1,
           "eos_token_id": 2}
ROBERTA_TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "cls_token": "<s>", "unk_token": "<unk>", "pad_token": "<pad>",
                  "mask_token": "<mask>"}
# Those whose sizes go by names of their own.
BLOOM = dict(vocab_size=VOCABULARY, hidden_size=64, n_layer=2, n_head=4, bos_token_id=0, eos_token_id=0)
MPT = dict(vocab_size=VOCABULARY, d_model=64, n_layers=2, n_heads=4, max_seq_len=256, expansion_ratio=4, bos_token_id=0,
           eos_token_id=0)
FALCON = dict(vocab_size=VOCABULARY, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, max_position_embeddings=2048,
              bos_token_id=0, eos_token_id=0)
MODERN_BERT = dict(vocab_size=VOCABULARY, hidden_size=64, intermediate_size=96, num_hidden_layers=4, num_attention_heads=4,
                   max_position_embeddings=256, local_attention=12, cls_token_id=0, sep_token_id=1, pad_token_id=2, bos_token_id=0,
                   eos_token_id=1)
SIZES = {"falcon": FALCON, "gpt2": GPT2, "gpt_bigcode": GPT2, "gpt_neox": NEOX, "bert": BERT, "xlm-roberta": ROBERTA, "roberta": ROBERTA, "modernbert": MODERN_BERT, "bloom": BLOOM, "mpt": MPT,
         "qwen3_5_moe_text": {key: value for key, value in COMMON.items() if key != "intermediate_size"}}
# Whose norms are stored less one.
SHIFTED = ("gemma2", "gemma3", "nemotron", "qwen3_5", "qwen3_next")
# Older keys that published checkpoints have, and llama.cpp's converter reads.
OLDER = {"modernbert": {"layer_norm_eps": 1e-5, "global_attn_every_n_layers": 3}, "gpt2": {"n_ctx": 256}, "cohere2": {"rotary_pct": 1.0}, "mpt": {"architectures": ["MPTForCausalLM"]},
         "deepseek_v2": {"scoring_func": "softmax"}, "deepseek_v3": {"scoring_func": "sigmoid", "topk_method": "noaux_tc"}, "exaone_moe": {"scoring_func": "sigmoid"},
         "hunyuan_v1_moe": {"moe_topk": [2, 2], "moe_intermediate_size": [96, 96], "num_shared_expert": [1, 1], "use_qk_norm": True}}
# What published checkpoints lack, and their class writes today. llama.cpp's converter would take models for others by these keys.
LACKING = {"nemotron-h": {"layers_block_type", "mtp_layers_block_type", "num_nextn_predict_layers", "n_routed_experts", "n_shared_experts",
                          "moe_intermediate_size", "moe_shared_expert_intermediate_size", "moe_latent_size", "moe_shared_expert_overlap",
                          "num_experts_per_tok", "routed_scaling_factor", "n_group", "topk_group", "norm_topk_prob", "output_router_logits"},
           "nemotron-h-moe": {"layers_block_type", "mtp_layers_block_type"}}
LETTERS = {"mamba": "M", "attention": "*", "mlp": "-", "moe": "E"}
# Factors of phi3's longer variant, one for each pair of components that turn.
SHORT, LONG = [1.0, 1.1, 1.25, 1.5, 1.75, 2.0], [1.0, 1.5, 2.5, 4.0, 6.0, 8.0]


def rope(kind, **more):
    return {"rope_parameters": {"rope_type": kind, "rope_theta": 10000.0, **more}}


# Name, type of model, its options. Every option of a decoder is on in one of them.
VARIANTS = [
    ("llama", "llama", dict(tie_word_embeddings=False)),
    ("llama-tied-bf16", "llama", dict(tie_word_embeddings=True, head_dim=24)),
    ("llama-biases", "llama", dict(attention_bias=True, mlp_bias=True, tie_word_embeddings=False, **rope("linear", factor=4.0))),
    ("llama-3-padded", "llama", dict(vocab_size=416, tie_word_embeddings=False, **rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64))),
    ("llama-yarn", "llama", dict(tie_word_embeddings=False, **rope(
        "yarn", factor=4.0, original_max_position_embeddings=64, beta_fast=32.0, beta_slow=1.0))),
    ("mistral", "mistral", dict(sliding_window=None, tie_word_embeddings=False)),
    ("mistral-window", "mistral", dict(sliding_window=12, tie_word_embeddings=False)),
    ("qwen2", "qwen2", dict(tie_word_embeddings=True)),
    ("qwen2-window", "qwen2", dict(use_sliding_window=True, sliding_window=12, max_window_layers=1,
                                   tie_word_embeddings=False)),
    ("qwen3", "qwen3", dict(head_dim=32, tie_word_embeddings=False)),
    ("smollm3", "smollm3", dict(num_hidden_layers=4, tie_word_embeddings=True)),
    ("granite", "granite", dict(embedding_multiplier=6.0, residual_multiplier=0.4, attention_multiplier=0.3,
                                logits_scaling=2.0, tie_word_embeddings=True)),
    ("olmo2", "olmo2", dict(tie_word_embeddings=False)),
    ("olmo3", "olmo3", dict(num_hidden_layers=4, sliding_window=12, tie_word_embeddings=False, rope_parameters={
        "full_attention": {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "beta_fast": 32.0, "beta_slow": 1.0,
                           "original_max_position_embeddings": 64},
        "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}})),
    ("phi3", "phi3", dict(tie_word_embeddings=False, original_max_position_embeddings=256, sliding_window=None)),
    ("phi3-long", "phi3", dict(
        tie_word_embeddings=False, partial_rotary_factor=0.75, original_max_position_embeddings=64, sliding_window=None,
        rope_parameters={"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": SHORT, "long_factor": LONG,
                         "partial_rotary_factor": 0.75, "original_max_position_embeddings": 64})),
    ("gemma2", "gemma2", dict(head_dim=24, query_pre_attn_scalar=24, sliding_window=12, attn_logit_softcapping=5.0,
                              final_logit_softcapping=8.0)),
    ("gemma3", "gemma3_text", dict(head_dim=24, query_pre_attn_scalar=24, sliding_window=12, num_hidden_layers=6)),
    ("gpt2", "gpt2", dict()),
    ("gptneox", "gpt_neox", dict(rotary_pct=0.25)),
    ("gptneox-sequential", "gpt_neox", dict(use_parallel_residual=False, hidden_act="gelu_new", rotary_pct=0.5)),
    ("starcoder2", "starcoder2", dict(sliding_window=None, tie_word_embeddings=False)),
    ("starcoder2-window", "starcoder2", dict(sliding_window=12, tie_word_embeddings=True)),
]
VARIANTS += [
    ("gemma", "gemma", dict(head_dim=24)),
    ("glm", "glm", dict(head_dim=16, tie_word_embeddings=False)),
    ("glm4", "glm4", dict(head_dim=16, attention_bias=False, tie_word_embeddings=False)),
    ("seed-oss", "seed_oss", dict(head_dim=24, tie_word_embeddings=False)),
    ("stablelm", "stablelm", dict(use_qkv_bias=True, tie_word_embeddings=False)),
    ("cohere", "cohere", dict(logit_scale=0.25)),
    ("cohere2", "cohere2", dict(num_hidden_layers=4, head_dim=16, sliding_window=12, logit_scale=0.25)),
    ("exaone4", "exaone4", dict(sliding_window=None, layer_types=["full_attention"] * 2, tie_word_embeddings=True)),
    ("hunyuan", "hunyuan_v1_dense", dict(head_dim=16, tie_word_embeddings=True)),
    ("ernie", "ernie4_5", dict(head_dim=16, tie_word_embeddings=True)),
    ("arcee", "arcee", dict(head_dim=16, tie_word_embeddings=False)),
    ("nemotron", "nemotron", dict(head_dim=16, tie_word_embeddings=False)),
    ("jais2", "jais2", dict(head_dim=16, num_key_value_heads=4, tie_word_embeddings=False)),
    ("internlm3", "internlm3", dict(head_dim=16, tie_word_embeddings=False)),
    ("starcoder", "gpt_bigcode", dict()),
    ("bloom", "bloom", dict()),
    ("mpt", "mpt", dict()),
]
VARIANTS += [
    ("phi", "phi", dict(num_key_value_heads=4, intermediate_size=256, tie_word_embeddings=False)),
    ("olmo", "olmo", dict(tie_word_embeddings=False)),
    ("olmo-clipped", "olmo", dict(clip_qkv=0.9, tie_word_embeddings=True)),
    ("falcon", "falcon", dict(num_kv_heads=1)),
    ("falcon-grouped", "falcon", dict(new_decoder_architecture=True, num_kv_heads=2, tie_word_embeddings=False)),
    ("falcon-one-norm", "falcon", dict(new_decoder_architecture=True, num_kv_heads=2, num_ln_in_parallel_attn=1)),
    ("apertus", "apertus", dict(tie_word_embeddings=False, **rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64))),
    ("ministral3", "ministral3", dict(head_dim=16, tie_word_embeddings=False, **rope(
        "yarn", factor=4.0, original_max_position_embeddings=16, beta_fast=32.0, beta_slow=1.0, mscale=1.0, mscale_all_dim=1.0,
        llama_4_scaling_beta=0.1))),
]
EXPERTS = dict(num_hidden_layers=2, tie_word_embeddings=False)
VARIANTS += [
    ("granite-moe", "granitemoe", dict(**EXPERTS, num_local_experts=4, num_experts_per_tok=2, attention_multiplier=0.3,
                                       residual_multiplier=0.4)),
    ("granite-moe-shared", "granitemoeshared", dict(num_hidden_layers=2, tie_word_embeddings=True, num_local_experts=4,
                                                    num_experts_per_tok=2, shared_intermediate_size=48)),
    ("glm4-moe", "glm4_moe", dict(num_hidden_layers=3, n_routed_experts=8, num_experts_per_tok=3, moe_intermediate_size=32,
                                  first_k_dense_replace=1, head_dim=16, n_group=1, topk_group=1, num_nextn_predict_layers=0,
                                  use_qk_norm=True, attention_bias=True, routed_scaling_factor=1.5, tie_word_embeddings=False)),
    ("exaone-moe", "exaone_moe", dict(
        num_hidden_layers=4, head_dim=16, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=32, first_k_dense_replace=1,
        num_shared_experts=2, n_group=1, topk_group=1, routed_scaling_factor=2.5, sliding_window=12, tie_word_embeddings=False)),
    ("dots1", "dots1", dict(num_hidden_layers=2, num_key_value_heads=4, n_routed_experts=6, num_experts_per_tok=2, moe_intermediate_size=32,
                            first_k_dense_replace=1, n_shared_experts=2, n_group=1, topk_group=1, routed_scaling_factor=2.5,
                            sliding_window=None, norm_topk_prob=True, tie_word_embeddings=False)),
    ("minimax-m2", "minimax_m2", dict(**EXPERTS, num_local_experts=4, num_experts_per_tok=2, head_dim=16, rotary_dim=8)),
    ("ernie-moe", "ernie4_5_moe", dict(num_hidden_layers=2, moe_num_experts=4, moe_k=2, moe_intermediate_size=32,
                                       intermediate_size=128, moe_num_shared_experts=2, moe_layer_start_index=1)),
    ("hunyuan-moe", "hunyuan_v1_moe", dict(**EXPERTS, num_experts=4, moe_topk=2, head_dim=16)),
    ("gpt-oss", "gpt_oss", dict(**EXPERTS, num_local_experts=4, num_experts_per_tok=2, head_dim=16, sliding_window=12,
                                layer_types=["sliding_attention", "full_attention"], **rope("default"))),
]
# Delta nets: as many heads of values as of keys, and more of them, which GGUF files have in another order.
DELTA = dict(num_hidden_layers=4, head_dim=32, linear_num_key_heads=2, linear_key_head_dim=16, linear_value_head_dim=16,
             tie_word_embeddings=False)
VARIANTS += [
    ("qwen3.5", "qwen3_5_text", dict(**DELTA, linear_num_value_heads=6, rope_parameters={
        "rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5, "mrope_section": [3, 3, 2],
        "mrope_interleaved": True})),
    ("qwen3.5-equal-heads", "qwen3_5_text", dict(**{**DELTA, "tie_word_embeddings": True}, linear_num_value_heads=2,
                                                 linear_conv_kernel_dim=3)),
]
DENSE_DELTA = dict(DELTA)
DELTA |= dict(linear_num_value_heads=4, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
              shared_expert_intermediate_size=48)
VARIANTS += [
    ("qwen3.5-moe", "qwen3_5_moe_text", DELTA),
    ("qwen3-next", "qwen3_next", {**DELTA, "layer_types": ["linear_attention", "full_attention"] * 2}),
]
LATENT = dict(num_key_value_heads=4, kv_lora_rank=32, qk_nope_head_dim=32, qk_rope_head_dim=16, v_head_dim=24, n_routed_experts=8,
              num_experts_per_tok=3, moe_intermediate_size=32, first_k_dense_replace=1, tie_word_embeddings=False)
DEEP_YARN = lambda magnitude, **turns: rope(
    "yarn", factor=4.0, original_max_position_embeddings=64, mscale=magnitude, mscale_all_dim=magnitude, **turns)
VARIANTS += [
    # llama.cpp tells the one without q_lora_rank by its number of layers.
    ("deepseek2-lite", "deepseek_v2", {**LATENT, **dict(
        num_hidden_layers=26, q_lora_rank=None, n_routed_experts=4, num_experts_per_tok=2, moe_intermediate_size=16, n_shared_experts=2,
        n_group=1, topk_group=1, **DEEP_YARN(0.707))}),
    ("deepseek2", "deepseek_v2", dict(
        **LATENT, num_hidden_layers=2, q_lora_rank=32, n_shared_experts=2, topk_method="group_limited_greedy", n_group=4, topk_group=2,
        routed_scaling_factor=4.0, **rope("default"))),
    ("deepseek3", "deepseek_v3", dict(
        **LATENT, num_hidden_layers=3, q_lora_rank=32, n_shared_experts=1, n_group=4, topk_group=2, routed_scaling_factor=2.5,
        num_nextn_predict_layers=0, **DEEP_YARN(1.0, beta_fast=32.0, beta_slow=1.0))),
    ("kimi-k2", "deepseek_v3", dict(
        **LATENT, num_hidden_layers=2, q_lora_rank=32, n_shared_experts=1, n_group=1, topk_group=1, routed_scaling_factor=2.827,
        num_nextn_predict_layers=0, **DEEP_YARN(1.0, beta_fast=1.0, beta_slow=1.0))),
]
# Short convolutions, with feed-forward layers as wide as is said and as follows from that.
SHORT_CONVOLUTION = dict(num_hidden_layers=4, conv_L_cache=3, layer_types=["conv", "full_attention", "conv", "full_attention"])
VARIANTS += [
    ("lfm2", "lfm2", dict(**SHORT_CONVOLUTION, block_multiple_of=16, block_ffn_dim_multiplier=1.1)),
    ("lfm2-attention-first", "lfm2", dict(num_hidden_layers=2, conv_L_cache=4, layer_types=["full_attention", "conv"],
                                          block_auto_adjust_ff_dim=False, tie_word_embeddings=False)),
    ("lfm2-moe", "lfm2_moe", dict(**SHORT_CONVOLUTION, num_dense_layers=1, num_experts=6, num_experts_per_tok=2,
                                  moe_intermediate_size=32)),
]
# State spaces, without experts and with them.
STATE_SPACE = dict(num_hidden_layers=4, layer_types=["mamba", "attention"] * 2, mamba_n_heads=8, mamba_d_state=16, mamba_expand=2,
                   mamba_n_groups=2, shared_intermediate_size=96, position_embedding_type="nope", embedding_multiplier=6.0,
                   residual_multiplier=0.4, attention_multiplier=0.3, logits_scaling=2.0)
VARIANTS += [
    ("granite-hybrid", "granitemoehybrid", dict(**STATE_SPACE, num_local_experts=0, num_experts_per_tok=0, attention_bias=True,
                                                tie_word_embeddings=True)),
    ("granite-hybrid-moe", "granitemoehybrid", {**STATE_SPACE, **dict(
        intermediate_size=32, shared_intermediate_size=48, num_local_experts=6, num_experts_per_tok=2, tie_word_embeddings=False,
        layer_types=["attention", "mamba"], num_hidden_layers=2, mamba_d_conv=3, mamba_n_groups=1)}),
]
# Beside attention, with a multiplier in most places; what is read of states normed or not.
BESIDE = dict(head_dim=16, mamba_d_ssm=96, mamba_n_heads=6, mamba_d_head=16, mamba_n_groups=2, mamba_d_state=16, mamba_norm_before_gate=False,
              tie_word_embeddings=False)
MULTIPLIERS = dict(embedding_multiplier=5.656854249492381, lm_head_multiplier=0.390625, attention_in_multiplier=1.25, attention_out_multiplier=0.9375,
                   key_multiplier=0.6, ssm_in_multiplier=1.5, ssm_out_multiplier=0.7, mlp_multipliers=[0.8838834764831844, 0.5859375],
                   ssm_multipliers=[0.75, 0.5, 0.8, 1.5, 0.9])
VARIANTS += [
    ("falcon-h1", "falcon_h1", dict(**BESIDE, **MULTIPLIERS)),
    ("falcon-h1-normed", "falcon_h1", dict(**BESIDE, mamba_rms_norm=True, mlp_multipliers=[1.0, 0.5])),
]
# In layers of their own.
ALONE = dict(mamba_num_heads=8, mamba_head_dim=16, n_groups=4, ssm_state_size=16, conv_kernel=3, head_dim=16, tie_word_embeddings=False)
VARIANTS += [
    ("nemotron-h", "nemotron_h", dict(**ALONE, layers_block_type=["mamba", "mlp", "attention", "mamba"])),
    ("nemotron-h-moe", "nemotron_h", dict(
        **ALONE, layers_block_type=["mamba", "moe", "attention", "moe"], n_routed_experts=6, num_experts_per_tok=2, moe_intermediate_size=32,
        moe_shared_expert_intermediate_size=48, routed_scaling_factor=2.5)),
]
VARIANTS += [
    ("mixtral", "mixtral", dict(**EXPERTS, num_local_experts=4, num_experts_per_tok=2)),
    ("qwen2-moe", "qwen2_moe", dict(**EXPERTS, num_experts=4, num_experts_per_tok=2, moe_intermediate_size=32,
                                    shared_expert_intermediate_size=64)),
    ("qwen3-moe", "qwen3_moe", dict(**EXPERTS, num_experts=6, num_experts_per_tok=2, moe_intermediate_size=32,
                                    head_dim=32, norm_topk_prob=True)),
    ("olmoe", "olmoe", dict(**EXPERTS, num_experts=4, num_experts_per_tok=3, num_key_value_heads=4)),
]
# As transformers saves them with save_original_format=False: the experts of a layer in one tensor.
FUSED = {"mixtral-fused", "qwen3-moe-fused", "qwen3-vl-moe-fused"}
# As it is published: the matrices of experts as blocks of four-bit numbers. The converter keeps these whatever type is asked for.
MXFP4 = {"gpt-oss-mxfp4"}
VARIANTS += [(f"{name}-mxfp4", kind, options) for name, kind, options in VARIANTS if f"{name}-mxfp4" in MXFP4]
# As it is published: matrices as eight-bit numbers under a scale for each block of 128 x 128.
FP8 = {"deepseek3-fp8"}
VARIANTS += [(f"{name}-fp8", kind, options) for name, kind, options in VARIANTS if f"{name}-fp8" in FP8]
# llama.cpp's converter does not read the first and the last, and gives the second an architecture of its own for what is computed like
# the other: what it makes of the other is what a file must be.
CONVERTED_AS = {"mixtral-fused": "mixtral", "mistral3-parts": "mistral", "qwen3-vl-moe-fused": "qwen3-vl-moe"}
VARIANTS += [(f"{name}-fused", kind, options) for name, kind, options in VARIANTS if f"{name}-fused" in FUSED]
# Models of text that are one part of several: what the whole is made of.
WRAPPERS = {
    "gemma3": dict(mm_tokens_per_image=4, image_token_index=300, boi_token_index=301, eoi_token_index=302, vision_config=dict(
        model_type="siglip_vision_model", hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2,
        image_size=16, patch_size=4)),
    "mistral3": dict(image_token_index=300, tie_word_embeddings=False, vision_config=dict(
        model_type="pixtral", hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2, head_dim=16,
        image_size=16, patch_size=4)),
}
QWEN_PARTS = dict(image_token_id=300, video_token_id=301, vision_start_token_id=302, vision_end_token_id=303, tie_word_embeddings=False,
                  vision_config=dict(depth=1, hidden_size=32, intermediate_size=48, num_heads=2, patch_size=4, out_hidden_size=64,
                                     num_position_embeddings=16))
WRAPPERS |= {"qwen3_5": QWEN_PARTS, "qwen3_5_moe": QWEN_PARTS}
SIZES |= {"qwen3_5_moe": SIZES["qwen3_5_moe_text"]}
VARIANTS += [
    ("qwen3.5-parts", "qwen3_5", dict(**DENSE_DELTA, linear_num_value_heads=4)),
    ("qwen3.5-moe-parts", "qwen3_5_moe", DELTA),
    ("gemma3-parts", "gemma3", dict(head_dim=32, query_pre_attn_scalar=32, sliding_window=12, num_hidden_layers=6)),
    ("mistral3-parts", "mistral3", dict(sliding_window=None, tie_word_embeddings=False)),
]
QWEN_VL_PARTS = {key: value for key, value in QWEN_PARTS.items() if key != "vision_config"}
WRAPPERS |= {
    "qwen2_vl": dict(**{**QWEN_VL_PARTS, "tie_word_embeddings": True}, vision_config=dict(
        depth=1, embed_dim=32, hidden_size=64, mlp_ratio=2, num_heads=2, patch_size=4)),
    "qwen2_5_vl": dict(**QWEN_VL_PARTS, vision_config=dict(
        depth=1, hidden_size=32, intermediate_size=48, num_heads=2, patch_size=4, out_hidden_size=64, fullatt_block_indexes=[0])),
    "qwen3_vl": dict(**QWEN_VL_PARTS, vision_config=dict(**QWEN_PARTS["vision_config"], deepstack_visual_indexes=[0])),
}
WRAPPERS |= {"qwen3_vl_moe": WRAPPERS["qwen3_vl"]}
SECTIONS = lambda *sections, **more: {"rope_parameters": {
    "rope_type": "default", "rope_theta": 10000.0, "mrope_section": list(sections), **more}}
GEMMA4 = dict(head_dim=16, global_head_dim=32, sliding_window=12, vocab_size_per_layer_input=VOCABULARY)
VARIANTS += [
    ("gemma4", "gemma4_text", dict(
        **GEMMA4, num_hidden_layers=6, num_global_key_value_heads=1, attention_k_eq_v=True, final_logit_softcapping=8.0,
        hidden_size_per_layer_input=0)),
    # Embeddings of each layer's own, and the last two layers with keys and values of the two before them.
    ("gemma4-layer-inputs", "gemma4_text", dict(
        **GEMMA4, num_hidden_layers=6, num_kv_shared_layers=2, use_double_wide_mlp=True, hidden_size_per_layer_input=32,
        layer_types=[
            "sliding_attention", "full_attention"] * 3)),
    ("gemma4-parts", "gemma4", dict(
        **GEMMA4, num_hidden_layers=2, layer_types=["sliding_attention", "full_attention"], hidden_size_per_layer_input=0,
        pad_token_id=0)),
]
GEMMA3N = dict(head_dim=16, sliding_window=12, hidden_size_per_layer_input=256, vocab_size_per_layer_input=VOCABULARY - 8)
VARIANTS += [
    ("gemma3n", "gemma3n_text", dict(
        **GEMMA3N, layer_types=["sliding_attention", "full_attention"], num_kv_shared_layers=0, activation_sparsity_pattern=[0.95] * 2)),
    # llama.cpp lets those behind the twentieth take keys of others.
    ("gemma3n-shared", "gemma3n_text", dict(**GEMMA3N, num_hidden_layers=22, num_kv_shared_layers=2)),
]
# Layers whose matrices of keys and values nothing reads: published files have them, and transformers writes none.
UNREAD = {"gemma3n-shared": [20, 21]}
# So deep that logits in single precision are 2.5e-5 off: those in double precision are kept.
DEEP = {"gemma3n-shared"}
GEMMA4_EXPERTS = dict(
    **GEMMA4, layer_types=["sliding_attention", "full_attention"], attention_k_eq_v=True, num_global_key_value_heads=1,
    enable_moe_block=True, num_experts=6, top_k_experts=2, moe_intermediate_size=40, final_logit_softcapping=8.0)
VARIANTS += [
    ("gemma4-moe", "gemma4_text", dict(**GEMMA4_EXPERTS, hidden_size_per_layer_input=0)),
    # As it is published.
    ("gemma4-moe-parts", "gemma4", dict(**GEMMA4_EXPERTS, hidden_size_per_layer_input=0, pad_token_id=0)),
]
WRAPPERS |= {"gemma4": dict(image_token_id=300, video_token_id=301, audio_token_id=302, boi_token_id=303, eoi_token_id=304,
                            boa_token_id=305, eoa_token_index=306, vision_config=dict(
    model_type="gemma4_vision", hidden_size=32, intermediate_size=48, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
    head_dim=16, patch_size=4, position_embedding_size=64))}
# Every so many layers with experts, as published, and all of them; chunks that a text is longer than.
LLAMA4 = dict(intermediate_size=48, intermediate_size_mlp=96, num_local_experts=4, num_experts_per_tok=2, head_dim=16,
              tie_word_embeddings=False)
VARIANTS += [
    ("llama4", "llama4_text", dict(**LLAMA4, num_hidden_layers=4, interleave_moe_layer_step=2, **rope(
        "llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=1.0, original_max_position_embeddings=64))),
    ("llama4-chunked", "llama4_text", dict(**LLAMA4, num_hidden_layers=4, attention_chunk_size=16, floor_scale=8, attn_scale=0.3)),
    # llama.cpp tells models whose heads are not normed by the number of their experts.
    ("llama4-128-experts", "llama4_text", dict(**{**LLAMA4, **dict(
        intermediate_size=32, num_local_experts=128, num_experts_per_tok=1)}, num_hidden_layers=4, interleave_moe_layer_step=2, use_qk_norm=False)),
    ("llama4-parts", "llama4", dict(**LLAMA4, num_hidden_layers=4)),
]
WRAPPERS |= {"llama4": dict(image_token_index=300, boi_token_index=301, eoi_token_index=302, vision_config=dict(
    hidden_size=32, intermediate_size=128, num_hidden_layers=1, num_attention_heads=2, image_size=16, patch_size=4,
    vision_output_dim=32, projector_input_dim=32, projector_output_dim=32))}
# As it was published: the keys of the text beside all others, and positions of a kind of their own.
FLAT = {"qwen2-vl"}
# As it was published: the matrices of experts on their side. transformers reads both ways, and saves none of them so.
ON_SIDE = {"qwen3-vl-moe"}
VARIANTS += [
    ("qwen2-vl", "qwen2_vl", SECTIONS(2, 3, 3)),
    ("qwen2.5-vl-window", "qwen2_5_vl", dict(use_sliding_window=True, sliding_window=12, max_window_layers=1, **SECTIONS(2, 3, 3))),
    ("qwen3-vl", "qwen3_vl", dict(head_dim=32, **SECTIONS(6, 5, 5, mrope_interleaved=True))),
    ("qwen3-vl-moe", "qwen3_vl_moe", dict(num_experts=6, num_experts_per_tok=2, moe_intermediate_size=40, head_dim=32,
                                          **SECTIONS(6, 5, 5, mrope_interleaved=True))),
]
VARIANTS += [(f"{name}-fused", kind, options) for name, kind, options in VARIANTS if name == "qwen3-vl-moe"]
# Encoders: what sentence-transformers reads beside the model.
MODULES = [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
           {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
           {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"}]


def pooling(mode: str) -> dict:
    return {"modules.json": MODULES, "1_Pooling/config.json": {"word_embedding_dimension": 64, **{
        f"pooling_mode_{name}": name == mode
        for name in ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens", "lasttoken"]}}}


FILES = {"xlm-roberta": pooling("cls_token"), "roberta": pooling("mean_tokens"),
         "modernbert": pooling("cls_token"), "bert-mean": pooling("mean_tokens"), "bert-cls": pooling("cls_token"), "qwen3-embedding": pooling("lasttoken")}
# What a decoder that makes embeddings is said to be.
HEADS = {"qwen3-embedding": "Qwen3ForCausalLM"}
VARIANTS += [
    ("qwen3-embedding", "qwen3", dict(head_dim=32, tie_word_embeddings=True)),
    ("bert-mean", "bert", dict()),
    ("bert-cls", "bert", dict(num_hidden_layers=3, vocab_size=416, type_vocab_size=1, hidden_act="gelu_new")),
    ("xlm-roberta", "xlm-roberta", dict()),
    ("roberta", "roberta", dict(type_vocab_size=2)),
    ("modernbert", "modernbert", dict()),
]
# Name, base, options of peft's LoraConfig.
ADAPTERS = [
    ("patterns", "llama", dict(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj", "down_proj"],
                               rank_pattern={"down_proj": 2, "layers.1.self_attn.q_proj": 6},
                               alpha_pattern={"v_proj": 3})),
    ("saved-modules", "qwen3", dict(r=3, lora_alpha=6, use_rslora=True, modules_to_save=["lm_head", "norm"],
                                    target_modules=["embed_tokens", "k_proj", "gate_proj"])),
    ("dora-biases", "llama-biases", dict(r=4, lora_alpha=4, use_dora=True, bias="lora_only",
                                         target_modules=["o_proj", "up_proj"])),
    ("lying", "gpt2", dict(r=4, lora_alpha=8, use_dora=True, fan_in_fan_out=True, target_modules=["c_attn", "c_fc"])),
    ("joined-heads", "gptneox", dict(r=4, lora_alpha=8, use_dora=True, target_modules=["query_key_value"])),
]
TOKENS = [(i * 37 + i * i * 11 + 5) % VOCABULARY for i in range(40)]
COLUMNS = 32  # of the vocabulary, whose logits are kept


def values(name: str, count: int) -> numpy.ndarray:
    """Numbers between -1 and 1 that depend on a tensor's name alone: SplitMix64 from an FNV-1a hash."""
    seed = 0xCBF29CE484222325
    for byte in name.encode():
        seed = (seed ^ byte) * 0x100000001B3 % 2**64
    with numpy.errstate(over="ignore"):
        state = numpy.uint64(seed) + numpy.arange(1, count + 1, dtype=numpy.uint64) * numpy.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
        state ^= state >> numpy.uint64(31)
    return ((state >> numpy.uint64(40)).astype(numpy.float64) / 2**23 - 1).astype(numpy.float32)


def packed(name: str, shape: list[int], kind: str) -> numpy.ndarray:
    """Bytes: of FP8 numbers below 2; of four-bit numbers, whose blocks begin with 0x87, a 6 and a zero with a sign, and the exponents of
    these blocks."""
    drawn = ((values(name, int(numpy.prod(shape))).astype(numpy.float64) + 1) * 128).astype(numpy.uint8).reshape(shape)
    if kind == "F8_E4M3":
        return drawn & 0xBF
    if name.endswith("scales"):
        return (120 + drawn % 4).astype(numpy.uint8)
    drawn[..., 0] = 0x87
    return drawn


def tensor(name: str, shape: list[int], shift: float) -> numpy.ndarray:
    """Weights about as large as those of trained models; `shift` is what norms are stored less of."""
    drawn = values(name, int(numpy.prod(shape))).reshape(shape)
    if name.endswith("act_fn.eps"):  # below zero, as that of every model
        return -abs(drawn) * numpy.float32(0.25)
    if name.endswith(("layer_scalar", "router.scale", "per_expert_scale", "correct_output_scale")):
        return drawn * numpy.float32(0.25) + numpy.float32(1)
    if "lora_magnitude_vector" in name:
        return drawn * numpy.float32(0.25) + numpy.float32(1.5)
    if len(shape) == 1:
        is_norm = "norm" in name.lower() or ".ln_" in name
        # The one norm of these families that is stored whole.
        shift = 0 if name.endswith("linear_attn.norm.weight") else shift
        return drawn * numpy.float32(0.25) + numpy.float32(1 - shift if is_norm and name.endswith("weight") else 0)
    if name.endswith("weight_scale_inv"):
        return drawn * numpy.float32(0.0625) + numpy.float32(0.25)
    return drawn * numpy.float32(0.25)


def write_folder(variant: dict, folder: Path) -> None:
    """config.json, model.safetensors and what else says which model it is."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(variant["config"], indent=1))
    for name, content in variant.get("files", {}).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=1))
    write_weights(variant, folder / "model.safetensors")


def make(name: str, kind: str, options: dict) -> dict:
    import torch
    from safetensors import safe_open
    from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForImageTextToText
    torch.manual_seed(0)
    own = {**SIZES.get(kind, COMMON), **options}
    config = AutoConfig.for_model(kind, **({"text_config": own, **WRAPPERS[kind]} if kind in WRAPPERS else own))
    is_encoder = name in FILES
    family = AutoModel if is_encoder else AutoModelForImageTextToText if kind in WRAPPERS else AutoModelForCausalLM
    model = family.from_config(config, attn_implementation="eager")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / name
        model.save_pretrained(folder, save_original_format=name not in FUSED)  # for the names, shapes and configuration of a checkpoint
        tensors = []
        with safe_open(folder / "model.safetensors", "numpy") as file:
            for key in sorted(file.keys()):
                tensors.append([key, list(file.get_slice(key).get_shape())])
        for layer in UNREAD.get(name, []):
            tensors += [[key.replace(".0.", f".{layer}."), shape] for key, shape in tensors
                        if key.startswith("model.layers.0.self_attn.") and key.split(".")[4] in ("k_proj", "v_proj", "k_norm")]
        older = {"gpt_neox": {"rotary_pct": options.get("rotary_pct")}, "granitemoehybrid": {"layer_types": options.get("layer_types")},
                 "nemotron_h": {"hybrid_override_pattern": "".join(LETTERS[kind] for kind in options.get("layers_block_type", [])),
                                "num_hidden_layers": len(options.get("layers_block_type", []))},
                 **OLDER}.get(kind, {})
        written = {**json.loads((folder / "config.json").read_text()), **older}
        written = {key: value for key, value in written.items() if key not in LACKING.get(name, ())}
        if name in FLAT:
            flatten(written)
        if name in ON_SIDE:
            tensors = [[key, [shape[0], *shape[:0:-1]] if ".experts." in key else shape] for key, shape in tensors]
        variant = {"name": name, "shift": int(kind.startswith(SHIFTED) or kind == "gemma"), "bf16": name.endswith("bf16"),
                   "config": written, "tensors": tensors}
        if is_encoder:
            variant["files"] = FILES[name]
        if name in HEADS:
            written["architectures"] = [HEADS[name]]
        if name in MXFP4 | FP8:
            (pack_experts if name in MXFP4 else pack_matrices)(variant)
        write_folder(variant, folder)
        if name in MXFP4 | FP8:
            decode(variant, folder)
        loaded = family.from_pretrained(folder, attn_implementation="eager", dtype=torch.float64 if name in DEEP else torch.float32).eval()
        with torch.no_grad():
            output = loaded(torch.tensor([TOKENS]))
        states = output.last_hidden_state[0] if is_encoder else output.logits[0]
        logits = states[:, :COLUMNS].contiguous().numpy()
    if is_encoder:
        modes = FILES[name]["1_Pooling/config.json"]
        pooled = states.mean(dim=0) if modes["pooling_mode_mean_tokens"] else states[-1 if modes["pooling_mode_lasttoken"] else 0]
        embedding = (pooled / pooled.norm()).numpy()
        variant["embedding"] = base64.b64encode(embedding.astype("<f4").tobytes()).decode()
    scale = float(numpy.abs(logits).max())
    print(f"{name}: {len(tensors)} tensors, largest logit {scale:.2f}", file=sys.stderr)
    variant["logits"] = base64.b64encode(logits.astype("<f4").tobytes()).decode()
    return variant


def flatten(config: dict) -> None:
    """Gives a model of several parts the configuration that Qwen2-VL was published with."""
    text = config.pop("text_config")
    positions = text.pop("rope_parameters")
    for key, value in {**text, "rope_theta": positions["rope_theta"],
                       "rope_scaling": {"type": "mrope", "mrope_section": positions["mrope_section"]}}.items():
        config.setdefault(key, value)


def pack_matrices(variant: dict) -> None:
    """Gives a model of DeepSeek the tensors and the configuration that published ones have."""
    variant["config"]["quantization_config"] = {"quant_method": "fp8", "fmt": "e4m3", "activation_scheme": "dynamic",
                                                "weight_block_size": [128, 128]}
    packed = []
    for name, shape in variant["tensors"]:
        if len(shape) == 2 and not name.endswith(("lm_head.weight", "embed_tokens.weight", "mlp.gate.weight")):
            packed += [[name, shape, "F8_E4M3"], [f"{name}_scale_inv", [(side + 127) // 128 for side in shape]]]
        else:
            packed.append([name, shape])
    variant["tensors"] = packed


def pack_experts(variant: dict) -> None:
    """Gives a model of gpt-oss the tensors and the configuration that published ones have."""
    variant["config"]["quantization_config"] = {"quant_method": "mxfp4", "modules_to_not_convert": [
        "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"]}
    packed = []
    for name, shape in variant["tensors"]:
        if name.endswith(("experts.gate_up_proj", "experts.down_proj")):
            experts, inputs, outputs = shape
            packed += [[f"{name}_blocks", [experts, outputs, inputs // 32, 16], "U8"],
                       [f"{name}_scales", [experts, outputs, inputs // 32], "U8"]]
        else:
            packed.append([name, shape])
    variant["tensors"] = packed


def decode(variant: dict, folder: Path) -> None:
    """Writes what packed tensors stand for in their place, so that transformers can run it in single precision."""
    import torch
    from safetensors.torch import load_file, save_file
    from transformers.integrations.mxfp4 import convert_moe_packed_tensors
    stored = load_file(folder / "model.safetensors")
    for name in [name for name in stored if name.endswith("_blocks")]:
        base = name.removesuffix("_blocks")
        stored[base] = convert_moe_packed_tensors(stored.pop(name), stored.pop(f"{base}_scales"), dtype=torch.float32).contiguous()
    for name in [name for name in stored if name.endswith("_scale_inv")]:
        base, scales = name.removesuffix("_scale_inv"), stored.pop(name)
        rows, columns = stored[base].shape
        scales = scales.repeat_interleave(128, 0)[:rows].repeat_interleave(128, 1)[:, :columns]
        stored[base] = stored[base].to(torch.float32) * scales
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps({k: v for k, v in variant["config"].items() if k != "quantization_config"}))


def write_weights(variant: dict, path: Path) -> None:
    """A safetensors file of drawn weights."""
    header, data = {}, b""
    for name, shape, *packing in variant["tensors"]:
        drawn = packed(name, shape, packing[0]) if packing else tensor(name, shape, variant["shift"])
        # Half a float is cut off, not rounded: the same in every language.
        kind = packing[0] if packing else "BF16" if variant["bf16"] else "F32"
        stored = (drawn.view(numpy.uint32) >> 16).astype(numpy.uint16) if kind == "BF16" else drawn
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + stored.nbytes]}
        data += stored.tobytes()
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + data)


def make_adapter(name: str, base: dict, options: dict) -> dict:
    import torch
    from peft import LoraConfig, PeftModel, get_peft_model
    from safetensors import safe_open
    from transformers import AutoModelForCausalLM

    def load(folder: Path):
        return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager", dtype=torch.float32).eval()

    with tempfile.TemporaryDirectory() as temporary:
        folder, saved = Path(temporary) / "base", Path(temporary) / "adapter"
        write_folder(base, folder)
        get_peft_model(load(folder), LoraConfig(task_type="CAUSAL_LM", **options)).save_pretrained(saved)
        tensors = []
        with safe_open(saved / "adapter_model.safetensors", "numpy") as file:
            for key in sorted(file.keys()):
                tensors.append([key, list(file.get_slice(key).get_shape())])
        adapter = {"name": name, "base": base["name"], "shift": 0, "bf16": False, "tensors": tensors,
                   "config": json.loads((saved / "adapter_config.json").read_text())}
        adapter["config"]["base_model_name_or_path"] = None  # the folder was a temporary one
        write_weights(adapter, saved / "adapter_model.safetensors")
        model = PeftModel.from_pretrained(load(folder), saved).eval()
        with torch.no_grad():
            logits = model(torch.tensor([TOKENS])).logits[0, :, :COLUMNS].contiguous().numpy()
    print(f"adapter {name}: {len(tensors)} tensors, largest logit {float(numpy.abs(logits).max()):.2f}", file=sys.stderr)
    adapter["logits"] = base64.b64encode(logits.astype("<f4").tobytes()).decode()
    return adapter


def train_tokenizers() -> None:
    """Writes tokenizer.model and tokenizer.json, of a few pieces each."""
    import sentencepiece
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    text = HERE.parents[1] / "calibration/general.txt"
    sentencepiece.SentencePieceTrainer.train(
        input=str(text), model_prefix=str(HERE / "families"), vocab_size=VOCABULARY, model_type="bpe", minloglevel=2,
        byte_fallback=True, num_threads=1, character_coverage=0.98, normalization_rule_name="identity",
        remove_extra_whitespaces=False)
    (HERE / "families.vocab").unlink()
    (HERE / "families.model").rename(HERE / "families-tokenizer.model")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train([str(text)], trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=["<|endoftext|>"], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tokenizer.save(str(HERE / "families-tokenizer.json"), pretty=False)


def train_word_pieces() -> None:
    """Writes vocab.txt, of a few pieces."""
    from tokenizers import BertWordPieceTokenizer
    tokenizer = BertWordPieceTokenizer(lowercase=True)
    tokenizer.train([str(HERE.parents[1] / "calibration/general.txt")], vocab_size=VOCABULARY, limit_alphabet=60,
                    show_progress=False)
    pieces = sorted(tokenizer.get_vocab().items(), key=lambda piece: piece[1])
    (HERE / "families-vocab.txt").write_text("".join(f"{text}\n" for text, _ in pieces))


def train_unigram() -> None:
    """Writes families-unigram.json, of a few pieces: what transformers' converter makes of XLM-RoBERTa's model of SentencePiece."""
    import sentencepiece
    from sentencepiece import sentencepiece_model_pb2
    from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors
    with tempfile.TemporaryDirectory() as temporary:
        # A ligature, a space that does not break, and full-width letters: the table of all of NFKC would be long.
        rules = [("FB01", "66 69"), ("A0", "20"), ("FF21", "41"), ("FF22", "42")]
        (Path(temporary) / "rules.tsv").write_text("".join(f"{text}\t{becomes}\n" for text, becomes in rules))
        sentencepiece.SentencePieceTrainer.train(
            input=str(HERE.parents[1] / "calibration/general.txt"), model_prefix=f"{temporary}/unigram", vocab_size=VOCABULARY - 2,
            model_type="unigram", minloglevel=2, num_threads=1, normalization_rule_tsv=f"{temporary}/rules.tsv", character_coverage=0.98)
        model = sentencepiece_model_pb2.ModelProto()
        model.ParseFromString(Path(f"{temporary}/unigram.model").read_bytes())
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [(text, 0.0) for text in special] + [(piece.piece, piece.score) for piece in model.pieces[3:]] + [("<mask>", 0.0)]
    tokenizer = Tokenizer(models.Unigram(pieces, 3))
    tokenizer.normalizer = normalizers.Precompiled(model.normalizer_spec.precompiled_charsmap)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    tokenizer.add_special_tokens([*special, AddedToken("<mask>", lstrip=True)])
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", [("<s>", 0), ("</s>", 2)])
    tokenizer.save(str(HERE / "families-unigram.json"), pretty=False)


def byte_level(special: list[str]) -> dict:
    """tokenizer.json with other special tokens, at the head of the vocabulary, and so many merges fewer."""
    content = json.loads((HERE / "families-tokenizer.json").read_text())
    fewer = len(special) - len(content["added_tokens"])
    plain = sorted(content["model"]["vocab"], key=content["model"]["vocab"].get)[len(content["added_tokens"]):VOCABULARY - fewer]
    content["model"]["vocab"] = {text: row for row, text in enumerate([*special, *plain])}
    content["model"]["merges"] = content["model"]["merges"][:-fewer]
    content["added_tokens"] = [{**content["added_tokens"][0], "id": row, "content": text} for row, text in enumerate(special)]
    return content


def write_tokenizer(variant: dict, folder: Path) -> None:
    """A tokenizer that fits the model, beside it."""
    if variant["config"]["model_type"] == "bert":
        shutil.copy(HERE / "families-vocab.txt", folder / "vocab.txt")
        special = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "unk_token": "[UNK]", "cls_token": "[CLS]",
                   "sep_token": "[SEP]", "pad_token": "[PAD]", "mask_token": "[MASK]"}
    elif variant["config"]["model_type"] == "xlm-roberta":
        shutil.copy(HERE / "families-unigram.json", folder / "tokenizer.json")
        special = {"tokenizer_class": "XLMRobertaTokenizer", **ROBERTA_TOKENS}
    elif variant["config"]["model_type"] == "roberta":
        content = byte_level(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
        content["post_processor"] = {"type": "RobertaProcessing", "sep": ["</s>", 2], "cls": ["<s>", 0], "trim_offsets": True,
                                     "add_prefix_space": False}
        (folder / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False))
        special = {"tokenizer_class": "RobertaTokenizer", **ROBERTA_TOKENS}
    elif variant["config"]["model_type"] == "modernbert":
        names = {"cls_token": "[CLS]", "sep_token": "[SEP]", "pad_token": "[PAD]", "unk_token": "[UNK]", "mask_token": "[MASK]"}
        content = byte_level(list(names.values()))
        text = [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "[SEP]", "type_id": 0}}]
        content["post_processor"] = {
            "type": "TemplateProcessing", "single": text,
            "pair": [*text, {"Sequence": {"id": "B", "type_id": 1}}, {"SpecialToken": {"id": "[SEP]", "type_id": 1}}],
            "special_tokens": {name: {"id": name, "ids": [row], "tokens": [name]} for row, name in enumerate(["[CLS]", "[SEP]"])}}
        (folder / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False))
        special = {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    elif variant["config"]["model_type"] in BYTE_LEVEL or variant["name"] in HEADS:
        content = json.loads((HERE / "families-tokenizer.json").read_text())
        if variant["name"] in HEADS:
            # Its last token closes every text.
            end = content["added_tokens"][0]
            content["post_processor"] = {
                "type": "TemplateProcessing", "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": end["content"], "type_id": 0}}],
                "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
                "special_tokens": {end["content"]: {"id": end["content"], "ids": [end["id"]], "tokens": [end["content"]]}}}
        (folder / "tokenizer.json").write_text(json.dumps(content, ensure_ascii=False))
        special = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "bos_token": "<|endoftext|>"}
    else:
        shutil.copy(HERE / "families-tokenizer.model", folder / "tokenizer.model")
        special = {"tokenizer_class": "LlamaTokenizer", "eos_token": "</s>", "bos_token": "<s>", "unk_token": "<unk>",
                   "add_bos_token": False, "add_eos_token": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(special))


def describe(path: Path) -> dict:
    """The tensors and the metadata of a GGUF file; long arrays as digests."""
    from gguf import GGUFReader
    reader = GGUFReader(path)
    tensors = {t.name: [t.tensor_type.name, [int(n) for n in t.shape]] for t in reader.tensors}
    for t in reader.tensors:
        # Codes that are kept are those of the original, to the last bit.
        if t.tensor_type.name == "MXFP4":
            tensors[t.name].append(hashlib.sha256(t.data.tobytes()).hexdigest()[:16])
    metadata = {}
    for key, field in reader.fields.items():
        if key.startswith("GGUF."):
            continue
        value = field.contents()
        if isinstance(value, list) and len(value) > 16:
            value = f"{len(value)} values, sha256 {hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]}"
        metadata[key] = value
    return {"tensors": tensors, "metadata": metadata}


CONVERTER = """
import json
import sys
source, *paths = sys.argv[1:]
sys.path.insert(0, source)
import conversion.base
import convert_hf_to_gguf
# The converter knows byte-level tokenizers by the hash of some ids; ours cuts texts as GPT-2's does.
conversion.base.TextModel.get_vocab_base_pre = lambda self, tokenizer: "gpt-2"
# It reads configurations through transformers, whose newest versions no longer keep all keys that it asks for.
read = conversion.base.ModelBase.load_hparams
# This one wants a tokenizer.json, and gives what is in tokenizer.model too.
import conversion.gemma
conversion.gemma.Gemma4Model.set_vocab = lambda self: self._set_vocab_sentencepiece()
# These ask the tokenizer for tokens of theirs.
import conversion.chatglm
import conversion.glm
import conversion.hunyuan
for family in [conversion.chatglm.ChatGLMModel, conversion.glm.Glm4Model, conversion.glm.Glm4MoeModel, conversion.hunyuan.HunYuanMoEModel]:
    family.set_vocab = lambda self: self._set_vocab_gpt2()
def load(folder, is_mistral_format):
    stored = json.load(open(folder / "config.json"))
    # transformers adds keys of experts to models that have none, which the converter takes for experts.
    return stored if stored["model_type"] == "nemotron_h" else {**stored, **read(folder, is_mistral_format)}
conversion.base.ModelBase.load_hparams = staticmethod(load)
for path in paths:
    sys.argv = ["convert", path, "--outfile", path + ".gguf", "--outtype", "f16"]
    # Without the layers that predict further tokens, which it would miss.
    if json.load(open(path + "/config.json"))["model_type"].startswith(("qwen3_5", "qwen3_next")):
        sys.argv.append("--no-nextn")
    convert_hf_to_gguf.main()
"""


def convert(models: list[dict], source: Path) -> dict[str, dict]:
    """What llama.cpp's converter makes of the models."""
    with tempfile.TemporaryDirectory() as temporary:
        folders = [Path(temporary) / model["name"] for model in models]
        for model, folder in zip(models, folders):
            write_folder(model, folder)
            write_tokenizer(model, folder)
        done = subprocess.run([sys.executable, "-c", CONVERTER, source, *folders], capture_output=True, text=True,
                              env={**os.environ, "HF_HUB_OFFLINE": "1"})
        if done.returncode != 0:
            sys.exit(done.stderr[-3000:])
        return {folder.name: describe(folder.with_name(folder.name + ".gguf")) for folder in folders}


def main() -> None:
    if not (HERE / "families-tokenizer.json").exists():
        train_tokenizers()
    if not (HERE / "families-vocab.txt").exists():
        train_word_pieces()
    if not (HERE / "families-unigram.json").exists():
        train_unigram()
    source, wanted = (sys.argv[1:2] or [None])[0], sys.argv[2:]
    kept, described = {}, {}
    if wanted:
        kept = {item["name"]: item for items in json.loads((HERE / "families.json").read_text()).values()
                if isinstance(items, list) and isinstance(items[0], dict) for item in items}
        described = json.loads((HERE / "families-gguf.json").read_text())
    keep = lambda name: wanted and name not in wanted and name in kept
    models = [kept[name] if keep(name) else make(name, *rest) for name, *rest in VARIANTS]
    named = {model["name"]: model for model in models}
    adapters = [kept[name] if keep(name) else make_adapter(name, named[base], options) for name, base, options in ADAPTERS]
    sections = [f'"{name}": [\n' + ",\n".join(json.dumps(item) for item in items) + "\n]"
                for name, items in [("models", models), ("adapters", adapters)]]
    head = json.dumps({"tokens": TOKENS, "columns": COLUMNS})[:-1]
    (HERE / "families.json").write_text(head + ", " + ", ".join(sections) + "}\n")
    if source:
        described |= convert([model for model in models if not keep(model["name"]) and model["name"] not in CONVERTED_AS],
                             Path(source))
        described |= {name: described[other] for name, other in CONVERTED_AS.items()}
        lines = ",\n".join(f'"{name}": {json.dumps(described[name])}' for name in named)
        (HERE / "families-gguf.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
