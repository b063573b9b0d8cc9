import Checkpoints
import Models
import TestSupport
import Tensors
import Testing

/// What is Gemma 3n's own: several streams, and what llama.cpp knows of them.
struct Gemma3nTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func open(
    _ name: String = "gemma3n", as folderName: String = "model", changing changes: [String: String?] = [:]
  ) throws -> ModelSource {
    try ModelSource(
      path: try FamilyFixture.named(name).write(to: folder, as: folderName, changing: changes), on: workers)
  }

  /// The first block makes the streams, each leaves them to the next, and the last brings them together.
  @Test func streamsGoFromBlockToBlock() throws {
    let model = try open("gemma3n-shared")
    let decoder = Decoder(model, sequenceLength: 8, on: workers)
    func streams(_ layer: Int) -> Set<Edge> { Set((1..<4).map { Edge("stream.\($0)", layer: layer) }) }
    for layer in [0, 7, 21] {
      let block = decoder.blocks[layer]
      #expect(block.outputs.isSuperset(of: streams(layer)) == (layer < 21))
      #expect(Set(block.inputs.keys).isSuperset(of: streams(layer - 1)) == (layer > 0))
      #expect(block.allTensors.contains { $0.role == .streamInput } == (layer == 0))
      #expect(block.allTensors.contains { $0.role == .streamOutput } == (layer == 21))
    }
    let ends = model.weights.filter { $0.role == .streamInput || $0.role == .streamOutput }
    #expect(ends.map(\.layer) == [0, 0, 0, 21, 21, 21])
    #expect(ends.first?.huggingFaceName == "model.altup_projections.0.weight")
    #expect(ends.last?.ggufName == "altup_unembd_proj.weight" && ends.last?.gguf.shape == [3, 64, 64])
  }

  /// One matrix is read before a layer and behind it; the sub-layer behind has it, too.
  @Test func theRouterIsReadTwice() throws {
    let model = try open()
    let subLayers = model.architecture.steps(model.shape, layer: 0).subLayers
    let having = subLayers.filter { $0.roles.contains(.altUpRouter) }
    #expect(having.map { $0.repeated.contains(.altUpRouter) } == [false, true])
    #expect(model.weights.count { $0.role == .altUpRouter && $0.layer == 0 } == 1)
  }

  /// Tokens behind the table of embeddings of layers have those of the first.
  @Test func rowsThatATableLacksAreItsFirst() throws {
    let model = try open()
    let spec = try #require(model.spec(.layerEmbedding, layer: nil))
    let matrix = try model.matrix(spec)
    #expect(matrix.rows == 384 && spec.folder.shape == [376, 512] && spec.gguf.shape == [384, 512])
    let first = matrix.copy(rows: 0..<1).array()
    for row in 376..<384 { #expect(matrix.copy(rows: row..<row + 1).array() == first) }
    #expect(spec.folder.stored(SharedMatrix(matrix)).rows == 376)
  }

  /// As it is published, beside towers of images and of sound.
  @Test func towersAreCarried() throws {
    let fixture = FamilyFixture.named("gemma3n")
    let others = ["vision_tower", "embed_vision", "audio_tower", "embed_audio"].map { "model.\($0).weight" }
    let path = try fixture.write(
      to: folder, rename: { $0.replacing(/^model\./, with: "model.language_model.") }, extra: others)
    try folder.write(
      "model/config.json",
      #"{"architectures": ["Gemma3nForConditionalGeneration"], "model_type": "gemma3n", "text_config": \#(fixture.config)}"#
    )
    let model = try ModelSource(path: path, on: workers)
    #expect(model.carried.sorted() == others.sorted() && model.notes.isEmpty)
    #expect(model.shape == (try open(as: "alone")).shape)
    #expect(FamilyRun.error(of: try FamilyRun.logits(model, fixture), fixture) < 2e-5)
  }

  @Test func shareOfANormalDistribution() {
    #expect(abs(GaussianTopK.deviations(above: 0.95) - 1.644_853_5) < 1e-6)
    #expect(abs(GaussianTopK.deviations(above: 0.5)) < 1e-6)
  }

  /// Where nothing is said, ten layers of more than ten are cut off.
  @Test func layersThatAreCutOff() throws {
    let model = try open("gemma3n-shared", changing: ["activation_sparsity_pattern": nil])
    #expect(model.shape.choices.gateCutoffs.map { $0 != nil } == (0..<22).map { $0 < 10 })
    #expect(try open(as: "few", changing: ["activation_sparsity_pattern": nil]).shape.choices.gateCutoffs.isEmpty)
  }

  @Test(arguments: [
    ("altup_active_idx", "1"), ("altup_correct_scale", "false"), ("altup_num_inputs", "1"), ("laurel_rank", "0"),
    ("activation_sparsity_pattern", "[0.95]"), ("activation_sparsity_pattern", "[0.95, 1.0]"),
    ("intermediate_size", "[96, 48]"), ("intermediate_size", "[96]"), ("num_kv_shared_layers", "2"),
    ("hidden_activation", "\"silu\""), ("hidden_size_per_layer_input", "0"),
  ])
  func whatIsNotKnownIsRefused(key: String, value: String) throws {
    let error = #expect(throws: CheckpointError.self) { try open(changing: [key: value]) }
    guard case .setting(_, let found, _, _)? = error else {
      Issue.record("expected an error about \(key), not \(String(describing: error))")
      return
    }
    #expect(found.hasPrefix(key))
  }

  /// llama.cpp knows one shape of this family.
  @Test(arguments: [
    ("final_logit_softcapping", "20.0", "final_logit_softcapping 20"),
    ("activation_sparsity_pattern", "[0.95, 0.0]", "activation_sparsity_pattern"),
    ("activation_sparsity_pattern", "[0.95, 0.9]", "activation_sparsity_pattern"),
  ])
  func whatAGGUFFileCannotSayIsAnObstacle(key: String, value: String, words: String) throws {
    let model = try open(changing: [key: value])
    #expect(model.architecture.objectionToGGUF(model.shape)?.contains(words) == true)
  }

  @Test func otherSizesAreObstacles() throws {
    let model = try open("gemma3n-shared")
    func objection(_ change: (inout DecoderShape) -> Void) -> String? {
      var shape = model.shape
      change(&shape)
      return model.architecture.objectionToGGUF(shape)
    }
    #expect(objection { _ in } == nil)
    #expect(objection { $0.choices.altUp?.laurelRank = 32 }?.contains("laurel_rank 32") == true)
    #expect(objection { $0.choices.altUp?.streams = 3 }?.contains("altup_num_inputs 3") == true)
    #expect(objection { $0.choices.layerInputs?.size = 128 }?.contains("hidden_size_per_layer_input 128") == true)
    #expect(objection { $0.choices.sharingLayers = 1 }?.contains("num_kv_shared_layers 1") == true)
  }
}
