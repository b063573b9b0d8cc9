/// The keys of compressed-tensors 0.20 (`QuantizationConfig`, `QuantizationScheme`, `QuantizationArgs`), and of
/// `CompressedTensorsConfig` of transformers 5.23.
package enum CompressedTensorsKeys {
  package static let config = KeyTable(
    "compressed-tensors",
    read: [
      "quant_method", "format", "quantization_status", "config_groups", "ignore", "transform_config", "sparsity_config",
      "quantization_config",
    ],
    withoutEffect: [
      "it is a note for readers": ["version", "global_compression_ratio"],
      "it says when weights are decoded": ["run_compressed", "dequantize", "use_optimized_inference"],
    ],
    refused: [
      "kv_cache_scheme": "keys and values are rounded as the model runs, which this version does not compute",
      "moe_sparsity_config": "layers with other numbers of experts",
    ])

  /// Of an entry of `config_groups`.
  package static let scheme = KeyTable(
    "a group of compressed-tensors", read: ["targets", "weights", "input_activations", "format"],
    refused: ["output_activations": "outputs are rounded as the model runs, which this version does not compute"])

  private static let arguments = [
    "num_bits", "type", "symmetric", "group_size", "strategy", "dynamic", "actorder", "block_structure", "scale_dtype",
  ]
  private static let tensorsSayIt = "zero points have the type of their tensors"
  private static let onlyAtQuantization = "it was needed while the weights were quantized"

  /// Of `weights` and `input_activations`.
  package static let numbers = KeyTable(
    "compressed-tensors", read: arguments,
    withoutEffect: [
      tensorsSayIt: ["zp_dtype"], onlyAtQuantization: ["observer", "observer_kwargs"],
    ])

  /// Of `transform_config` and what it holds.
  package static let transforms = KeyTable("a transform_config", read: ["config_groups"])
  package static let transform = KeyTable(
    "a transform", read: ["apply"],
    withoutEffect: [
      "what is left of a transform once it is part of the weights": [
        "type", "randomize", "requires_grad", "head_dim", "precision",
      ]
    ])
  package static let application = KeyTable(
    "a transform", read: ["location"],
    withoutEffect: [
      "what is left of a transform once it is part of the weights": ["targets", "inverse", "ignore"]
    ])
}
