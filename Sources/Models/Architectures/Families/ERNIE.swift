import Checkpoints

/// ERNIE 4.5 of one part: Llama whose components turn beside each other.
///
/// Keys: `transformers` configuration_ernie4_5; names and metadata: llama.cpp `conversion/ernie.py`.
struct ERNIE: Architecture {
  var ggufName: String { "ernie4_5" }
  var huggingFaceNames: [String] { ["Ernie4_5ForCausalLM", "Ernie4_5_ForCausalLM"] }
  var modelTypes: [String] { ["ernie4_5"] }
  var biasKeys: [BiasKey] { Self.biasKeys }

  static let biasKeys = [
    BiasKey(name: "use_bias", roles: BiasKey.attention.roles.union(BiasKey.feedForward.roles))
  ]

  var turnsNeighbours: Bool { true }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 2
      $0.usualHeadSize = 128
      $0.tiesOutput = true
      $0.rotaryBase = 500_000
    }
  }

  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] {
    [
      ("rope.dimension_sections", .nothing), ("expert_feed_forward_length", .number(0)),
      ("expert_shared_feed_forward_length", .number(0)), ("interleave_moe_layer_step", .number(0)),
      ("leading_dense_block_count", .number(0)),
    ]
  }
}
