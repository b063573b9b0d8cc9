import Foundation

extension Fault {
  private static let group = ["quantization_config", "config_groups", "group_0"]
  private static let weights = group + ["weights"]

  /// Of checkpoints whose weights are small floating-point numbers.
  static let floats: [Fault] = [
    Fault("a weight that is no number", in: "fp8-block", says: "m.weight", "nan at [1, 2]") {
      $0.tensors["m.weight"]?.bytes[128 + 2] = 0x7F
    },
    Fault(
      "a negative weight that is no number", in: "compressed-tensors-fp8-channel", says: "m.weight", "nan at [0, 0]"
    ) {
      $0.tensors["m.weight"]?.bytes[0] = 0xFF
    },
    Fault("a power that is no number", in: "fp8-block-ue8m0", says: "m.weight_scale_inv", "nan at [0, 1]") {
      $0.tensors["m.weight_scale_inv"]?.bytes[1] = 255
    },
    Fault("an exponent that is no number", in: "compressed-tensors-mxfp4", says: "m.weight_scale", "nan at [31, 3]") {
      $0.tensors["m.weight_scale"]?.bytes[127] = 255
    },
    Fault("a scale of E4M3 that is no number", in: "compressed-tensors-nvfp4", says: "m.weight_scale", "nan at [0, 1]")
    {
      $0.tensors["m.weight_scale"]?.bytes[1] = 0x7F
    },
    Fault("an exponent of experts that is no number", in: "mxfp4-experts", says: "m.experts.gate_up_proj", "nan") {
      $0.tensors["m.experts.gate_up_proj_scales"]?.bytes[9] = 255
    },
    Fault("no scales of FP8", in: "fp8-block", says: "no tensor m.weight_scale_inv", "m.weight") {
      $0.tensors["m.weight_scale_inv"] = nil
    },
    Fault("numbers beside scales", in: "fp8-block", says: "m.weight", "type", "f16", "F8_E4M3") {
      $0.tensors["m.weight"]?.type = "F16"
      $0.tensors["m.weight"]?.shape = [32, 64]
    },
    Fault("scales of other blocks", in: "fp8-block", says: "m.weight_scale_inv", "[2, 2]", "[1, 1]", "128 columns") {
      $0.set("weight_block_size", [128, 128])
    },
    Fault("a block of one side", in: "fp8-block", says: "weight_block_size", "rows and columns") {
      $0.set("weight_block_size", [128])
    },
    Fault("a block of nothing", in: "fp8-block", says: "weight_block_size", "rows and columns") {
      $0.set("weight_block_size", [128, 0])
    },
    Fault("scales of whole rows in blocks", in: "fp8-block", says: "m.weight_scale_inv", "[2, 2]", "[32, 1]") {
      $0.set("weight_block_size", nil)
      $0.change(["quantization_config"]) { $0["weight_block_size"] = NSNull() }
    },
    Fault("codes of a module that has none", in: "fp8-block", says: "m.weight", "modules_to_not_convert with \"m\"") {
      $0.set("modules_to_not_convert", ["lm_head", "m"])
    },
    Fault("codes of a module that an expression leaves out", in: "fp8-block", says: "m.weight", "\"(m|n)\"") {
      $0.set("modules_to_not_convert", ["(m|n)"])
    },
    Fault("an expression that is none", in: "fp8-block", says: "modules_to_not_convert", "m(", "regular expression") {
      $0.set("modules_to_not_convert", ["m("])
    },
    Fault("two lists of modules", in: "fp8-block", says: "ignored_layers", "modules_to_not_convert says") {
      $0.set("ignored_layers", ["m"])
    },
    Fault("another activation scheme", in: "fp8-block", says: "activation_scheme", "dynamic or static") {
      $0.set("activation_scheme", "none")
    },
    Fault("no scale of static inputs", in: "fp8-tensor", says: "no tensor m.activation_scale") {
      $0.tensors["m.activation_scale"] = nil
    },
    Fault("a scale of inputs below 0", in: "fp8-autofp8", says: "m.input_scale", "a scale above 0") {
      $0.tensors["m.input_scale"]?.bytes[3] |= 0x80
    },
    Fault("another eight-bit format", in: "fp8-block", says: "fmt", "e5m2", "e4m3") { $0.set("fmt", "e5m2") },
    Fault("experts of four bits", in: "fp8-block", says: "expert_dtype", "fp4", "fp8") {
      $0.set("expert_dtype", "fp4")
    },
    Fault("a scale for each column", in: "fbgemm-row", says: "m.weight_scale", "[1, 32]", "[32, 1]") {
      $0.tensors["m.weight_scale"]?.shape = [1, 32]
    },
    Fault("a bound of inputs that is none", in: "fbgemm-row", says: "activation_scale_ub", "above 0") {
      $0.set("activation_scale_ub", -1)
    },
    Fault("experts without scales", in: "mxfp4-experts", says: "no tensor m.experts.gate_up_proj_scales") {
      $0.tensors["m.experts.gate_up_proj_scales"] = nil
    },
    Fault("blocks of another size", in: "mxfp4-experts", says: "m.experts.gate_up_proj_blocks", "[2, 32, 8, 8]", "16]")
    {
      $0.tensors["m.experts.gate_up_proj_blocks"]?.shape = [2, 32, 8, 8]
    },
    Fault("exponents of other experts", in: "mxfp4-experts", says: "m.experts.gate_up_proj_scales", "[2, 32, 4]") {
      $0.tensors["m.experts.gate_up_proj_scales"]?.shape = [4, 16, 4]
    },
    Fault("experts that are said to have no codes", in: "mxfp4-experts", says: "m.experts.weight", "\"m.*\"") {
      $0.set("modules_to_not_convert", ["m.*"])
    },
    Fault("scales of another shape", in: "compressed-tensors-mxfp4", says: "m.weight_scale", "[32, 4]", "[64, 2]") {
      $0.tensors["m.weight_packed"]?.shape = [64, 32]
    },
    Fault("a part of a group", in: "compressed-tensors-nvfp4", says: "m.weight_packed", "groups of 16 columns") {
      $0.tensors["m.weight_packed"]?.shape = [512, 4]
    },
    Fault("no scale of all", in: "compressed-tensors-nvfp4", says: "no tensor m.weight_global_scale") {
      $0.tensors["m.weight_global_scale"] = nil
    },
    Fault("a scale of all that is nothing", in: "compressed-tensors-nvfp4", says: "m.weight_global_scale", "above 0") {
      $0.tensors["m.weight_global_scale"]?.bytes = [0, 0, 0, 0]
    },
    Fault("no scale of all inputs", in: "compressed-tensors-nvfp4", says: "no tensor m.input_global_scale") {
      $0.tensors["m.input_global_scale"] = nil
    },
    Fault("groups of another format", in: "compressed-tensors-nvfp4", says: "weights.group_size", "16 for nvfp4") {
      $0.change(weights) { $0["group_size"] = 32 }
    },
    Fault("integers for floats", in: "compressed-tensors-mxfp4", says: "weights.type", "float for mxfp4") {
      $0.change(weights) { $0["type"] = "int" }
    },
    Fault("six bits", in: "compressed-tensors-fp8-channel", says: "weights.num_bits", "8 for float-quantized") {
      $0.change(weights) { $0["num_bits"] = 6 }
    },
    Fault("a format of six bits", in: "compressed-tensors-mxfp4", says: "format", "mxfp6-pack-quantized") {
      $0.change(group) { $0["format"] = "mxfp6-pack-quantized" }
    },
    Fault("floats that are not symmetric", in: "compressed-tensors-fp8-channel", says: "weights.symmetric", "true") {
      $0.change(weights) { $0["symmetric"] = false }
    },
    Fault(
      "blocks without sides", in: "compressed-tensors-fp8-block", says: "weights.block_structure", "rows and columns"
    ) {
      $0.change(weights) { $0["block_structure"] = nil }
    },
    Fault(
      "sides without blocks", in: "compressed-tensors-fp8-channel", says: "weights.block_structure", "strategy block"
    ) {
      $0.change(weights) { $0["block_structure"] = [128, 128] }
    },
    Fault(
      "scales of other blocks of rows", in: "compressed-tensors-fp8-block", says: "m.weight_scale", "[2, 3]", "[4, 3]"
    ) {
      $0.change(weights) { $0["block_structure"] = "8x48" }
    },
    Fault("a group for all batches", in: "compressed-tensors-mxfp4", says: "input_activations.strategy", "dynamic") {
      $0.setInputs("dynamic", false)
    },
    Fault("local scales of tokens", in: "compressed-tensors-fp8-channel", says: "input_activations.dynamic", "local") {
      $0.setInputs("dynamic", "local")
    },
    Fault("inputs of six bits", in: "compressed-tensors-mxfp4", says: "input_activations.num_bits", "4 or 8") {
      $0.setInputs("num_bits", 6)
    },
    Fault(
      "floats in the place of packed words", in: "compressed-tensors-mxfp4", says: "weight_packed", "float-quantized"
    ) {
      $0.change(group) { $0["format"] = "float-quantized" }
      $0.change(weights) { $0["num_bits"] = 8 }
    },
    Fault("zero points of floats", in: "compressed-tensors-fp8-channel", says: "m.weight_zero_point", "zero points") {
      $0.tensors["m.weight_zero_point"] = .init(shape: [1], type: "F8_E4M3", bytes: [1])
    },
    Fault("ternary codes of four values", in: "bitnet-divides", says: "m.weight", "the code 3 in row 8", "0, 1 or 2") {
      $0.tensors["m.weight"]?.bytes[5] |= 0b1100
    },
    Fault("ternary weights without a scale", in: "bitnet-divides", says: "no tensor m.weight_scale") {
      $0.tensors["m.weight_scale"] = nil
    },
    Fault("a scale for each row of ternary weights", in: "bitnet-multiplies", says: "m.weight_scale", "[2]", "[1]") {
      $0.tensors["m.weight_scale"]?.shape = [2]
      $0.tensors["m.weight_scale"]?.bytes += [0, 0, 128, 63]
    },
    Fault("a scale that is nothing", in: "bitnet-multiplies", says: "m.weight_scale", "above 0") {
      $0.tensors["m.weight_scale"]?.bytes = [0, 0, 0, 0]
    },
    Fault("a scale that leaves nothing", in: "bitnet-divides", says: "m.weight_scale", "the range of single precision")
    {
      // The smallest number of bfloat16, whose reciprocal is none of single precision.
      $0.tensors["m.weight_scale"]?.bytes = [1, 0]
    },
    Fault("ternary weights as numbers", in: "bitnet-divides", says: "m.weight", "type", "I8", "U8") {
      $0.tensors["m.weight"]?.type = "I8"
    },
    Fault("ternary weights on one side", in: "bitnet-divides", says: "m.weight", "[1024]", "[rows / 4, columns]") {
      $0.tensors["m.weight"]?.shape = [1024]
    },
    Fault("ternary codes of a module without", in: "bitnet-divides", says: "m.weight", "modules_to_not_convert") {
      $0.set("modules_to_not_convert", ["m"])
    },
    Fault("another layer of ternary weights", in: "bitnet-divides", says: "linear_class", "bitlinear or autobitlinear")
    {
      $0.set("linear_class", "bitlinear2")
    },
    Fault("ternary weights to be", in: "bitnet-multiplies", says: "quantization_mode", "online", "offline") {
      $0.set("quantization_mode", "online")
    },
    Fault("norms of inputs", in: "bitnet-divides", says: "use_rms_norm", "false") { $0.set("use_rms_norm", true) },
    Fault("ternary weights without settings", in: "bitnet-divides", says: "quantization_config", "m.weight") {
      $0.config = [:]
    },
    Fault("FP8 without settings", in: "fp8-block", says: "quantization_config", "m.weight", "settings") {
      $0.config = [:]
    },
    Fault("experts without settings", in: "mxfp4-experts", says: "quantization_config", "gate_up_proj_blocks") {
      $0.config = [:]
    },
  ]
}
