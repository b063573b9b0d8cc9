/// The keys of GPTQ's and AWQ's configurations: GPTQModel 7.7 (`quantization/config.py`), `GPTQConfig` and `AwqConfig` of
/// transformers 5.23, and what AutoGPTQ, AutoAWQ and AutoRound write beside them.
package enum GPTQKeys {
  private static let onlyAtQuantization = "it was needed while the weights were quantized"
  private static let onlyMachines = "it says where and how fast programs compute"
  private static let tensorsSayIt = "which modules are quantized is seen by their tensors"

  private static let calibration = [
    "tokenizer", "dataset", "damp_percent", "damp_auto_increment", "act_group_aware", "true_sequential", "model_seqlen",
    "static_groups", "mse", "gptaq", "gptaq_alpha", "foem", "hessian", "fallback", "failsafe", "mock_quantization",
    "batch_size", "pad_token_id", "cache_block_outputs", "module_name_preceding_first_block", "smoother", "smooth",
    "preprocessors", "moe", "scale_search_chunked_activations", "v2", "v2_alpha", "nsamples", "seqlen", "iters", "lr",
    "minmax_lr", "low_gpu_mem_usage", "enable_minmax_tuning", "enable_norm_bias_tuning", "enable_quanted_input",
    "gradient_accumulate_steps", "train_bs", "amp", "autoround_version", "sampler", "seed",
  ]
  private static let machines = [
    "backend", "device", "telemetry", "pack_impl", "offload_to_disk", "offload_to_disk_path", "compute_device_filter",
    "calibration_data_device", "auto_forward_data_parallel", "dense_vram_strategy", "dense_vram_strategy_devices",
    "moe_vram_strategy", "moe_vram_strategy_devices", "gc_mode", "wait_for_submodule_finalizers", "max_input_length",
    "use_cuda_fp16", "use_exllama", "disable_exllama", "exllama_config", "fuse_max_seq_len", "do_fuse",
    "modules_to_fuse", "process",
  ]
  private static let places = [
    "lm_head", "block_name_to_quantize", "modules_in_block_to_quantize", "modules_to_not_convert",
  ]
  private static let names = ["meta", "model_name_or_path", "model_file_base_name", "quantizer"]
  private static let withoutEffect = [
    onlyAtQuantization: calibration, onlyMachines: machines, tensorsSayIt: places,
    "it is a note for readers": names,
  ]
  private static let refused = [
    "activation": "inputs are rounded too, in a way that this version does not compute",
    "adapter": "another model's weights are added to these; merge them with the adapters of `model`",
    "rotation": "inputs of down_proj are rotated as the model runs",
    "weight_only": "weights of another layout",
    "is_marlin_format": "weights in the order of one kernel; save the model as GPTQ",
  ]

  package static let gptq = KeyTable(
    "GPTQ",
    read: [
      "quant_method", "method", "bits", "wbits", "w_bit", "group_size", "q_group_size", "sym", "zero_point",
      "desc_act", "checkpoint_format", "format", "version", "pack_dtype", "dynamic",
    ],
    withoutEffect: withoutEffect, refused: refused)

  package static let awq = KeyTable(
    "AWQ",
    read: [
      "quant_method", "method", "bits", "w_bit", "wbits", "group_size", "q_group_size", "zero_point", "sym", "version",
      "format", "checkpoint_format", "pack_dtype", "dynamic", "backend", "desc_act",
    ],
    withoutEffect: [
      onlyAtQuantization: calibration, onlyMachines: machines.filter { $0 != "backend" }, tensorsSayIt: places,
      "it is a note for readers": names,
    ], refused: refused)

  /// Of an entry of `dynamic`.
  package static let rule = KeyTable(
    "a rule of dynamic", read: ["bits", "group_size", "sym", "desc_act", "pack_dtype"],
    withoutEffect: withoutEffect,
    refused: refused.merging(
      ["format", "checkpoint_format", "method", "quant_method"].map { ($0, "one layout for all modules") },
      uniquingKeysWith: { first, _ in first }))
}
