import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

struct ModelSourceTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(_ model: TinyLlama) throws -> ModelSource {
    try ModelSource(path: try model.write(to: folder), on: workers)
  }

  private func error(_ model: TinyLlama) throws -> CheckpointError? {
    let path = try model.write(to: folder)
    return #expect(throws: CheckpointError.self) { try ModelSource(path: path, on: workers) }
  }

  @Test(arguments: [true, false])
  func everyTensorIsFound(tied: Bool) throws {
    let model = TinyLlama(tied: tied)
    let source = try open(model)
    #expect(source.architecture.ggufName == "llama")
    #expect(source.shape.tiedOutput == tied)
    #expect(Set(source.weights.map(source.name)) == Set(model.tensors.map(\.name)))
    for spec in source.weights {
      #expect(try source.matrix(spec).array() == model[source.name(of: spec)]?.values)
      #expect(source.spec(spec.role, layer: spec.layer) == spec)
    }
    #expect((source.spec(.output, layer: nil) == nil) == tied)
    #expect(source.spec(.attentionQuery, layer: TinyLlama.layers) == nil)
    let table = try source.matrix(.tokenEmbedding).array()
    #expect(table == model["model.embed_tokens.weight"]?.values)
  }

  @Test func blocksAreLoadedWhole() throws {
    let model = TinyLlama()
    let source = try open(model)
    for layer in 0..<TinyLlama.layers {
      let block = try source.block(layer)
      for spec in source.specs(layer: layer) {
        #expect(block[spec.role].matrix.array() == model[spec.huggingFaceName]?.values)
      }
      let again = try source.block(layer)
      #expect(again[.feedForwardDown].matrix.array() == block[.feedForwardDown].matrix.array())
    }
  }

  @Test(arguments: ["model.norm.weight", "model.layers.1.mlp.up_proj.weight", "model.embed_tokens.weight"])
  func aMissingTensorIsNamed(name: String) throws {
    var model = TinyLlama()
    model[name] = nil
    guard case .noSuchTensor(_, name, _) = try error(model) else {
      Issue.record("expected that \(name) is missing")
      return
    }
  }

  @Test func anUntiedModelNeedsAnOutputMatrix() throws {
    var model = TinyLlama()
    model.config["tie_word_embeddings"] = "false"
    let text = try error(model).map { "\($0)" } ?? ""
    #expect(text.contains("lm_head.weight: presence: found no output matrix"), "\(text)")
  }

  @Test(arguments: [
    ("model.layers.0.mlp.up_proj.weight", [16, 24], "[16, 24]", "[24, 16]"),
    ("model.norm.weight", [1, 16], "[1, 16]", "[16]"),
    ("model.layers.1.self_attn.k_proj.weight", [4, 32], "[4, 32]", "[8, 16]"),
  ])
  func anotherShapeIsNamed(name: String, shape: [Int], found: String, expected: String) throws {
    var model = TinyLlama()
    var tensor = try #require(model[name])
    tensor.shape = shape
    model[name] = tensor
    let error = try error(model)
    let path = folder.path("model/model.safetensors")
    #expect(
      error == .malformed(path: path, part: .tensor(name, "shape"), found: found, expected: expected))
  }

  @Test func tensorsThatAreNotReadAreRefused() throws {
    var model = TinyLlama()
    let bias = "model.layers.0.self_attn.q_proj.bias"
    let norm = try #require(model["model.norm.weight"])
    model[bias] = TinyLlama.Tensor(renaming: norm, to: bias)
    model["model.alpha"] = TinyLlama.Tensor(renaming: norm, to: "model.alpha")
    let message = try error(model).map { "\($0)" } ?? ""
    // What belongs to a block is named first, since no hint helps there.
    #expect(message.contains("\(bias): use: found this tensor and 1 more"), "\(message)")
  }

  @Test(arguments: [Float.nan, .infinity])
  func aWeightThatIsNotFiniteIsPlaced(value: Float) throws {
    var model = TinyLlama()
    let name = "model.layers.1.mlp.gate_proj.weight"
    var tensor = try #require(model[name])
    tensor.values[5 * TinyLlama.hidden + 3] = value
    model[name] = tensor
    let source = try open(model)
    _ = try source.block(0)
    let error = #expect(throws: CheckpointError.self) { try source.block(1) }
    #expect(
      error
        == .notFinite(
          path: folder.path("model/model.safetensors"), tensor: name, row: 5, column: 3, value: "\(value)"))
  }

  @Test(arguments: [#"["GPT1LMHeadModel"]"#, "[]", "null", #""LlamaForCausalLM""#])
  func otherArchitecturesAreRefused(value: String) throws {
    var model = TinyLlama()
    model.config["architectures"] = value
    guard case .setting(_, "architectures", _, _) = try error(model) else {
      Issue.record("expected an error about architectures")
      return
    }
  }

  /// The name that was found, and of a model without its head the one with it.
  @Test(arguments: [
    (#"["LlamaModel"]"#, "found LlamaModel, expected LlamaForCausalLM, the model with its head"),
    (#"["Qwen2Model"]"#, "found Qwen2Model, expected Qwen2ForCausalLM, the model with its head"),
    (#"["GPT2Model"]"#, "found GPT2Model, expected GPT2LMHeadModel, the model with its head"),
    (
      #"["NoSuchForConditionalGeneration"]"#,
      "found NoSuchForConditionalGeneration, expected one of: LlamaForCausalLM"
    ),
    (#"["A", "B"]"#, "found A, B, expected one of"), ("[]", "found no name, expected one of"),
  ])
  func unknownArchitecturesAreNamed(value: String, words: String) throws {
    var model = TinyLlama()
    model.config["architectures"] = value
    let text = try error(model).map { "\($0)" } ?? ""
    #expect(text.contains("config.json: architectures: \(words)"), "\(text)")
  }

  /// A hint must not lead to another model: only what stands beside the blocks and tables may be left out.
  @Test(arguments: [
    ("model.layers.0.self_attn.q_proj.bias", false), ("model.layers.2.mlp.up_proj.weight", false),
    ("lm_head.bias", false),
    ("model.layers.1.self_attn.q_norm.weight", false), ("model.norm.bias", false), ("visual.blocks.0.weight", true),
    ("mtp.layers.0.weight", true), ("model.vision.weight", true),
  ])
  func hintsLeadToNoOtherModel(name: String, isBesides: Bool) throws {
    var model = TinyLlama()
    model[name] = TinyLlama.Tensor(name: name, shape: [4], values: [1, 2, 3, 4])
    let text = try error(model).map { "\($0)" } ?? ""
    #expect(text.contains("tensor \(name): use: found this tensor"), "\(text)")
    #expect(text.contains("model.drop") == isBesides, "\(text)")
  }

  /// A configuration of two thousand million blocks must not cost memory for each.
  @Test func moreBlocksThanTensorsAreRefusedAtOnce() throws {
    var model = TinyLlama()
    model.config["num_hidden_layers"] = "2147483647"
    guard case .noSuchTensor(_, "model.layers.2.input_layernorm.weight", _) = try error(model) else {
      Issue.record("expected that the third block is missing")
      return
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    let path = folder.path("nowhere")
    guard
      case .missing(path: path, _) = #expect(
        throws: CheckpointError.self, performing: { try ModelSource(path: path, on: workers) })
    else {
      Issue.record("expected that \(path) is missing")
      return
    }
  }
}

extension TinyLlama.Tensor {
  /// The same shape and values under another name.
  fileprivate init(renaming tensor: TinyLlama.Tensor, to name: String) {
    self.init(name: name, shape: tensor.shape, values: tensor.values)
  }
}
