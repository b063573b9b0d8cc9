import Checkpoints
import JSON

/// What `adapter_config.json` says beside the sums of products that are merged: the fields of `peft`'s LoraConfig that
/// `AdapterConfiguration` and `AdapterTargets` do not read.
enum AdapterKeys {
  /// Keys that do not change what an adapter's tensors do to its base, each with the reason.
  static let withoutEffect: [String: String] = [
    "auto_mapping": "the class of the base, for peft's own use", "base_model_name_or_path": "where the base was",
    "corda_config": "how tensors began; init_lora_weights says whether the base was changed",
    "eva_config": "how tensors began", "fan_in_fan_out": "peft follows the base's own layers",
    "inference_mode": "whether training goes on", "lora_dropout": "training alone",
    "lora_ga_config": "how tensors began; init_lora_weights says whether the base was changed",
    "loftq_config": "how tensors began; init_lora_weights says whether the base was changed",
    "megatron_core": "the module that megatron_config would be for",
    "modules_to_save": "the tensors that are there say it",
    "bias": "the tensors that are there say it", "peft_version": "who wrote it",
    "qalora_group_size": "of use_qalora alone", "revision": "of the base", "runtime_config": "where peft computes",
    "task_type": "the head that training had", "velora_config": "how gradients are computed",
  ]

  /// Keys that make something else of an adapter than a sum of products, where they say anything, each with what it would be.
  static let refused: [String: String] = [
    "alora_invocation_tokens": "an adapter that begins in the middle of a text",
    "arrow_config": "several adapters that tokens are sent to",
    "ensure_weight_tying": "one update of two tables",
    "kasa_config": "a base without its smallest singular values",
    "layer_replication": "layers that stand several times",
    "lora_bias": "biases of updates",
    "megatron_config": "layers of Megatron",
    "monteclora_config": "an adapter that is drawn at random",
    "target_parameters": "updates of parameters that are no matrices of their own",
    "trainable_token_indices": "rows of a table",
    "use_bdlora": "updates of diagonal blocks",
    "use_qalora": "updates that pool their inputs",
  ]

  /// Values of `init_lora_weights` that leave the base as it is. All others take a part out of it, or quantize it: tensors
  /// that were trained beside such a base are of no use beside the plain one.
  static let startsBesideThePlainBase = ["gaussian", "eva", "orthogonal", "mica"]

  /// Checks that nothing is asked for but sums of products beside the plain base.
  ///
  /// - Returns: keys that no version of `peft` known here has, nor reads.
  static func check(_ config: JSONObject, read: Set<String>) throws(CheckpointError) -> [String] {
    for (key, what) in refused.sorted(by: { $0.key < $1.key }) {
      guard let value = config.value(key), !saysNothing(value) else { continue }
      throw config.error(key, expected: "nothing: \(what) cannot be merged")
    }
    try checkStart(config)
    return config.keys.filter { key in
      !read.contains(key) && key != "init_lora_weights" && withoutEffect[key] == nil && refused[key] == nil
    }
  }

  private static func checkStart(_ config: JSONObject) throws(CheckpointError) {
    switch config.value("init_lora_weights") {
    case nil, .bool: return
    case .string(let name) where startsBesideThePlainBase.contains(name.lowercased()): return
    default:
      throw config.error(
        "init_lora_weights",
        expected: "true, false or \(startsBesideThePlainBase.joined(separator: ", ")): others change the base that the "
          + "adapter belongs to. peft saves an adapter of the plain base where save_pretrained is given "
          + "path_initial_model_for_weight_conversion")
    }
  }

  private static func saysNothing(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .bool(false): true
    case .array(let values): values.isEmpty
    // An object without members asks for all that it is about, with the usual settings.
    default: false
    }
  }
}
