"""Asks PyPI's transformers what each key of config.json changes, and writes config-keys.json.

    python config-keys.py            families that the file does not have yet: delete it to make all anew
    python config-keys.py NAME ...   these anew, too

Keys are those of the configuration classes (their fields, the names that they map to others, the older ones that they
take out of their arguments), those that the classes of models ask a configuration for, and some of other families.
Each is taken away, set to null and set to other values, alone and with those that it is read with, in the configuration of
a tiny model of families.json. What comes of it is one of

    "same"      the model computes what it did
    "logits"    it computes something else: of two tokens some logits, of encoders hidden states
    "tensors"   it would have other tensors than the file
    "refused"   transformers says no: only their number is kept

Needs torch 2.15, transformers 5.23 and safetensors 0.8.
"""

import ast
import base64
import dataclasses
import inspect
import json
import logging
import os
import resource
import sys
import tempfile
import warnings
from pathlib import Path

import numpy

from families import TOKENS, WRAPPERS, write_folder

HERE = Path(__file__).resolve().parent
# Families by the variant that they start from; what the variant is changed by; the class of the model.
BASES = {
    "llama": ("llama", {}), "mistral": ("mistral-window", {}),
    "ministral": ("mistral-window", {"model_type": "ministral", "architectures": ["MinistralForCausalLM"],
                                     "layer_types": ["full_attention", "sliding_attention"]}),
    "qwen2": ("qwen2-window", {}), "qwen3": ("qwen3", {}), "smollm3": ("smollm3", {}), "granite": ("granite", {}),
    "olmo2": ("olmo2", {}), "olmo3": ("olmo3", {}), "phi3": ("phi3", {}), "phi3-long": ("phi3-long", {}),
    "gemma2": ("gemma2", {}), "gemma3": ("gemma3", {}), "gpt2": ("gpt2", {}), "gptneox": ("gptneox", {}),
    "starcoder2": ("starcoder2-window", {}), "mixtral": ("mixtral", {}), "qwen2-moe": ("qwen2-moe", {}),
    "qwen3-moe": ("qwen3-moe", {}), "olmoe": ("olmoe", {}), "bert": ("bert-mean", {}), "gemma3-parts": ("gemma3-parts", {}),
    "mistral3-parts": ("mistral3-parts", {}),
}
BASES |= {name: (name, {}) for name in [
    "gemma", "glm", "glm4", "seed-oss", "stablelm", "cohere", "cohere2", "exaone4", "hunyuan", "ernie", "arcee", "nemotron", "jais2",
    "internlm3", "starcoder", "bloom", "mpt", "granite-moe", "granite-moe-shared", "qwen3.5", "qwen3.5-moe", "qwen3-next", "deepseek2",
    "deepseek3", "minimax-m2", "ernie-moe", "gpt-oss", "glm4-moe", "dots1", "lfm2", "lfm2-moe", "phi", "falcon", "falcon-grouped",
    "apertus", "ministral3", "exaone-moe", "hunyuan-moe", "granite-hybrid", "granite-hybrid-moe", "falcon-h1",
    "falcon-h1-normed", "nemotron-h", "nemotron-h-moe", "qwen2-vl", "qwen2.5-vl-window", "qwen3-vl", "qwen3-vl-moe", "gemma4",
    "gemma4-layer-inputs", "gemma4-moe", "gemma4-parts", "gemma3n", "llama4", "llama4-parts",
    "xlm-roberta", "roberta", "modernbert"]}
BASES |= {"olmo": ("olmo-clipped", {})}
# Of a model with several parts, keys of the model of text go by their full names, and all keys are tried beside it too.
TEXT = "text_config."
ROWS, COLUMNS = [20, 39], 6

TYPES = ["llama", "mistral", "ministral", "qwen2", "qwen3", "smollm3", "granite", "olmo2", "olmo3", "phi3", "gemma2",
         "gemma3_text", "gpt2", "gpt_neox", "starcoder2", "mixtral", "qwen2_moe", "qwen3_moe", "olmoe", "bert"]
ACTIVATIONS = ["silu", "swish", "gelu", "gelu_new", "gelu_fast", "gelu_pytorch_tanh", "gelu_python", "quick_gelu", "relu",
               "relu2"]
