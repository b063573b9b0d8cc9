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
}

/// `quantization_config` of bitsandbytes: the tensors of each matrix say how it is stored.
package struct BitsAndBytesSettings: QuantizationMethod {
  package static let name = "bitsandbytes"

  package init(_ settings: JSONObject) throws(CheckpointError) {}

  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] {
    let unread = try BitsAndBytesKeys.config.check(settings)
    let isFourBit = try settings.optionalBool("load_in_4bit") ?? false
    if isFourBit, try settings.optionalBool("load_in_8bit") ?? false {
      throw settings.error("load_in_8bit", expected: "false beside load_in_4bit")
    }
    return unread
  }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    QuantizedMatrixName(tensor, endingIn: ".weight.absmax") ?? QuantizedMatrixName(tensor, endingIn: ".SCB")
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    if reader.optional("SCB") != nil {
      let weights = try RowIntegersWeights(reader, .bitsAndBytes)
      return ([weights.layout.rows, weights.layout.columns], weights)
    }
    let weights = try BitsAndBytesWeights(reader)
    return ([weights.rows, weights.columns], weights)
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

/// `quantization_config` of EXL2: the tensors say it all.
package struct EXL2Settings: QuantizationMethod {
  package static let name = "exl2"

  package init(_ settings: JSONObject) throws(CheckpointError) {}

  package func unread(in settings: JSONObject) throws(CheckpointError) -> [String] {
    try EXL2Keys.config.check(settings)
  }

  package func matrix(of tensor: StoredTensor, in stored: TensorTable) -> QuantizedMatrixName? {
    QuantizedMatrixName(tensor, endingIn: ".q_weight")
  }

  package func weights(
    _ reader: PartReader, _ suffix: String
  ) throws(CheckpointError) -> (shape: [Int], weights: any QuantizedWeights) {
    let weights = try EXL2Weights(reader)
    return ([weights.rowCount, weights.columns], weights)
  }
}
