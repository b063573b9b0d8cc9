import Checkpoints

/// Phi 3, 3.5 and 4: Llama with queries, keys and values in one matrix, and gate and up in another.
///
/// Keys: `transformers` configuration_phi3; names and metadata: llama.cpp `conversion/phi.py`.
struct Phi3: Architecture {
  var ggufName: String { "phi3" }
  var huggingFaceNames: [String] { ["Phi3ForCausalLM"] }
  var modelTypes: [String] { ["phi3"] }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.rotaryShare = "partial_rotary_factor"
      $0.originalContext = 4096
      $0.windows = WindowKeys()
    }
  }

  var adjustingGGUFKeys: [String] { ["attention.sliding_window"] }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true).gatedFeedForward(isFused: true).steps
  }

  func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.adding([
      (.attentionQueryKeyValue, "self_attn.qkv_proj"), (.feedForwardGateUp, "mlp.gate_up_proj"),
    ])
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    // Zero stands for none, and tells Phi 4 from the others.
    let window = try file.metadata.optionalInteger("phi3.attention.sliding_window") ?? 0
    guard window > 0 else { return }
    shape.choices.attention = [AttentionRule(window: try file.metadata.size("phi3.attention.sliding_window"))]
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = [
      ("attention.sliding_window", .uint32(UInt32(shape.choices.window ?? 0)))
    ]
    if case .none = shape.rotary.scaling {
      entries.append(("rope.scaling.original_context_length", .uint32(UInt32(shape.contextLength))))
    }
    return entries
  }

  func ggufRemark(_ shape: DecoderShape) -> String? { windowRemark(shape) }
}