YARN = {"rope_type": "yarn", "rope_theta": 10000.0, "factor": 4.0, "original_max_position_embeddings": 64}
ROPES = [
    {"rope_type": "default", "rope_theta": 500.0}, {"rope_type": "default"}, {"rope_theta": 500.0}, {"type": "default"},
    {"rope_type": "linear", "rope_theta": 10000.0, "factor": 3.0}, {"type": "linear", "factor": 3.0},
    {"rope_type": "linear", "type": "dynamic", "factor": 3.0, "rope_theta": 10000.0},
    {"rope_type": "dynamic", "rope_theta": 10000.0, "factor": 3.0},
    {"rope_type": "ntk", "rope_theta": 10000.0, "factor": 3.0}, YARN, {**YARN, "attention_factor": 1.5},
    {**YARN, "beta_fast": 8.0, "beta_slow": 2.0}, {**YARN, "mscale": 1.0, "mscale_all_dim": 0.5},
    {**YARN, "mscale": 0.7}, {**YARN, "truncate": False}, {**YARN, "truncate": True},
    {k: v for k, v in YARN.items() if k != "original_max_position_embeddings"}, {**YARN, "partial_rotary_factor": 0.5},
    {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
     "original_max_position_embeddings": 64},
    {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0},
    {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.5] * 8, "long_factor": [2.0] * 8,
     "original_max_position_embeddings": 64},
    {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.5] * 8, "long_factor": [2.0] * 8, "factor": 9.0,
     "original_max_position_embeddings": 64},
    {"rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [1.5] * 8, "long_factor": [2.0] * 8},
    {"rope_type": "proportional", "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
    {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5},
    {"rope_type": "default", "rope_theta": 10000.0, "factor": 4.0},
    {"full_attention": {"rope_type": "default", "rope_theta": 500.0}},
    {"full_attention": {"rope_type": "default", "rope_theta": 500.0},
     "sliding_attention": {"rope_type": "default", "rope_theta": 70.0}},
    {"full_attention": {"rope_type": "default", "rope_theta": 10000.0},
     "sliding_attention": {"rope_type": "linear", "factor": 3.0, "rope_theta": 10000.0}},
    {"sliding_attention": {"rope_type": "default", "rope_theta": 70.0}}, {},
    {**YARN, "llama_4_scaling_beta": 0.2}, {**YARN, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.2},
    {**YARN, "mscale": 1.0, "mscale_all_dim": 0.5, "original_max_position_embeddings": 16, "llama_4_scaling_beta": 0.0},
]
# Values to try, whatever the family. What is a dictionary with "with" sets other keys too.
VALUES = {
    "model_type": TYPES, "vocab_size": [192, 400], "hidden_size": [32], "n_embd": [32], "intermediate_size": [48],
    "num_hidden_layers": [1, 3], "n_layer": [1], "num_attention_heads": [2, 8], "n_head": [2], "num_key_value_heads": [1, 4],
    "head_dim": [8, 16, 32], "hidden_act": ACTIVATIONS, "hidden_activation": ACTIVATIONS, "activation_function": ACTIVATIONS,
    "max_position_embeddings": [64, 512], "n_positions": [64], "n_ctx": [64], "rms_norm_eps": [0.1, 0], "layer_norm_eps": [0.1],
    "layer_norm_epsilon": [0.1], "norm_epsilon": [0.1], "tie_word_embeddings": [True, False], "attention_bias": [True, False],
    "mlp_bias": [True, False], "qkv_bias": [False, True], "use_bias": [False, True],
    "use_qkv_bias": [True], "rope_theta": [10000.0, 500.0, 1000000], "rope_parameters": ROPES, "rope_scaling": ROPES,
    "partial_rotary_factor": [0.5, 1.0], "rotary_pct": [0.5, 1.0], "rotary_emb_base": [500], "rope_local_base_freq": [70.0],
    "original_max_position_embeddings": [16, 128], "sliding_window": [5, 64, 0, -1], "max_window_layers": [0, 1, 2, 28],
    "use_sliding_window": [True, False], "sliding_window_pattern": [1, 2, 3], "_sliding_window_pattern": [2],
    "layer_types": ["full", "sliding", "mixed", "short", "long", "chunked", "older", "linear", "convolutions"],
    "no_rope_layers": [[0, 1, 1, 1, 1, 0], [1] * 6, [0] * 6, [], [1, 0]], "no_rope_layer_interval": [2],
    "embedding_multiplier": [0.7, 0], "residual_multiplier": [0.7], "attention_multiplier": [0.7], "logits_scaling": [0.7],
    "logit_scale": [0.5], "query_pre_attn_scalar": [16, 256], "final_logit_softcapping": [2.0, 30.0],
    "attn_logit_softcapping": [2.0, 50.0], "use_bidirectional_attention": [True, False], "is_causal": [False, True],
    "is_decoder": [True, False], "add_cross_attention": [True, False], "is_encoder_decoder": [True, False], "num_experts": [2, 8],
    "num_local_experts": [2, 4, 6, 8], "num_experts_per_tok": [1, 3], "moe_intermediate_size": [16],
    "shared_expert_intermediate_size": [32], "norm_topk_prob": [True, False], "decoder_sparse_step": [2, 1, 0],
    "mlp_only_layers": [[0], [1], [7], []], "router_jitter_noise": [0.5], "clip_qkv": [0.1], "pretraining_tp": [2],
    "scale_attn_weights": [True, False], "scale_attn_by_inverse_layer_idx": [True, False], "reorder_and_upcast_attn": [True],
    "n_inner": [128, 256], "use_parallel_residual": [True, False], "type_vocab_size": [1, 3], "attention_chunk_size": [8],
    "position_embedding_type": ["relative_key", "absolute"], "chunk_size_feed_forward": [3],
    "per_layer_config": [{}, {"0": {"sliding_window": 3}}, {"0": {"rms_norm_eps": 0.1}}, {"0": {"num_key_value_heads": 1}}],
    "text_config": [{}, {"num_hidden_layers": 1}], "dtype": ["float16"], "torch_dtype": ["float16", "float32"],
    "pruned_heads": [{}, {"0": [1]}], "auto_map": [{"AutoModelForCausalLM": "modeling.Model"}],
    "embedding_size": [32], "head_size": [8], "multi_query": [True, False], "alibi": [True], "parallel_attn": [True, False], "rope_interleaved": [True],
    "mup_scale_emb": [2.0], "num_nextn_predict_layers": [1], "block_size": [4], "tie_encoder_decoder": [True],
    "use_qk_norm": [True], "qk_layernorm": [True], "cross_attention_hidden_size": [64], "final_norm": [False],
    "attention_out_bias": [True, False], "norm_eps": [0.1], "bias": [True, False], "n_embed": [32, 64],
    "apply_residual_connection_post_layernorm": [True, False], "slow_but_exact": [True], "attention_softmax_in_fp32": [False],
    "scale_attention_softmax_in_fp32": [False], "eod_token_id": [5], "shared_intermediate_size": [32, 0, 96],
    "d_model": [32], "n_layers": [1], "n_heads": [2], "max_seq_len": [128], "expansion_ratio": [2], "no_bias": [True, False],
    "emb_pdrop": [0.5], "embedding_fraction": [0.5], "init_device": ["meta"], "learned_pos_emb": [False],
    "norm_type": ["rmsnorm"], "attn_config": [
        {}, *[{key: value} for key, value in [
            ("alibi", False), ("alibi", True), ("alibi_bias_max", 4), ("alibi_bias_max", 8), ("clip_qkv", 0.1), ("softmax_scale", 0.5),
            ("prefix_lm", True), ("qk_ln", True), ("attn_type", "multiquery_attention"), ("attn_impl", "triton"), ("attn_pdrop", 0.5),
            ("attn_uses_sequence_id", True)]]],
    "linear_conv_kernel_dim": [2], "linear_key_head_dim": [8], "linear_value_head_dim": [8], "linear_num_key_heads": [1, 4],
    "linear_num_value_heads": [2, 3], "full_attention_interval": [2, 3],
    "q_lora_rank": [16], "kv_lora_rank": [16], "qk_nope_head_dim": [16], "qk_rope_head_dim": [8], "v_head_dim": [16],
    "qk_head_dim": [64, 48], "n_routed_experts": [4], "n_shared_experts": [0, 3], "n_group": [1, 2, 8], "topk_group": [1, 4],
    "topk_method": ["greedy", "group_limited_greedy", "noaux_tc"], "first_k_dense_replace": [0, 2], "routed_scaling_factor": [1.0, 2.0],
    "rope_interleave": [False], "num_mtp_layers": [1], "moe_layer_freq": [2], "scoring_func": ["softmax", "sigmoid"],
    "num_kv_heads": [1, 2, 4], "new_decoder_architecture": [True, False], "num_ln_in_parallel_attn": [1, 2],
    "num_shared_experts": [1, 0], "mlp_layer_types": [["dense"] + ["sparse"] * 3, ["dense"] * 4, ["sparse"]],
    "ffn_hidden_size": [128, 256], "activation": ACTIVATIONS,
    "rotary_dim": [4, 16], "moe_k": [1, 3], "moe_layer_start_index": [0, 2], "moe_layer_end_index": [0, 5], "moe_layer_interval": [2],
    "moe_norm_min": [0.5], "moe_num_experts": [2, 8], "moe_num_shared_experts": [0, 1], "swiglu_alpha": [1.0], "swiglu_limit": [0.5],
    "conv_L_cache": [2], "conv_bias": [True, False], "block_multiple_of": [8, 256], "block_ffn_dim_multiplier": [1.2, 2.0],
    "block_auto_adjust_ff_dim": [True, False], "full_attn_idxs": [[1, 3], [0]], "block_ff_dim": [96, 48], "tie_embedding": [True, False],
    "num_dense_layers": [0, 2], "use_expert_bias": [True, False],
    "mamba_n_heads": [4, 7], "mamba_n_groups": [1, 4], "mamba_d_state": [8], "mamba_d_head": ["auto", 16, 8], "mamba_d_conv": [2],
    "mamba_expand": [1], "mamba_chunk_size": [8], "mamba_conv_bias": [True, False], "mamba_proj_bias": [False, True],
    "time_step_limit": [[0.6, 0.7], [0.0, {"__float__": "Infinity"}], [0.0, 0.65], [0.6, {"__float__": "Infinity"}], [0.001]],
    "layers_block_type": [["attention", "mamba"] * 2, ["mamba", "attention"] * 2, ["mamba"] * 2],
    "mamba_d_ssm": [128, 48], "mamba_rms_norm": [True, False], "mamba_norm_before_gate": [True, False], "projectors_bias": [False, True],
    "lm_head_multiplier": [0.5, 1.0], "mlp_multipliers": [[0.5, 2.0], [1.0, 1.0], [0.5]], "key_multiplier": [0.5, 1.0],
    "attention_out_multiplier": [0.5], "attention_in_multiplier": [0.5], "ssm_multipliers": [[0.5] * 5, [1.0] * 5, [0.5, 0.6, 0.7, 0.8, 1.1], [0.5]],
    "ssm_in_multiplier": [0.5], "ssm_out_multiplier": [0.5], "num_logits_to_keep": [2],
    "hybrid_override_pattern": ["M-*M", "MM*-", "ME*-", "M-*"], "mamba_num_heads": [4], "mamba_head_dim": [8], "n_groups": [2, 3, 8],
    "ssm_state_size": [8], "conv_kernel": [2], "expand": [1], "time_step_min": [0.6, 0.9], "time_step_max": [0.6], "time_step_floor": [0.6],
    "use_conv_bias": [True, False], "chunk_size": [8], "mamba_ssm_cache_dtype": ["float16"], "use_mamba_kernels": [False],
    "mamba_hidden_act": ACTIVATIONS, "mlp_hidden_act": ACTIVATIONS, "residual_in_fp32": [True], "rescale_prenorm_residual": [False],
    "moe_latent_size": [16], "moe_shared_expert_intermediate_size": [16], "moe_shared_expert_overlap": [False],
    "mtp_layers_block_type": [["mlp"]], "mtp_hybrid_override_pattern": ["*"], "mamba_dt_min": [0.6], "mamba_dt_max": [0.6],
    "mamba_dt_limit": [[0.6, 0.7]], "mamba_dt_init_floor": [0.6],
    "global_head_dim": [16, 64], "num_global_key_value_heads": [2], "attention_k_eq_v": [True, False], "num_kv_shared_layers": [0, 1, 4],
    "use_double_wide_mlp": [True, False], "hidden_size_per_layer_input": [0, 16], "vocab_size_per_layer_input": [400],
    "enable_moe_block": [True], "top_k_experts": [2],
    "moe_topk": [1, 3, [2, 2], [3, 3], [1, 3], [2]],
    "intermediate_size_mlp": [48], "interleave_moe_layer_step": [1, 3, 0], "moe_layers": [[1, 3], [], [0], [1, 3, 9]],
    "attn_temperature_tuning": [True, False], "attn_scale": [0.5, 0.0], "floor_scale": [4, 16],
    "altup_active_idx": [1], "altup_coef_clip": [0.1], "altup_correct_scale": [False], "altup_num_inputs": [2, 3], "laurel_rank": [32],
    "activation_sparsity_pattern": [[0.5, 0.0], [0.0, 0.9], [0.95], 0.95, [0.0, 0.0]],
    "local_attention": [6, 20, 0], "global_attn_every_n_layers": [1, 2, 3, 4, 0], "global_rope_theta": [500.0, 160000.0],
    "local_rope_theta": [70.0, 10000.0], "norm_bias": [True, False], "classifier_pooling": ["mean"], "classifier_bias": [True],
    "classifier_activation": ["relu"], "decoder_bias": [False], "deterministic_flash_attn": [True], "mlp_dropout": [0.5],
    "sparse_prediction": [True], "sparse_pred_ignore_index": [-1], "initializer_cutoff_factor": [1.0], "cls_token_id": [5],
    "reference_compile": [True],
    # Of training, of what comes out beside logits, of generation and of bookkeeping.
    "attention_dropout": [0.5], "hidden_dropout": [0.5], "classifier_dropout": [0.5], "resid_pdrop": [0.5], "embd_pdrop": [0.5],
    "attn_pdrop": [0.5], "residual_dropout": [0.5], "embedding_dropout": [0.5], "hidden_dropout_prob": [0.5],
    "attention_probs_dropout_prob": [0.5], "summary_first_dropout": [0.5], "summary_last_dropout": [0.5], "initializer_range": [0.5],
    "router_aux_loss_coef": [0.5], "output_router_logits": [True], "use_cache": [False], "pad_token_id": [0, 3],
    "bos_token_id": [5], "eos_token_id": [5, [5, 6]], "summary_type": ["mean"], "summary_use_proj": [False],
    "summary_activation": ["tanh"], "summary_proj_to_labels": [False], "output_hidden_states": [True],
    "output_attentions": [True], "return_dict": [True], "id2label": [{"0": "a"}], "label2id": [{"a": 0}], "num_labels": [3],
    "problem_type": ["regression"], "transformers_version": ["4.0.0"], "_name_or_path": ["x"], "name_or_path": ["x"],
    "gradient_checkpointing": [True], "torchscript": [True], "use_bfloat16": [True], "task_specific_params": [{"a": {}}],
    "attn_implementation": ["eager"], "_attn_implementation": ["eager"], "_attn_implementation_autoset": [True],
    "experts_implementation": ["eager"], "_experts_implementation": ["eager"], "_attn_implementation_internal": ["sdpa"],
    "_experts_implementation_internal": ["eager"], "_commit_hash": ["x"], "tie_last_hidden_states": [True, False],
    "sep_token_id": [3], "decoder_start_token_id": [3], "max_length": [9], "min_length": [3], "temperature": [0.5], "top_k": [3],
    "do_sample": [True], "finetuning_task": ["x"], "tokenizer_class": ["x"], "prefix": ["x"], "unsloth_version": ["x"],
    "unsloth_fixed": [True], "cache_implementation": ["hybrid"], "kv_cache_dtype": ["fp8"], "model_name": ["x"],
}
# What is read together.
TOGETHER = [
    {"use_sliding_window": True, "sliding_window": 12, "max_window_layers": 1, "layer_types": None},
    {"use_sliding_window": True, "sliding_window": 12, "max_window_layers": 0, "layer_types": None},
    {"use_sliding_window": True, "sliding_window": 12, "max_window_layers": 28, "layer_types": None},
    {"use_sliding_window": True, "sliding_window": 12, "layer_types": "mixed"},
    {"use_sliding_window": True, "sliding_window": 12},
    {"use_sliding_window": False, "sliding_window": 12, "layer_types": "mixed"},
    {"use_sliding_window": False, "sliding_window": 12, "max_window_layers": 0, "layer_types": None},
    {"local_attention": 6, "layer_types": "full"}, {"global_attn_every_n_layers": 2, "layer_types": None},
    {"local_rope_theta": 70.0, "rope_parameters": None}, {"global_rope_theta": 500.0, "rope_parameters": None},
    {"sliding_window": 12, "layer_types": "mixed"}, {"sliding_window": 12, "layer_types": "full"},
    {"sliding_window": None, "layer_types": "sliding"}, {"sliding_window": None, "layer_types": "full"},
    {"sliding_window": None, "layer_types": None}, {"sliding_window": 12, "sliding_window_pattern": 2, "layer_types": None},
    {"sliding_window": 12, "sliding_window_pattern": 2, "layer_types": "sliding"},
    {"_sliding_window_pattern": 2, "layer_types": None},
    {"rope_theta": 500.0, "rope_parameters": None}, {"rope_theta": 500.0, "rope_parameters": None, "rope_scaling": None},
    {"rope_theta": 500.0, "rope_parameters": {"rope_type": "default", "rope_theta": 500.0}},
    {"rope_theta": 500.0, "rope_parameters": {"rope_type": "default"}},
    {"rope_theta": 500.0, "rope_parameters": None, "rope_scaling": {"type": "linear", "factor": 3.0}},
    {"rope_theta": 500.0, "rope_parameters": None, "rope_scaling": {"rope_type": "linear", "factor": 3.0}},
    {"rope_theta": 500.0, "rope_parameters": None, "rope_scaling": {"rope_type": "linear", "factor": 3.0, "rope_theta": 70.0}},
    {"rope_parameters": {"rope_type": "default", "rope_theta": 500.0}, "rope_scaling": {"type": "linear", "factor": 3.0}},
    {"rope_parameters": None, "rope_scaling": {k: v for k, v in YARN.items() if k != "rope_theta"}, "rope_theta": 10000.0},
    {"rope_parameters": None, "rope_scaling": {"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}},
    {"rope_parameters": None, "rope_scaling": {"type": "su", "short_factor": [1.5] * 8, "long_factor": [2.0] * 8},
     "original_max_position_embeddings": 64},
    {"rope_parameters": None, "rope_scaling": {"type": "longrope", "short_factor": [1.5] * 8, "long_factor": [2.0] * 8},
     "original_max_position_embeddings": 64},
    {"rope_parameters": {k: v for k, v in YARN.items() if k != "original_max_position_embeddings"},
     "original_max_position_embeddings": 64},
    {"rope_parameters": YARN, "original_max_position_embeddings": 16},
    {"rope_parameters": YARN, "max_position_embeddings": 512},
    {"rope_parameters": {k: v for k, v in YARN.items() if k != "original_max_position_embeddings"}, "max_position_embeddings": 64},
    {"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0, "partial_rotary_factor": 0.5}, "partial_rotary_factor": 0.25},
    {"rope_parameters": None, "partial_rotary_factor": 0.5}, {"rope_parameters": None, "rotary_pct": 0.5},
    {"rope_parameters": None, "rotary_pct": 0.5, "rotary_emb_base": 500}, {"rope_parameters": None, "rotary_emb_base": 500},
    {"rope_parameters": None, "rotary_pct": None}, {"rope_parameters": None, "rope_local_base_freq": 70.0},
    {"rope_parameters": None, "rope_local_base_freq": 70.0, "rope_theta": 500.0},
    {"rope_parameters": None, "rope_theta": 500.0, "rope_scaling": {"rope_type": "linear", "factor": 8.0}, "rope_local_base_freq": 70.0},
    {"no_rope_layers": None, "no_rope_layer_interval": 2}, {"no_rope_layers": [1, 0, 1, 0], "no_rope_layer_interval": 4},
    {"num_experts": None, "num_local_experts": 4}, {"num_experts": 4, "num_local_experts": 4},
    {"num_experts": 4, "num_local_experts": 6}, {"num_experts": 6, "num_local_experts": 4},
    {"dtype": "float32", "torch_dtype": "float16"}, {"dtype": "float32", "torch_dtype": "float32"},
    {"hidden_size": 32, "n_embd": 64}, {"hidden_size": 64, "n_embd": 64}, {"max_position_embeddings": 64, "n_positions": 256},
    {"num_attention_heads": 2, "n_head": 4}, {"num_hidden_layers": 1, "n_layer": 2}, {"n_head": None, "num_attention_heads": 4},
    {"n_embd": None, "hidden_size": 64}, {"n_layer": None, "num_hidden_layers": 2},
    {"hidden_act": "silu", "hidden_activation": "gelu_pytorch_tanh"},
    {"layer_types": None, "full_attention_interval": 2}, {"layer_types": "linear", "full_attention_interval": 4},
    {"layer_types": None, "full_attn_idxs": [1, 3]}, {"block_ff_dim": 96, "intermediate_size": 48},
    {"block_ff_dim": 96, "intermediate_size": None}, {"tie_embedding": True, "tie_word_embeddings": False},
    {"num_attention_heads": 4, "head_dim": None}, {"is_causal": False, "is_decoder": True},
    {"moe_layers": None, "interleave_moe_layer_step": 1}, {"no_rope_layers": None, "layer_types": None},
    {"no_rope_layers": None, "layer_types": None, "no_rope_layer_interval": 2},
]
# Taking a key away is not setting it to null.
GONE = "(gone)"
# Older names, which every class takes.
ALWAYS = {"rope_theta", "rope_scaling", "rope_parameters", "model_type", "is_causal", "layer_types"}
# Beside those that the sources name.
OTHERS = ["text_config", "auto_map", "pruned_heads", "logit_scale", "head_size", "multi_query", "alibi", "parallel_attn",
          "rope_interleaved", "num_nextn_predict_layers", "block_size", "use_qk_norm", "qk_layernorm", "n_ctx",
          "position_embedding_type", "torch_dtype", "num_labels", "_name_or_path", "name_or_path", "gradient_checkpointing",
          "torchscript", "use_bfloat16", "task_specific_params", "tie_encoder_decoder", "cross_attention_hidden_size",
          "_attn_implementation", "_attn_implementation_autoset", "_commit_hash", "sep_token_id", "decoder_start_token_id",
          "max_length", "temperature", "do_sample", "finetuning_task", "tokenizer_class", "prefix", "unsloth_version",
          "unsloth_fixed", "cache_implementation", "model_type", "use_qkv_bias", "_sliding_window_pattern", "is_causal", "moe_layer_freq",
          "scoring_func"]


def class_keys(cls) -> set[str]:
    """What a configuration class takes: its fields, their other names, and what it takes out of its arguments."""
    keys = {field.name for field in dataclasses.fields(cls)} | set(cls.attribute_map)
    for base in cls.__mro__:
        if base.__module__.startswith("transformers"):
            keys |= arguments_read(base)
    return keys


def arguments_read(cls) -> set[str]:
    """`kwargs.get("key")`, `kwargs.pop("key")` and `"key" in kwargs`."""
    keys = set()
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[cls.__module__]))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "pop") and (
                isinstance(node.func.value, ast.Name) and node.func.value.id == "kwargs"):
            if isinstance(node.args[0], ast.Constant):
                keys.add(node.args[0].value)
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Constant) and isinstance(node.ops[0], ast.In) and (
                isinstance(node.comparators[0], ast.Name) and node.comparators[0].id == "kwargs"):
            keys.add(node.left.value)
    return keys


