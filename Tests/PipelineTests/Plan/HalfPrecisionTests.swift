import Checkpoints
import Foundation
import Models
import Pipeline
import Tensors
import TestSupport
import Testing

/// Weights that half precision cannot hold are found before the run, with what the product can hold instead.
@Suite struct HalfPrecisionTests {
  private func project(
    _ emit: String, type: String = "f16", _ tensor: String = "model.embed_tokens.weight", value: Float = 99_840,
    stored: ElementType = .bfloat16, _ transform: String = "[]"
  ) throws -> TinyProject {
    try TinyProject(
      TinyModel {
        $0.type = stored
        $0.damages = [.value(tensor, at: 7 * 64 + 3, value)]
      },
      TinyPipeline {
        $0.quantize = "{type: \(type)}\ntransform: \(transform)"
        $0.emit = emit
        $0.validate = nil
      })
  }

  private static let table = "the weight 99840.0 at [7, 3] of model.embed_tokens.weight"
  private static let refusals: [(emit: String, type: String, says: [String])] = [
    ("[{gguf: a.gguf}]", "f16", [table, "gguf product", "the override {tensors: token_embd.weight, type: bf16}"]),
    ("[{gptq: a}]", "int4_g32", [table, "gptq product", "such as compressed_tensors with dtype: bf16, or gguf"]),
    ("[{awq: a}]", "int4_g32_asym", [table, "awq product"]),
    ("[{exl2: {path: a, bits: 5}}]", "f16", [table, "exl2 product"]),
    ("[{mlx: a}]", "int4_g32_bias", [table, "mlx product"]),
    ("[{compressed_tensors: a}]", "int4_g32", [table, "compressed_tensors product", "use dtype: bf16"]),
    ("[{bitsandbytes: a}]", "nf4", [table, "bitsandbytes product", "use dtype: bf16"]),
    ("[{safetensors: a}]", "q4_0", [table, "safetensors product", "use dtype: bf16 or f32"]),
    ("[{gguf: b.gguf}, {gguf: {path: a.gguf, type: f16}}]", "bf16", [table, "the override"]),
  ]

  @Test(arguments: refusals) func thePlanNamesTheWeight(_ refusal: (emit: String, type: String, says: [String])) throws
  {
    try project(refusal.emit, type: refusal.type).expectRefusal(saying: refusal.says)
  }

  @Test func everyTensorAndEveryProductIsLookedAt() throws {
    let norm = try project("[{gguf: a.gguf}, {safetensors: b}]", "model.layers.1.mlp.down_proj.weight", value: -65536)
    try norm.expectRefusal(saying: [
      "-65536.0 at [4, 67] of model.layers.1.mlp.down_proj.weight", "gguf product", "safetensors",
    ])
  }

  /// What stays within a type, and what the original cannot hold either, is no mistake.
  @Test func whatFitsIsAccepted() throws {
    for (emit, type) in [
      ("[{gguf: a.gguf}]", "bf16"), ("[{gguf: a.gguf}]", "q8_0"), ("[{safetensors: {path: a, dtype: bf16}}]", "q8_0"),
      ("[{compressed_tensors: {path: a, dtype: bf16}}]", "int4_g32"),
      ("[{bitsandbytes: {path: a, dtype: bf16}}]", "nf4"),
      ("[{gguf: {path: a.gguf, type: f16, overrides: [{tensors: token_embd.weight, type: bf16}]}}]", "q8_0"),
    ] {
      let project = try project(emit, type: type)
      #expect(try project.run().isPublished)
      let model = try project.model(emit.contains("gguf") ? "a.gguf" : "a")
      let spec = try #require(model.spec(.tokenEmbedding, layer: nil))
      #expect(abs(try model.matrix(spec)[7, 3] - 99_840) < 500, "\(emit)")
    }
    #expect(try project("[{gguf: a.gguf}]", value: 65504, stored: .float32).planningError() == nil)
    #expect(try project("[{gguf: a.gguf}]", value: 65519, stored: .float32).planningError() == nil)
    #expect(try project("[{gguf: a.gguf}]", value: 65520, stored: .float32).planningError() != nil)
  }

  /// A product in bfloat16 says so, and holds what it does not quantize as it was.
  @Test(arguments: [("compressed_tensors", "int4_g32"), ("bitsandbytes", "nf4")])
  func brainFloatsAreToldToReaders(_ container: String, _ type: String) throws {
    let project = try project("[{\(container): {path: a, dtype: bf16}}]", type: type)
    try project.run()
    #expect(try JSONObject(contentsOf: project.path("a/config.json")).string("torch_dtype") == "bfloat16")
    let stored = try SafetensorsFile(path: project.path("a/model.safetensors"))
    #expect(try stored.tensor("model.embed_tokens.weight").storage.name == "bf16")
    let (product, original) = (try project.model("a"), try project.model("model"))
    for role in [Role.tokenEmbedding, .outputNorm] {
      #expect(try product.matrix(role).array() == original.matrix(role).array())
    }
  }

  /// What transforms make of weights is known when they have made it.
  @Test func transformsAreLookedAtAgain() throws {
    let whole = try project("[{gguf: a.gguf}]", value: 3e6, "[rotate]")
    #expect(try #require(try whole.planningError()).contains("becomes infinite"))
    let block = try project("[{gguf: a.gguf}]", "model.layers.0.mlp.down_proj.weight", value: 3e6, "[smoothquant]")
    #expect(try block.planningError() == nil)
    let error = #expect(throws: RunError.self) { try block.run() }
    #expect(error?.description.contains("half precision") == true, "\(String(describing: error))")
    #expect(try !block.folder.contents().contains { $0.hasSuffix(".gguf") })
  }
}
