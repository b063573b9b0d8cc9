/// The keys of bitsandbytes' configurations: `BitsAndBytesConfig` of transformers 5.23.
package enum BitsAndBytesKeys {
  package static let config = KeyTable(
    "bitsandbytes", read: ["quant_method", "load_in_4bit", "load_in_8bit"],
    withoutEffect: [
      "the tensors of each matrix say how it is stored": [
        "_load_in_4bit", "_load_in_8bit", "bnb_4bit_quant_type", "bnb_4bit_use_double_quant", "bnb_4bit_quant_storage",
        "llm_int8_skip_modules", "llm_int8_has_fp16_weight",
      ],
      "it says where and how fast programs compute": ["bnb_4bit_compute_dtype", "llm_int8_enable_fp32_cpu_offload"],
      "it is part of the arithmetic of one kernel, which rounds inputs to eight bits and those above this not; weights are read as they are":
        ["llm_int8_threshold"],
    ])

  /// - Returns: keys that bitsandbytes does not have.
  static func check(_ settings: JSONObject) throws(CheckpointError) -> [String] {
    let unread = try config.check(settings)
    let isFourBit = try settings.optionalBool("load_in_4bit") ?? false
    if isFourBit, try settings.optionalBool("load_in_8bit") ?? false {
      throw settings.error("load_in_8bit", expected: "false beside load_in_4bit")
    }
    return unread
  }
}

/// The keys of EXL2's configurations, as exllamav2's `conversion/compile.py` writes them. The tensors say it all.
package enum EXL2Keys {
  package static let config = KeyTable(
    "EXL2", read: ["quant_method"],
    withoutEffect: [
      "the tensors of each matrix say how it is stored": ["bits", "head_bits"],
      "it is a note for readers": ["version", "calibration"],
    ])
}
