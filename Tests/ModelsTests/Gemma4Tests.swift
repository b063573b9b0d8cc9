import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// What Gemma 4's files say in more than one way, and what they may not say.
struct Gemma4Tests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(
    _ name: String, as folderName: String = "model", changing changes: [String: String?] = [:], extra: [String] = []
  ) throws -> ModelSource {
    try ModelSource(
      path: try FamilyFixture.named(name).write(to: folder, as: folderName, changing: changes, extra: extra),
      on: workers)
  }

  /// Published files say the heads of wide layers by keys of their own, transformers those of each layer.
  @Test func headsAreSaidInTwoWays() throws {
    let layers = try open("gemma4")
    let keys = try open(
      "gemma4", as: "keys",
      changing: [
        "per_layer_config": nil, "global_head_dim": "32", "num_global_key_value_heads": "1", "head_dim": "16",
        "num_key_value_heads": "2",
      ])
    #expect(keys.shape == layers.shape && keys.notes == layers.notes)
    #expect(layers.shape.headSizes(layer: 0) == HeadSizes(keyValueHeads: 2, size: 16))
    #expect(layers.shape.headSizes(layer: 5) == HeadSizes(keyValueHeads: 1, size: 32))
    #expect(!layers.shape.hasValues(layer: 5) && layers.shape.hasValues(layer: 0))
  }

  @Test func lastLayersTakeKeysOfTheLastOfTheirKind() throws {
    let model = try open("gemma4-layer-inputs")
    #expect((0..<6).map(model.shape.keyValueLayer) == [0, 1, 2, 3, 2, 3])
    #expect(model.weights.filter { $0.role == .attentionKey }.compactMap(\.layer) == [0, 1, 2, 3])
    #expect(model.weights.filter { $0.role == .feedForwardUp }.map(\.rows) == [96, 96, 96, 96, 192, 192])
    let decoder = Decoder(model, sequenceLength: 8, on: workers)
    #expect(decoder.blocks[3].outputs.contains(Edge("unitKeys", layer: 3)))
    #expect(decoder.blocks[5].inputs[Edge("unitKeys", layer: 3)] == 2 * 32)
    #expect(decoder.blocks[0].passing == 5 * 32)
  }

  /// Keys of experts say nothing where there are none.
  @Test func expertsAreThoseThatAreEnabled() throws {
    let plain = try open("gemma4")
    let named = try open("gemma4", as: "named", changing: ["num_experts": "6", "top_k_experts": "2"])
    #expect(named.shape == plain.shape && named.notes == plain.notes)
    let key = #expect(throws: CheckpointError.self) {
      try open("gemma4", as: "enabled", changing: ["enable_moe_block": "true"])
    }
    #expect("\(try #require(key))".contains("num_experts"))
  }

  /// Gate and up of each expert lie one below the other in one tensor of a GGUF file, and the router reads a norm of its own.
  @Test func gateAndUpOfExpertsShareATensor() throws {
    let model = try open("gemma4-moe")
    let specs = model.specs(layer: 1).filter { $0.ggufName == "blk.1.ffn_gate_up_exps.weight" }
    #expect(specs.map(\.role) == (0..<6).flatMap { _ in [Role.expertGate, .expertUp] })
    #expect(specs.map { $0.expert?.index } == (0..<12).map { $0 / 2 })
    #expect(Set(specs.map(\.gguf.shape)) == [[6, 80, 64]])
    #expect(Set(specs.map(\.label)).count == 12 && specs[3].label.hasSuffix("[1, rows 40-79]"))
    let steps = model.architecture.steps(model.shape, layer: 1)
    let route = try #require(steps.steps.lazy.compactMap { $0 as? Route }.first)
    #expect(route.scored == .routerInput && route.from == .expertsInput && route.experts.hasScales)
    #expect(steps.sites.joined().contains(.expertsInput))
    #expect(steps.observedAlone(in: steps.steps.indices) == [.expertsInput])
  }

  /// llama.cpp takes keys of the last two layers that make some, whatever these are.
  @Test func otherLayersToTakeKeysOfAreAnObstacle() throws {
    let model = try open("gemma4-layer-inputs")
    #expect(model.architecture.objectionToGGUF(model.shape) == nil)
    var shape = model.shape
    shape.choices.sharingLayers = 3
    #expect(model.architecture.objectionToGGUF(shape)?.contains("the last two that make some") == true)
  }

  /// Published files have matrices that nothing reads.
  @Test func keysOfSharingLayersAreLeftOut() throws {
    let unread = ["k_proj", "v_proj", "k_norm"].map { "model.layers.4.self_attn.\($0).weight" }
    let model = try open("gemma4-layer-inputs", extra: unread)
    let fixture = FamilyFixture.named("gemma4-layer-inputs")
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
    #expect(throws: CheckpointError.self) {
      try open("gemma4-layer-inputs", as: "other", extra: ["model.layers.3.self_attn.other.weight"])
    }
  }

  @Test(arguments: [
    ("gemma4-moe", "top_k_experts", "7"), ("gemma4-moe", "num_experts", "null"),
    ("gemma4-moe", "moe_intermediate_size", "0"), ("gemma4", "use_bidirectional_attention", "\"all\""),
    (
      "gemma4", "layer_types",
      #"["full_attention", "full_attention", "full_attention", "full_attention", "full_attention", "sliding_attention"]"#
    ),
    ("gemma4-layer-inputs", "num_kv_shared_layers", "5"), ("gemma4-layer-inputs", "num_kv_shared_layers", "6"),
    ("gemma4", "per_layer_config", #"{"0": {"head_dim": 32}}"#),
    ("gemma4", "per_layer_config", #"{"5": {"intermediate_size": 32}}"#),
    ("gemma4", "hidden_activation", "\"silu\""), ("gemma4", "hidden_size_per_layer_input", "-1"),
  ])
  func whatIsNotKnownIsRefused(name: String, key: String, value: String) throws {
    let error = #expect(throws: CheckpointError.self) { try open(name, changing: [key: value]) }
    guard case .setting(_, let found, _, _)? = error else {
      Issue.record("expected an error about \(key), not \(String(describing: error))")
      return
    }
    #expect(found.hasPrefix(key))
  }

  @Test(arguments: [
    (
      #"{"full_attention": {"rope_type": "default", "rope_theta": 10000.0}, "sliding_attention": {"rope_type": "default", "rope_theta": 10000.0}}"#,
      "proportional"
    ),
    (
      #"{"full_attention": {"rope_type": "proportional", "rope_theta": 10000.0}, "sliding_attention": {"rope_type": "linear", "factor": 2.0, "rope_theta": 10000.0}}"#,
      "layers with a window"
    ),
  ])
  func positionsThatNoGGUFFileSays(parameters: String, words: String) throws {
    let model = try open("gemma4", changing: ["rope_parameters": parameters])
    #expect(model.architecture.objectionToGGUF(model.shape)?.contains(words) == true)
  }
}
