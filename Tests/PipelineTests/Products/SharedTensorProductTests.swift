import Checkpoints
import Foundation
import JSON
import Models
import Pipeline
import Spec
import TestSupport
import Tensors
import Testing

/// Products of models whose folders store or name matrices otherwise than most: fused experts, and parts beside the text.
struct SharedTensorProductTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("calibration.txt", TinyText.words(count: 2000, seed: 11))
  }

  private func vocabulary(in model: String) throws {
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    let vocabulary = try Data(contentsOf: fixtures.appending(path: "families-tokenizer.model"))
    try vocabulary.write(to: URL(filePath: folder.path("\(model)/tokenizer.model")))
  }

  /// Runs a pipeline of one model.
  private func run(_ model: String, _ emit: String, type: String = "q4_0") throws -> Plan {
    let file = try folder.write(
      "\(model).yaml",
      """
      planish: 1
      name: tiny
      model: {path: \(model)}
      calibrate: {corpus: calibration.txt, tokens: 1024, context: 32}
      quantize: {solver: gptq, type: \(type)}
      emit: [\(emit)]
      """)
    let plan = try Planner.plan(try SpecFile.load(path: file, settings: [], registries: .all).base, on: workers)
    #expect(try Run(plan, on: workers).execute().isPublished)
    return plan
  }

  private func open(_ name: String) throws -> ModelSource { try ModelSource(path: folder.path(name), on: workers) }

  /// All bytes of tensors, and all metadata but the recipe.
  private func expectSame(_ first: String, _ second: String) throws {
    let (first, second) = (try GGUFFile(path: folder.path(first)), try GGUFFile(path: folder.path(second)))
    #expect(first.tensors.all.map(\.name) == second.tensors.all.map(\.name) && first.tensors.all.count > 10)
    for (a, b) in zip(first.tensors.all, second.tensors.all) {
      #expect(a.shape == b.shape && a.storage.name == b.storage.name)
      #expect(bytes(a) == bytes(b), "\(a.name)")
    }
    let keys = first.metadata.entries.map(\.key)
    #expect(keys == second.metadata.entries.map(\.key))
    for (a, b) in zip(first.metadata.entries, second.metadata.entries) where a.key != "planish.recipe.sha256" {
      #expect(a.value == b.value, "\(a.key)")
    }
  }

  private func bytes(_ tensor: StoredTensor) -> [UInt8] {
    tensor.withBytes { bytes in bytes.withUnsafeBytes { Array($0) } }
  }

  @Test func bothWaysToStoreExpertsMakeOneFile() throws {
    try FamilyFixture.named("qwen3-moe-fused").write(to: folder, as: "fused")
    try FusedFixture.writeParted("qwen3-moe-fused", to: folder, as: "parted")
    for model in ["fused", "parted"] {
      try vocabulary(in: model)
      _ = try run(model, "{gguf: out/\(model).gguf}")
    }
    try expectSame("out/fused.gguf", "out/parted.gguf")
  }

  /// A folder of quantized experts has a module for each; what stays in numbers is stored as it was.
  @Test func expertsBecomeModulesWhereTheyAreQuantized() throws {
    try FamilyFixture.named("qwen3-moe-fused").write(to: folder, as: "model")
    try vocabulary(in: "model")
    let override = "[{tensors: 'blk.1.*_exps.weight', type: f16}]"
    _ = try run(
      "model",
      "{gptq: {path: out/gptq, overrides: \(override)}}, {safetensors: {path: out/plain, overrides: \(override)}}",
      type: "int4_g32")
    let packed = try HuggingFaceFolder(path: folder.path("out/gptq"))
    let names = Set(packed.tensors.all.map(\.name))
    #expect(names.contains("model.layers.0.mlp.experts.5.gate_proj.weight"))
    #expect(!names.contains("model.layers.0.mlp.experts.gate_up_proj"))
    #expect(names.contains("model.layers.1.mlp.experts.gate_up_proj"))
    #expect(!names.contains("model.layers.1.mlp.experts.5.gate_proj.weight"))
    // Decoded, all of them are numbers again, and stored as in the original.
    let plain = try HuggingFaceFolder(path: folder.path("out/plain"))
    let original = try HuggingFaceFolder(path: folder.path("model"))
    #expect(Set(plain.tensors.all.map(\.name)) == Set(original.tensors.all.map(\.name)))
    for tensor in plain.tensors.all { #expect(original.tensors[tensor.name]?.shape == tensor.shape, "\(tensor.name)") }
    let (first, second) = (try open("out/gptq"), try open("out/plain"))
    for (a, b) in zip(first.weights, second.weights) where a.layer != nil {
      let (found, expected) = (try first.matrix(a).array(), try second.matrix(b).array())
      // Codes decode in single precision, and numbers were rounded to half.
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-3 * max(1, abs($1)) }, "\(a.label)")
    }
    // Of the block in numbers nothing but their precision changed.
    let source = try open("model")
    let spec = try #require(source.weights.last { $0.role == .expertUp })
    let (kept, own) = (try second.matrix(spec).array(), try source.matrix(spec).array())
    #expect(kept == own.map { Float(Float16($0)) })
  }

  private static let parts = FamilyFixture.named("gemma3-parts")

  /// The variant with parts, with files of its processor, and its text model by itself.
  private func writeParts(rename: (String) -> String? = { $0 }) throws {
    try Self.parts.write(to: folder, as: "whole", rename: rename)
    try folder.write("whole/preprocessor_config.json", #"{"image_size": 16}"#)
    try folder.write("whole/processor_config.json", #"{"image_seq_length": 4}"#)
    let text = "language_model."
    try Self.parts.write(
      to: folder, as: "text", rename: { $0.hasPrefix(text) ? String($0.dropFirst(text.count)) : nil })
    try folder.write(
      "text/config.json", try Self.parts.textConfig(["architectures": #"["Gemma3ForCausalLM"]"#]))
    for model in ["whole", "text"] { try vocabulary(in: model) }
  }

  @Test func aFileOfTheTextIsThatOfTheTextModel() throws {
    try writeParts()
    let plan = try run("whole", "{gguf: out/whole.gguf}")
    _ = try run("text", "{gguf: out/text.gguf}")
    try expectSame("out/whole.gguf", "out/text.gguf")
    let words = plan.warnings.map(\.message).joined(separator: "\n")
    #expect(
      words.contains(
        "holds the model of text alone: 34 tensors of vision_tower and multi_modal_projector are left out; llama.cpp's "
          + "convert_hf_to_gguf.py makes a file of them from the original folder with --mmproj"), "\(words)")
  }

  private static let emitted = [
    "gptq": "int4_g32", "awq": "int4_g32_asym", "compressed_tensors": "int4_g32", "bitsandbytes": "nf4",
    "mlx": "int4_g32_bias", "safetensors": "int4_g32",
  ]

  /// Whatever the container, the other parts come out as they went in, and the whole is what it was.
  @Test(arguments: emitted.keys.sorted(), [false, true])
  func foldersCarryTheOtherParts(container: String, isNewer: Bool) throws {
    try writeParts(rename: { name in isNewer ? Self.inMemory(name) : name })
    _ = try run(
      "whole", "{\(container): {path: out/\(container), type: \(Self.emitted[container] ?? "")}}", type: "int4_g32")
    let (original, product) = (try open("whole"), try open("out/\(container)"))
    #expect(product.carried == original.carried && product.carried.count == 34)
    for name in original.carried {
      let (before, after) = (try original.source.tensor(name), try product.source.tensor(name))
      #expect(before.shape == after.shape && before.storage.name == after.storage.name)
      #expect(bytes(before) == bytes(after), "\(name)")
    }
    #expect(product.weights.map { product.name(of: $0) } == original.weights.map { original.name(of: $0) })
    for file in ["preprocessor_config.json", "processor_config.json", "tokenizer.model"] {
      let sides = try ["whole", "out/\(container)"].map {
        try Data(contentsOf: URL(filePath: folder.path("\($0)/\(file)")))
      }
      #expect(sides[0] == sides[1], "\(file)")
    }
    let config = try JSONObject(contentsOf: folder.path("out/\(container)/config.json"))
    #expect(try config.strings("architectures") == ["Gemma3ForConditionalGeneration"])
    #expect(try config.object("vision_config").string("model_type") == "siglip_vision_model")
  }

  private static func inMemory(_ name: String) -> String {
    let text = "language_model.model."
    return name.hasPrefix(text) ? "model.language_model." + name.dropFirst(text.count) : "model." + name
  }

  /// Rules name modules as transformers has them in memory and as vLLM has them, whichever of them the folder has.
  @Test(arguments: [false, true])
  func exceptionsAreInTheWordsOfEveryRuntime(isNewer: Bool) throws {
    try writeParts(rename: { name in isNewer ? Self.inMemory(name) : name })
    let override =
      "[{tensors: 'blk.1.attn_{q,k,v}.weight', type: f16}, {tensors: 'blk.2.ffn_down.weight', type: int8_g32}]"
    _ = try run(
      "whole",
      "{compressed_tensors: {path: out/ct, overrides: \(override)}}, {gptq: {path: out/gptq, overrides: \(override)}}",
      type: "int4_g32")
    let plain = ["layers.1.self_attn.k_proj", "layers.1.self_attn.qkv_proj"]
    let texts = ["model.language_model.", "language_model.model."]
    let towers = ["model.vision_tower.encoder.layers.0.mlp.fc1", "vision_tower.encoder.layers.0.mlp.fc1"]
    let configuration = try #require(try HuggingFaceFolder(path: folder.path("out/ct")).quantization)
    let settings = try #require(configuration.method as? CompressedTensorsSettings)
    for module in texts.flatMap({ text in plain.map { text + $0 } }) + towers + ["lm_head", "language_model.lm_head"] {
      guard case .ignored = settings.answer(for: module) else {
        Issue.record("\(module) is not left out: \(settings.answer(for: module))")
        continue
      }
    }
    let packed = try #require(try HuggingFaceFolder(path: folder.path("out/gptq")).quantization)
    let rules = try #require(packed.method as? GPTQSettings)
    for text in texts {
      #expect(rules.settings(of: "\(text)layers.1.self_attn.q_proj") == nil)
      #expect(rules.settings(of: "\(text)layers.2.mlp.down_proj")?.bits == 8)
      #expect(rules.settings(of: "\(text)layers.2.mlp.up_proj")?.bits == 4)
      guard case .scheme(let scheme) = settings.answer(for: "\(text)layers.2.mlp.down_proj") else {
        Issue.record("\(text)layers.2.mlp.down_proj has no scheme")
        continue
      }
      #expect(scheme.bits == 8)
    }
    for tower in towers { #expect(rules.settings(of: tower) == nil) }
  }
}
