import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// What published LFM2 models say by keys that their class in transformers does not have, and what GGUF files cannot say.
struct ShortConvolutionTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func model(_ name: String, _ changes: [String: String?] = [:]) throws -> ModelSource {
    try ModelSource(path: try FamilyFixture.named(name).write(to: folder, changing: changes), on: workers)
  }

  /// Older keys for the same sizes, and indices of layers with attention in the place of types.
  @Test func olderKeysSayTheSame() throws {
    let fixture = FamilyFixture.named("lfm2")
    let older = try model(
      "lfm2",
      [
        "layer_types": nil, "full_attn_idxs": "[1, 3]", "intermediate_size": nil, "block_ff_dim": "96",
        "block_dim": "64", "conv_dim": "64", "conv_dim_out": "64", "num_heads": "4", "block_norm_eps": "1e-5",
        "block_use_swiglu": "true", "use_pos_enc": "true", "tie_word_embeddings": "false", "tie_embedding": "true",
      ])
    #expect(older.notes == [])
    #expect(older.shape == (try model("lfm2").shape))
    #expect(older.shape.intermediateSize == 80)
    #expect(older.shape.choices.convolution == ShortConvolution(taps: 3, layers: [true, false, true, false]))
    #expect(FamilyRun.error(of: try FamilyRun.logits(older, fixture), fixture) < 2e-5)
  }

  @Test(
    arguments: [
      ("block_dim", "32"), ("conv_dim", "32"), ("conv_dim_out", "32"), ("num_heads", "8"), ("block_norm_eps", "0.1"),
      ("block_use_swiglu", "false"), ("use_pos_enc", "false"), ("conv_bias", "true"), ("full_attn_idxs", "[0]"),
      ("layer_types", #"["conv", "conv"]"#), ("layer_types", #"["conv", "attention", "conv", "conv"]"#),
      ("block_ffn_dim_multiplier", "1e30"), ("block_ff_dim", "48"),
    ])
  func otherValuesAreRefusedByName(key: String, value: String) throws {
    let error = #expect(throws: CheckpointError.self) { try model("lfm2", [key: value]) }
    #expect(error?.description.contains("\(key): found") == true, "\(String(describing: error))")
  }

  @Test func whatAGGUFFileCannotSayIsAnObstacle() throws {
    func objection(_ name: String, _ change: (inout DecoderShape) -> Void) throws -> String? {
      let model = try model(name)
      #expect(model.architecture.objectionToGGUF(model.shape) == nil)
      var shape = model.shape
      change(&shape)
      return model.architecture.objectionToGGUF(shape)
    }
    for name in ["lfm2", "lfm2-moe"] {
      #expect(try objection(name) { $0.choices.convolution?.taps = 1 }?.contains("found conv_L_cache 1") == true)
      #expect(try objection(name) { $0.headSize = 32 }?.contains("4 heads of 32 components, expected 64") == true)
    }
    #expect(
      try objection("lfm2-moe") { $0.choices.experts?.scale = 2.5 }?.contains("routed_scaling_factor 2.5") == true)
    #expect(
      try objection("lfm2-moe") { $0.choices.experts?.normalizesWeights = false }?.contains("norm_topk_prob false")
        == true)
  }

  /// Heads of keys are listed by layer, or one number is for all.
  @Test func headsOfKeysSayWhichLayersHaveAttention() throws {
    let model = try model("lfm2")
    func file(_ heads: GGUFValue) throws -> DecoderShape {
      let path = try FamilyGGUF.write(model, to: folder, changing: ["lfm2.attention.head_count_kv": heads])
      return try model.architecture.shape(try GGUFFile(path: path))
    }
    func list(_ heads: [Int32]) -> GGUFValue { .array(.int32, heads.map { .int32($0) }) }
    let shape = try file(list([0, 0, 0, 2]))
    #expect(shape.choices.convolution?.layers == [true, true, true, false])
    #expect(shape.keyValueHeads == 2)
    #expect(try file(.uint32(2)).choices.convolution?.layers == [false, false, false, false])
    #expect(try file(list([0, 0, 0, 0])).keyValueHeads == 4)
    for wrong in [[0, 2], [0, 2, 0, 4], [0, 2, 0, -2], [3, 3, 3, 3]] as [[Int32]] {
      let error = #expect(throws: CheckpointError.self) { try file(list(wrong)) }
      #expect(error?.description.contains("lfm2.attention.head_count_kv: found") == true)
    }
  }
}
