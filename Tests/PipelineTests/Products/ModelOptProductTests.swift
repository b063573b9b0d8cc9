import Checkpoints
import Models
import Pipeline
import Tensors
import TestSupport
import Testing

@Suite struct ModelOptProductTests {
  private func project(_ emit: String, type: String = "nvfp4_global") throws -> TinyProject {
    try TinyProject(
      .wide,
      TinyPipeline {
        $0.quantize = "{type: \(type)}"
        $0.emit = emit
      })
  }

  /// The weights are those of compressed-tensors; inputs are rounded where the algorithm says so.
  @Test(arguments: [
    ("nvfp4_global", "W4A16_NVFP4", "", ["weight", "weight_scale", "weight_scale_2"]),
    ("fp8_row", "FP8_PER_CHANNEL_PER_TOKEN", ", activations: fp8", ["weight", "weight_scale"]),
  ])
  func bothAlgorithmsAreReadBack(type: String, algorithm: String, options: String, parts: [String]) throws {
    let project = try project(
      "[{modelopt: out/mo}, {compressed_tensors: {path: out/ct\(options)}}]", type: type)
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let settings = try JSONObject(contentsOf: project.path("out/mo/hf_quant_config.json")).object("quantization")
    #expect(try settings.string("quant_algo") == algorithm && settings.strings("exclude_modules") == ["lm_head"])
    let stored = try SafetensorsFile(path: project.path("out/mo/model.safetensors"))
    let prefix = "model.layers.1.mlp.up_proj."
    #expect(stored.tensors.all.map(\.name).filter { $0.hasPrefix(prefix) } == parts.map { prefix + $0 })
    let folder = try HuggingFaceFolder(path: project.path("out/mo"))
    #expect(folder.quantization?.method.name == "modelopt" && folder.quantization?.unread == [])
    let (product, other) = (try project.model("out/mo"), try project.model("out/ct"))
    for spec in product.weights {
      #expect(try product.matrix(spec).array() == other.matrix(spec).array(), "\(spec.ggufName)")
      #expect(product.inputs(of: spec) == other.inputs(of: spec), "\(spec.ggufName)")
    }
    let divergences = try outcome.products.map { value(try #require($0.measurements), .meanKLD) }
    #expect(divergences[0] == divergences[1])
  }

  @Test func plansRefuseWhatTheDialectHasNoWordsFor() throws {
    try project("[{modelopt: {path: out/mo, overrides: [{tensors: 'blk.0.*', type: fp8_row}]}}]")
      .expectRefusal(saying: ["fp8_row and nvfp4_global", "one type for all"])
    try project("[{modelopt: out/mo}]", type: "mxfp4").expectRefusal(saying: ["modelopt", "nvfp4_global"])
  }
}
