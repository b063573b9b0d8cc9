import Checkpoints

/// Phi 3, 3.5 and 4: Llama with queries, keys and values in one matrix, and gate and up in another.
///
/// Keys: `transformers` configuration_phi3; names and metadata: llama.cpp `conversion/phi.py`.
package struct Phi3: Architecture {
  package init() {}

  package var ggufName: String { "phi3" }
  package var huggingFaceNames: [String] { ["Phi3ForCausalLM"] }
  package var modelTypes: [String] { ["phi3"] }
  package var adjustingKeys: [String] { ["sliding_window"] }
  package var configKeys: ConfigKeys {
    ConfigKeys {
      $0.rotaryShare = "partial_rotary_factor"
      $0.originalContext = 4096
    }
  }

  package var adjustingGGUFKeys: [String] { ["attention.sliding_window"] }

  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention(isFused: true).gatedFeedForward(isFused: true).steps
  }

  package func names(_ shape: DecoderShape) -> CheckpointNames {
    CheckpointNames.llama.adding([
      (.attentionQueryKeyValue, "self_attn.qkv_proj"), (.feedForwardGateUp, "mlp.gate_up_proj"),
    ])
  }

  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    shape.choices.attention = [AttentionRule(window: try config.optionalSize("sliding_window"))]
  }

  package func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    // Zero stands for none, and tells Phi 4 from the others.
    let window = try file.metadata.optionalInteger("phi3.attention.sliding_window") ?? 0
    guard window > 0 else { return }
    shape.choices.attention = [AttentionRule(window: try file.metadata.size("phi3.attention.sliding_window"))]
  }

  package func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    let window = shape.choices.attention.lazy.compactMap(\.window).first
    var entries: [(key: String, value: GGUFValue)] = [
      ("attention.sliding_window", .uint32(UInt32(window ?? 0)))
    ]
    if case .none = shape.rotary.scaling {
      entries.append(("rope.scaling.original_context_length", .uint32(UInt32(shape.contextLength))))
    }
    return entries
  }

  package func ggufRemark(_ shape: DecoderShape) -> String? { SlidingWindows.remark(shape) }
}
