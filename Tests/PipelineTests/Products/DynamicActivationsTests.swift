import Checkpoints
import JSON
import Models
import Pipeline
import Schemes
import Tensors
import TestSupport
import Testing
import Validation

/// Products of compressed-tensors whose runtime rounds inputs under scales of its own.
@Suite struct DynamicActivationsTests {
  private struct Case: Sendable, CustomTestStringConvertible {
    let type: String
    let activations: String
    let inputs: InputQuantization
    let format: String
    let strategies: [String]
    var testDescription: String { "\(type) \(activations)" }

    static let all = [
      Case(
        type: "int8_row", activations: "int8_token", inputs: .perToken(), format: "int-quantized",
        strategies: ["channel", "token"]),
      Case(
        type: "fp8_row", activations: "fp8", inputs: .floats(FloatInputs(.e4m3, .perToken())),
        format: "float-quantized",
        strategies: ["channel", "token"]),
      Case(
        type: "fp8_tensor", activations: "fp8", inputs: .floats(FloatInputs(.e4m3, .perToken())),
        format: "float-quantized", strategies: ["tensor", "token"]),
    ]
  }

  private func project(_ item: Case) throws -> TinyProject {
    try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: \(item.type)}"
        $0.emit =
          "[{compressed_tensors: {path: out/a, activations: \(item.activations)}}, {compressed_tensors: out/b}]"
      })
  }

  /// Without any number in the checkpoint, readers round what each matrix reads; later matrices were solved for that.
  @Test(arguments: Case.all) private func inputsAreRoundedAsTheConfigurationSays(_ item: Case) throws {
    let project = try project(item)
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let (rounding, plain) = (try project.model("out/a"), try project.model("out/b"))
    var others = 0
    for entry in outcome.ledger.entries where entry.typeUsed == item.type {
      let spec = try #require(rounding.weights.first { $0.ggufName == entry.tensor })
      #expect(rounding.inputs(of: spec) == item.inputs && plain.inputs(of: spec) == nil)
      #expect(entry.inputScale == nil)
      let isFirst = ["attn_q", "attn_k", "attn_v"].contains { entry.tensor == "blk.0.\($0).weight" }
      let isSame = try rounding.matrix(spec).array() == plain.matrix(spec).array()
      if isFirst { #expect(isSame, "\(entry.tensor)") } else if !isSame { others += 1 }
    }
    #expect(others > 0)
    let divergences = try outcome.products.map { value(try #require($0.measurements), .meanKLD) }
    #expect(divergences[0] > divergences[1] && divergences[1] > 0)
    let settings = try JSONObject(contentsOf: project.path("out/a/config.json")).object("quantization_config")
    #expect(try settings.string("format") == item.format)
    let group = try settings.object("config_groups").object("group_0")
    let found = try [group.object("weights"), group.object("input_activations")].map { try $0.string("strategy") }
    #expect(found == item.strategies)
    #expect(try group.object("input_activations").bool("dynamic"))
    let stored = try SafetensorsFile(path: project.path("out/a/model.safetensors"))
    #expect(!stored.tensors.all.contains { $0.name.hasSuffix("input_scale") })
  }

  /// `mxfp4` is a type of tables too; this container keeps them in floating point.
  @Test func tablesStayInFloatingPoint() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.quantize = "{type: mxfp4}"
        $0.emit = "[{compressed_tensors: out/a}, {gguf: out/b.gguf}]"
      })
    let outcome = try project.run()
    #expect(outcome.isPublished)
    let (folder, file) = (try project.model("out/a"), try project.model("out/b.gguf"))
    let table = try #require(file.weights.first { $0.role == .tokenEmbedding })
    #expect(file.source.tensors["token_embd.weight"]?.storage.name == "mxfp4")
    #expect(folder.source.tensors[table.huggingFaceName]?.storage.name == "f16")
    let query = try #require(file.weights.first { $0.ggufName == "blk.0.attn_q.weight" })
    #expect(try folder.matrix(query).array() == file.matrix(query).array())
    let settings = try JSONObject(contentsOf: project.path("out/a/config.json")).object("quantization_config")
    #expect(try settings.string("format") == "mxfp4-pack-quantized")
  }

  @Test func otherTypesAreRefused() throws {
    for (type, activations, expected) in [
      ("int4_g32", "int8_token", "expected int8_row"), ("int8_row", "fp8", "expected fp8_row"),
      ("fp8_row", "int8", "expected int8_row"),
    ] {
      let project = try TinyProject(
        TinyModel(),
        TinyPipeline {
          $0.emit = "[{compressed_tensors: {path: out/a, type: \(type), activations: \(activations)}}]"
        })
      try project.expectRefusal(saying: ["cannot hold \(type)", expected])
    }
    let blocks = try TinyProject(
      TinyModel {
        $0.hidden = 128
        $0.intermediate = 128
      },
      TinyPipeline { $0.emit = "[{compressed_tensors: {path: out/a, type: fp8_b128}}]" })
    try blocks.expectRefusal(saying: ["rows, expected whole blocks of 128", "fp8_row"])
  }
}
