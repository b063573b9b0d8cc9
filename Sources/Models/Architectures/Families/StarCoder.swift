import Checkpoints

/// StarCoder and SantaCoder: GPT-2 whose matrices stand upright, and whose heads may share keys and values.
///
/// Keys: `transformers` configuration_gpt_bigcode; names and metadata: llama.cpp `conversion/starcoder.py`.
struct StarCoder: Architecture {
  var ggufName: String { "starcoder" }
  var huggingFaceNames: [String] { ["GPTBigCodeForCausalLM"] }
  var modelTypes: [String] { ["gpt_bigcode"] }
  var fixedKeys: [FixedKey] {
    [("multi_query", .bool(true)), ("scale_attn_weights", .bool(true)), ("add_cross_attention", .bool(false))]
  }
  var basePrefix: String? { GPT2().basePrefix }
  var redundantEndings: [String] { GPT2().redundantEndings }
  var choices: DecoderChoices { GPT2().choices }
  var configKeys: ConfigKeys { GPT2().configKeys }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { GPT2().block(shape, layer: layer) }
  func names(_ shape: DecoderShape) -> CheckpointNames { GPT2().names(shape) }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.keyValueHeads = 1
  }
}
