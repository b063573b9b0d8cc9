import Checkpoints
import Foundation
import JSON
import Models
import Pipeline
import Spec
import TestSupport
import Tensors
import Testing

/// Products of delta nets, whose heads of values the decoder and GGUF files have in another order than folders.
struct DeltaNetProductTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
    try folder.write("calibration.txt", TinyText.words(count: 2000, seed: 11))
  }

  /// Qwen 3.5 with heads as wide as groups, two heads of values for each of keys, and something that drafts tokens.
  private func writeModel() throws {
    let shapes = [
      "in_proj_qkv.weight": [256, 64], "conv1d.weight": [256, 1, 4], "in_proj_z.weight": [128, 64],
      "in_proj_a.weight": [4, 64], "in_proj_b.weight": [4, 64], "A_log": [4], "dt_bias": [4], "norm.weight": [32],
      "out_proj.weight": [64, 128],
    ]
    var tensors = FamilyFixture.named("qwen3.5").tensors
    for index in tensors.indices {
      guard let part = shapes.first(where: { tensors[index].name.hasSuffix("linear_attn.\($0.key)") }) else { continue }
      tensors[index].shape = part.value
    }
    tensors.append(("mtp.fc.weight", [64, 128]))
    _ = try FamilyFixture.named("qwen3.5").write(
      to: folder, as: "model",
      changing: ["linear_key_head_dim": "32", "linear_value_head_dim": "32", "linear_num_value_heads": "4"],
      tensors: tensors.map { ($0.name, $0.shape, FamilyFixture.values(of: $0.name, $0.shape, shift: 1)) })
    try writeVocabulary()
  }

  private func writeVocabulary() throws {
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    let vocabulary = try Data(contentsOf: fixtures.appending(path: "families-tokenizer.json"))
    try vocabulary.write(to: URL(filePath: folder.path("model/tokenizer.json")))
  }

  private func run(_ emit: String) throws -> Plan {
    let file = try folder.write(
      "p.yaml",
      """
      planish: 1
      name: tiny
      model: {path: model}
      calibrate: {corpus: calibration.txt, tokens: 1024, context: 32}
      quantize: {solver: gptq, type: int4_g32, overrides: [{tensors: "blk.*.ssm_{alpha,beta}.weight", type: f16}]}
      emit: [\(emit)]
      """)
    let plan = try Planner.plan(try SpecFile.load(path: file, settings: [], registries: .all).base, on: workers)
    #expect(try Run(plan, on: workers).execute().isPublished)
    return plan
  }

  /// Codes that were moved decode to what numbers that were moved are.
  @Test func codesStandWhereTheFolderHasThem() throws {
    try writeModel()
    let plan = try run("{gptq: {path: out/gptq}}, {safetensors: {path: out/plain, dtype: f32}}")
    let (packed, plain) = try ["out/gptq", "out/plain"].map { try ModelSource(path: folder.path($0), on: workers) }
      .pair
    let original = try ModelSource(path: folder.path("model"), on: workers)
    var projections = 0
    for (a, b) in zip(packed.weights, plain.weights) where a.layer != nil {
      let (found, expected) = (try packed.matrix(a).array(), try plain.matrix(b).array())
      #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-3 * max(1, abs($1)) }, "\(a.label)")
      let own = try original.matrix(a).array()
      #expect(relativeDistance(expected, own) < 0.8, "\(a.label)")
      // Every projection is solved with what it reads, and nothing else of the net has codes. GPTQ packs no four rows.
      guard let tensor = plan.editions[0].tensors.first(where: { $0.spec.label == a.label }) else { continue }
      let isProjection = [.deltaQueryKeyValue, .deltaGate, .deltaOutput].contains(a.role)
      guard "\(a.role)".hasPrefix("delta"), ![.deltaBeta, .deltaAlpha].contains(a.role) else { continue }
      #expect((tensor.solver != nil) == isProjection && (a.site != nil) == isProjection, "\(a.label)")
      projections += isProjection ? 1 : 0
    }
    #expect(projections == 9)
    let names = Set(try HuggingFaceFolder(path: folder.path("out/plain")).tensors.all.map(\.name))
    #expect(names == Set(original.source.tensors.all.map(\.name)))
    for product in [packed, plain] {
      #expect(product.carried == ["mtp.fc.weight"])
      #expect(
        try product.source.matrix("mtp.fc.weight", workers: workers).array()
          == original.source.matrix("mtp.fc.weight", workers: workers).array())
    }
  }

  @Test func aFileSaysWhatItLeavesOut() throws {
    try writeModel()
    let plan = try run("{gguf: {path: out/model.gguf, type: q4_0}}")
    let words = plan.warnings.map(\.message).joined(separator: "\n")
    #expect(words.contains("1 tensors of mtp are left out"), "\(words)")
    let (product, original) = try ["out/model.gguf", "model"].map {
      try ModelSource(path: folder.path($0), on: workers)
    }
    .pair
    for (a, b) in zip(product.weights, original.weights) where a.role == .deltaRate || a.role == .deltaConvolution {
      #expect(relativeDistance(try product.matrix(a).array(), try original.matrix(b).array()) < 1e-6, "\(a.label)")
    }
  }

  /// A scale that is for columns which do not stay together cannot be moved.
  @Test func groupsWiderThanHeadsAreRefused() throws {
    try writeModel()
    let error = #expect(throws: RunError.self) {
      try run(
        "{gptq: {path: out/gptq, type: int4_g64, overrides: [{tensors: 'blk.*.ssm_{alpha,beta}.weight', type: f16}]}}")
    }
    #expect(
      "\(String(describing: error))".contains("32 stay together, where 64 share a scale"),
      "\(String(describing: error))")
  }
}

extension Array {
  fileprivate var pair: (Element, Element) { (self[0], self[1]) }
}