# Arguments of transformers' own functions, of configurations that have others within them, and of what is not about models.
NOT_KEYS = {"return_unused_kwargs", "revision", "local_files_only", "cache_dir", "force_download", "proxies", "token", "subfolder",
            "_from_auto", "_from_pipeline", "gguf_file", "_configuration_file", "repo_id", "commit_message", "push_to_hub",
            "save_directory", "trust_remote_code", "code_revision", "ignore_keys_at_rope_validation", "vision_config",
            "mm_tokens_per_image", "boi_token_index", "eoi_token_index", "image_token_index", "image_token_id", "boi_token_id",
            "eoi_token_id", "use_timm_backbone", "backbone_config", "backbone", "quantization_config", "architectures",
            "user_agent", "adapter_kwargs", "is_init", "base_model_prefix", "heterogeneity_config", "_is_quantized", "pad_token", "mask_token_id",
            # Of a vision tower whose source is that of the model of text.
            "deepstack_visual_indexes", "embed_dim", "fullatt_block_indexes", "mlp_ratio", "tokens_per_second", "vision_token_id",
            "window_size", "image_size", "num_channels", "pixel_shuffle_ratio", "projector_dropout", "projector_input_dim", "projector_output_dim",
            "pooling_kernel_size", "position_embedding_size", "standardize", "use_clipped_linears",
            # Of an encoder of sound in the same source, and what its configuration derives from other keys.
            "attention_context_left", "attention_context_right", "attention_invalid_logits_value", "attention_logit_cap", "audio_config",
            "audio_token_id", "boa_token_id", "eoa_token_id", "eoa_token_index", "conv_kernel_size", "audio_soft_tokens_per_image",
            "vision_soft_tokens_per_image", "conf_attention_chunk_size", "conf_attention_context_left", "conf_attention_context_right",
            "conf_attention_logit_cap", "conf_conv_kernel_size", "conf_num_attention_heads", "conf_num_hidden_layers",
            "conf_reduction_factor", "conf_residual_weight", "input_feat_size", "sscp_conv_channel_size", "sscp_conv_group_norm_eps",
            "sscp_conv_kernel_size", "sscp_conv_stride_size", "gradient_clipping", "kv_sharing_modes", "output_proj_dims", "residual_weight",
            "subsampling_conv_channels",
            "depth", "in_channels", "num_heads", "num_position_embeddings", "out_hidden_size", "patch_size", "temporal_patch_size",
            "video_token_id", "vision_start_token_id", "vision_end_token_id",
            "vision_feature_layer", "spatial_merge_size", "multimodal_projector_bias", "projector_hidden_act"}


