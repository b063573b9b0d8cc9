import Checkpoints
import Foundation
import Models
import Pipeline
import Spec
import Tensors
import TestSupport
import Testing

@Suite struct ONNXProductTests {
  private func project(_ emit: String, type: String = "int4_g32", _ change: (inout TinyModel) -> Void = { _ in }) throws
    -> TinyProject
  {
    try TinyProject(
      TinyModel(change),
      TinyPipeline {
        $0.quantize = "{solver: rtn, type: \(type)}"
        $0.emit = emit
      })
  }

  private func graph(_ project: TinyProject, _ folder: String) throws -> ONNXModel {
    try ONNXModel(path: project.path("\(folder)/model.onnx"))
  }

  @Test func aBlockIsItsSteps() throws {
    let project = try project("[{onnx: out/onnx}]")
    #expect(try project.run().isPublished)
    let model = try graph(project, "out/onnx")
    #expect(model.producer == "planish" && model.operators.map(\.value) == [21, 1])
    let block = model.graph.nodes.filter { $0.name.hasPrefix("layers.1.") || $0.outputs == ["stream.2"] }
    #expect(
      block.map(\.operation) == [
        "SimplifiedLayerNormalization", "MatMulNBits", "MatMulNBits", "MatMulNBits", "RotaryEmbedding",
        "RotaryEmbedding", "GroupQueryAttention", "MatMulNBits", "Add", "SimplifiedLayerNormalization", "MatMulNBits",
        "MatMulNBits", "Sigmoid", "Mul", "Mul", "MatMulNBits", "Add",
      ])
    let attention = try #require(block.first { $0.operation == "GroupQueryAttention" })
    #expect(
      attention.inputs == [
        "layers.1.queries.turned", "layers.1.keys.turned", "layers.1.values", "past_key_values.1.key",
        "past_key_values.1.value", "lengths.last", "lengths.total",
      ])
    #expect(attention.outputs == ["layers.1.attentionContext", "present.1.key", "present.1.value"])
    #expect(attention.attributes.contains(.init("kv_num_heads", .integer(2))))
    let down = try #require(block.last { $0.operation == "MatMulNBits" })
    #expect(
      down.inputs == [
        "layers.1.feedForwardProduct", "model.layers.1.mlp.down_proj.weight_Q4",
        "model.layers.1.mlp.down_proj.weight_scales",
      ])
    #expect(down.attributes.contains(.init("K", .integer(96))) && down.attributes.contains(.init("N", .integer(64))))
    let settings = try project.object("out/onnx/genai_config.json")
    let own = try #require(settings["model"] as? [String: Any])
    #expect(own["eos_token_id"] as? Int == 0 && own["type"] as? String == "decoder")
    #expect((own["decoder"] as? [String: Any])?["num_key_value_heads"] as? Int == 2)
  }

  /// Every value is made before it is read, once; every constant is read; what goes in and comes out is there.
  private func expectWhole(_ model: ONNXModel, _ what: String) {
    let graph = model.graph
    let constants = Set(graph.initializers.map(\.name))
    var (known, unread) = (Set(graph.inputs.map(\.name)).union(constants), constants)
    for node in graph.nodes {
      for input in node.inputs where !input.isEmpty {
        #expect(known.contains(input), "\(what): \(node.name) reads \(input) before it is made")
        unread.remove(input)
      }
      for output in node.outputs { #expect(known.insert(output).inserted, "\(what): \(output) is made twice") }
    }
    #expect(unread.isEmpty, "\(what): \(unread) are never read")
    #expect(Set(graph.nodes.map(\.name)).count == graph.nodes.count, "\(what): two operations of one name")
    for output in graph.outputs { #expect(known.contains(output.name), "\(what): \(output.name) is never made") }
  }

  @Test(arguments: [false, true], ["", ", overrides: [{tensors: token_embd.weight, type: int8_g32_asym}]"])
  func tablesServeTwiceWhereTheyAreTied(isTied: Bool, overrides: String) throws {
    let project = try project(
      "[{onnx: {path: out/onnx, type: int4_g32\(overrides)}}, {safetensors: {path: out/plain, dtype: f32, type: int4_g32\(overrides)}}]"
    ) { $0.tiesOutput = isTied }
    #expect(try project.run().isPublished)
    let model = try graph(project, "out/onnx")
    expectWhole(model, "tied: \(isTied)")
    let names = model.graph.initializers.map(\.name)
    #expect(names.filter { $0.hasPrefix("model.embed_tokens.weight") }.count == (overrides.isEmpty ? 1 : 3))
    #expect(names.contains("lm_head.weight") == !isTied)
    #expect(model.graph.nodes.contains { $0.operation == "GatherBlockQuantized" } == !overrides.isEmpty)
    let (product, plain) = (try project.model("out/onnx"), try project.model("out/plain"))
    for spec in product.weights {
      #expect(try product.matrix(spec).array() == plain.matrix(spec).array(), "\(spec.ggufName)")
    }
  }

  @Test func numbersAreOfTheTypeThatIsComputedIn() throws {
    let project = try project("[{onnx: {path: out/half, dtype: f16}}, {onnx: {path: out/single, dtype: f32}}]")
    #expect(try project.run().isPublished)
    for (name, type) in [("half", ONNXType.float16), ("single", .float32)] {
      let model = try graph(project, "out/\(name)")
      let types = Set(model.graph.initializers.filter { !$0.name.hasSuffix("_Q4") }.map(\.type))
      #expect(types == [type])
    }
    #expect(try project.object("out/half/config.json")["torch_dtype"] as? String == "float16")
  }

  /// Each family either has a graph that is whole and is read back as it was, or is refused in words.
  @Test func everyFamilyHasAGraphOrAReason() throws {
    let folder = try TemporaryFolder()
    let workers = Workers(count: 2)
    var made: Set<String> = []
    for fixture in FamilyFixture.all where fixture.embedding == nil {
      try fixture.write(to: folder, as: fixture.name)
      let vocabulary = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/families-tokenizer.model")
      try Data(contentsOf: vocabulary).write(to: URL(filePath: folder.path("\(fixture.name)/tokenizer.model")))
      let file = try folder.write(
        "\(fixture.name).yaml",
        """
        planish: 1
        model: {path: \(fixture.name)}
        quantize: {type: f32}
        emit: [{onnx: out/\(fixture.name)}, {safetensors: {path: out/\(fixture.name)-plain, dtype: f32}}]
        """)
      let spec = try SpecFile.load(path: file, settings: [], registries: .all).base
      let plan: Plan
      do throws(RunError) { plan = try Planner.plan(spec, on: workers) } catch {
        #expect("\(error)".contains("expected"), "\(fixture.name): \(error)")
        continue
      }
      #expect(try Run(plan, on: workers).execute().isPublished)
      let path = folder.path("out/\(fixture.name)")
      expectWhole(try ONNXModel(path: "\(path)/model.onnx"), fixture.name)
      let (product, plain) = (
        try ModelSource(path: path, on: workers), try ModelSource(path: "\(path)-plain", on: workers)
      )
      for spec in product.weights {
        #expect(try product.matrix(spec).array() == plain.matrix(spec).array(), "\(fixture.name): \(spec.ggufName)")
      }
      made.insert(fixture.name)
    }
    let wanted = [
      "llama", "llama-yarn", "mistral-window", "qwen2", "qwen3", "phi3", "phi3-long", "gemma2", "gemma3", "smollm3",
    ]
    #expect(made.isSuperset(of: wanted), "\(Set(wanted).subtracting(made))")
    #expect(made.isDisjoint(with: ["mixtral", "bloom", "gpt2"]))
  }

  @Test func plansRefuseWhatNoGraphHolds() throws {
    try project("[{onnx: out/onnx}]", type: "int3_g32").expectRefusal(saying: ["onnx", "int4_g32"])
    try project("[{onnx: {path: out/onnx, dtype: bf16}}]").expectRefusal(saying: ["bf16", "one of f32, f16"])
    try project("[{onnx: out/onnx}]") { $0.damages = [.config("eos_token_id", nil)] }
      .expectRefusal(saying: ["eos_token_id", "ends a text"])
    try project("[{onnx: out/onnx}]", type: "int4_g32_bias").expectRefusal(saying: ["int4_g32_asym"])
  }
}
