import Checkpoints
import Models
import Pipeline
import Tensors
import TestSupport
import Testing

@Suite struct FP8ProductTests {
  private func project(_ emit: String, _ model: TinyModel = .wide) throws -> TinyProject {
    try TinyProject(
      model,
      TinyPipeline {
        $0.quantize = "{type: fp8_b128}"
        $0.emit = emit
      })
  }

  /// The same codes and scales as compressed-tensors has them, under DeepSeek's names, and inputs rounded alike.
  @Test func blocksHaveDeepSeeksNames() throws {
    let project = try project("[{fp8: out/fp8}, {compressed_tensors: {path: out/ct, activations: fp8}}]")
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let folder = try HuggingFaceFolder(path: project.path("out/fp8"))
    let stored = try SafetensorsFile(path: project.path("out/fp8/model.safetensors"))
    let scales = try stored.tensor("model.layers.0.mlp.down_proj.weight_scale_inv")
    #expect(scales.shape == [2, 4] && scales.storage.name == "f32")
    #expect(folder.quantization?.method.name == "fp8" && folder.quantization?.unread.isEmpty == true)
    let settings = try folder.config.object("quantization_config")
    #expect(try settings.strings("modules_to_not_convert") == ["lm_head"])
    let (product, other) = (try project.model("out/fp8"), try project.model("out/ct"))
    for spec in product.weights {
      #expect(try product.matrix(spec).array() == other.matrix(spec).array(), "\(spec.ggufName)")
      #expect(product.inputs(of: spec) == other.inputs(of: spec), "\(spec.ggufName)")
    }
    let divergences = try outcome.products.map { value(try #require($0.measurements), .meanKLD) }
    #expect(divergences[0] == divergences[1])
  }

  @Test func modulesThatStayPlainAreNamedWithWhatServersJoinThemTo() throws {
    let project = try project(
      "[{fp8: {path: out/fp8, dtype: bf16, overrides: [{tensors: 'blk.1.attn_{q,k,v}.weight', type: f16}]}}]")
    #expect(try project.run().isPublished)
    let folder = try HuggingFaceFolder(path: project.path("out/fp8"))
    let names = try folder.config.object("quantization_config").strings("modules_to_not_convert")
    #expect(names.contains("model.layers.1.self_attn.qkv_proj") && names.contains("model.layers.1.self_attn.q_proj"))
    #expect(try folder.tensor("model.layers.1.self_attn.q_proj.weight").storage.name == "bf16")
    #expect(try folder.tensor("model.layers.0.self_attn.q_proj.weight").storage.name == "fp8_b128")
  }

  @Test func plansRefuseWhatServersCannotLoad() throws {
    try project("[{fp8: {path: out/fp8, overrides: [{tensors: 'blk.1.attn_q.weight', type: f16}]}}]")
      .expectRefusal(saying: ["attn_q", "one type"])
    try project("[{fp8: {path: out/fp8, type: fp8_row}}]").expectRefusal(saying: ["fp8", "fp8_b128"])
    var narrow = TinyModel.wide
    narrow.keyValueHeads = 1
    try project("[{fp8: out/fp8}]", narrow).expectRefusal(saying: ["64 rows", "blocks of 128", "fp8_row"])
  }
}