def model_keys(cls) -> set[str]:
    """What the classes of a model ask a configuration for: `config.key` and `getattr(config, "key", …)`."""
    import transformers.masking_utils
    import transformers.modeling_rope_utils
    keys, sources = set(), [sys.modules[cls.__module__], transformers.masking_utils, transformers.modeling_rope_utils]
    is_config = lambda node: (isinstance(node, ast.Name) and node.id == "config") or (
        isinstance(node, ast.Attribute) and node.attr == "config")
    for source in sources:
        tree = ast.parse(inspect.getsource(source))
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and is_config(node.value) and id(node) not in called:
                keys.add(node.attr)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "hasattr") and (
                    is_config(node.args[0]) and isinstance(node.args[1], ast.Constant)):
                keys.add(node.args[1].value)
    return keys


def layer_types(kind: str, layers: int) -> list[str]:
    full, window = "full_attention", "sliding_attention"
    return {"full": [full] * layers, "sliding": [window] * layers, "mixed": ([full, window, window] * layers)[:layers],
            "short": [window], "long": ([window, full] * layers)[:layers + 1], "chunked": ["chunked_attention"] * layers,
            "older": ["attention"] * layers, "linear": ["linear_attention"] * layers, "convolutions": ["conv"] * layers}[kind]


class Model:
    """A tiny model in a folder whose configuration changes."""

    def __init__(self, variant: dict, changes: dict, folder: Path):
        from transformers import AutoConfig, AutoModel, AutoModelForCausalLM, AutoModelForImageTextToText
        self.folder, self.config = folder, {**variant["config"], **changes}
        self.is_encoder = "embedding" in variant
        self.prefix = TEXT if "text_config" in self.config else ""
        # The keys of the text may stand beside those of the other parts.
        self.has_parts = self.config["model_type"] in WRAPPERS
        self.family = AutoModel if self.is_encoder else AutoModelForImageTextToText if self.has_parts else AutoModelForCausalLM
        write_folder(variant, folder)
        self.write(self.config)
        self.config_class = type(AutoConfig.from_pretrained(folder))
        self.model_class = self.family._model_mapping[self.config_class]
        text = self.config.get("text_config", self.config)
        self.layers = text.get("num_hidden_layers") or text.get("n_layer") or text["n_layers"]
        kind, self.logits = self.run()
        assert kind == "logits", (kind, self.logits)

    def write(self, config: dict) -> None:
        (self.folder / "config.json").write_text(json.dumps(config))

    def run(self) -> tuple[str, object]:
        """What becomes of the configuration in the folder."""
        import torch
        try:
            # Weights that are missing are drawn.
            torch.manual_seed(0)
            model, info = self.family.from_pretrained(
                self.folder, attn_implementation="eager", dtype=torch.float32, output_loading_info=True)
            # Encoders are saved with what the last state of the first token becomes, which the decoder leaves out.
            differing = {key: value for key, value in info.items() if value and key != "conversion_errors"}
            if differing:
                return "tensors", " ".join(sorted(differing))
            with torch.no_grad():
                output = model.eval()(torch.tensor([TOKENS]))
            states = output.last_hidden_state[0] if self.is_encoder else output.logits[0]
            return "logits", states[ROWS, :COLUMNS].contiguous().numpy()
        except Exception as error:
            # Of another class, whose own sizes are those of a large model.
            others = ["size mismatch", "ignore_mismatched_sizes", "can't allocate memory"]
            return ("tensors" if any(words in str(error) for words in others) else "refused"), (
                f"{type(error).__name__}: {str(error).strip().splitlines()[0][:100] if str(error).strip() else ''}")

    def changed(self, changes: dict) -> dict:
        """The configuration with other values."""
        config = json.loads(json.dumps(self.config))
        for key, value in changes.items():
            part = config["text_config"] if self.prefix and key.startswith(TEXT) else config
            key = key.removeprefix(TEXT)
            if value == GONE:
                part.pop(key, None)
            else:
                part[key] = value
        return config

    def own_keys(self) -> set[str]:
        """What transformers reads, by full names."""
        read = class_keys(self.config_class) | model_keys(self.model_class)
        if not self.has_parts:
            return read
        from transformers import AutoConfig
        text = class_keys(type(AutoConfig.from_pretrained(self.folder).text_config)) | model_keys(self.model_class)
        return class_keys(self.config_class) | {self.prefix + key for key in text}

    def outcome(self, changes: dict) -> dict:
        config = self.changed(changes)
        self.write(config)
        kind, found = self.run()
        result = {"set": changes, "kind": kind}
        if kind == "logits":
            scale = float(numpy.abs(self.logits).max())
            if numpy.isnan(found).any():
                result["kind"] = "refused"
            elif float(numpy.abs(found - self.logits).max()) <= 2e-5 * scale:
                result["kind"] = "same"
            else:
                result["logits"] = base64.b64encode(found.astype("<f4").tobytes()).decode()
        return result


def with_sections(ropes: list, config: dict) -> list:
    """The same with sections of positions, without which these are none of a tiny model that has some."""
    sections = ((config.get("rope_parameters") or config.get("rope_scaling") or {})).get("mrope_section")
    if sections is None:
        return ropes
    more = [{"type": "mrope"}, {"rope_type": "mrope"}, {"type": "mrope", "rope_type": "default"}]
    return ropes + [{**rope, "mrope_section": sections} for rope in ropes + more if not rope.keys() & {"full_attention", "sliding_attention"}]


def trials(model: Model, keys: list[str], own: set[str]) -> list[dict]:
    """Of its own keys each value, of those of other families the first one."""
    tried = []
    if unknown := [key for key in keys if key not in VALUES]:
        sys.exit(f"config-keys: no values to try for {unknown}, which transformers reads")
    for prefix in sorted({model.prefix, ""}):
        part = model.config["text_config"] if prefix else model.config
        for key in keys:
            values = with_sections(VALUES[key], part) if key in ("rope_parameters", "rope_scaling") else VALUES[key]
            # Beside a model of text, a configuration of it would be another.
            if model.prefix and not prefix and key == "text_config":
                continue
            tried += [{prefix + key: GONE}] if key in part else []
            values = [None, *values] if prefix + key in own or key in part or (prefix or not model.prefix) and key in ALWAYS else values[:1]
            tried += [{prefix + key: value} for value in values]
    tried += [{model.prefix + key: value if value is not None else GONE for key, value in group.items()} for group in TOGETHER]
    if model.prefix:
        tried += [{"tie_word_embeddings": a, TEXT + "tie_word_embeddings": b} for a in [True, False, GONE] for b in [True, False, GONE]]
        tried += [{key: 5} for key in ["image_token_index", "boi_token_index", "eoi_token_index", "mm_tokens_per_image"]]
    result = []
    for changes in tried:
        for key in [prefix + "layer_types" for prefix in sorted({model.prefix, ""})]:
            if isinstance(changes.get(key), str) and changes[key] != GONE:
                changes = {**changes, key: layer_types(changes[key], model.layers)}
        if model.changed(changes) != model.config and changes not in result:
            result.append(changes)
    return result


def write(path: Path, kept: dict) -> None:
    families = []
    for name in filter(kept.get, BASES):
        families.append("{" + ",\n".join(
            f"{json.dumps(key)}: " + ("[\n" + ",\n".join(json.dumps(item) for item in value) + "]" if key == "outcomes"
                                     else json.dumps(value)) for key, value in kept[name].items()) + "}")
    path.write_text("[" + ",\n".join(families) + "]\n")


def main() -> None:
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    resource.setrlimit(resource.RLIMIT_AS, (10 << 30, 10 << 30))
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    from transformers.utils import logging as told
    told.set_verbosity(50)
    told.disable_progress_bar()
    variants = {model["name"]: model for model in json.loads((HERE / "families.json").read_text())["models"]}
    path = HERE / "config-keys.json"
    kept = {family["name"]: family for family in json.loads(path.read_text())} if path.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        kept_keys = lambda keys: {key for key in keys if key.removeprefix(TEXT) not in NOT_KEYS and not key.isupper()}
        for name, (base, changes) in BASES.items():
            if name in kept and name not in sys.argv[1:]:
                continue
            model = Model(variants[base], changes, Path(temporary) / name)
            own = kept_keys(model.own_keys())
            keys = sorted(set(OTHERS).union({key.removeprefix(TEXT) for key in own}) - {"vision_config"})
            outcomes = [model.outcome(changes) for changes in trials(model, keys, own)]
            counts = {kind: sum(o["kind"] == kind for o in outcomes) for kind in ["same", "logits", "tensors", "refused"]}
            print(f"config-keys: {name}: {len(own)} keys, {counts}", file=sys.stderr, flush=True)
            same = [outcome["set"] for outcome in outcomes if outcome["kind"] == "same"]
            outcomes = [outcome for outcome in outcomes if outcome["kind"] in ("logits", "tensors")]
            kept[name] = {"name": name, "base": BASES[name][0], "changes": BASES[name][1], "class": model.model_class.__name__,
                          "keys": sorted(own),
                          "refused": counts["refused"], "outcomes": outcomes, "same": same}
            write(path, kept)


if __name__ == "__main__":
    main()
