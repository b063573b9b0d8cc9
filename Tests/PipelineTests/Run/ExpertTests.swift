import Foundation
import Models
import Pipeline
import TestSupport
import Tensors
import Testing

/// A layer of four experts of which the router never chooses the last.
struct ExpertTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    // Whatever a token is, one of the first two scores above zero and the other below; of the rest the first is taken.
    let row = FamilyFixture.values(of: "router", [64], shift: 0)
    let router = row + row.map { -$0 } + [Float](repeating: 0, count: 128)
    let name = "model.layers.1.block_sparse_moe.gate.weight"
    try FamilyFixture.named("mixtral").write(to: folder, replacing: [name: router])
    let vocabulary = try Data(contentsOf: fixtures.appending(path: "families-tokenizer.model"))
    try vocabulary.write(to: URL(filePath: folder.path("model/tokenizer.model")))
    try folder.write("calibration.txt", TinyText.words(count: 2000, seed: 11))
  }

  private func run(experts: String, gates: String = "{}", solver: String = "gptq") throws -> Outcome {
    let file = try folder.write(
      "p.yaml",
      """
      planish: 1
      model: {path: model}
      calibrate: {corpus: calibration.txt, tokens: 1024, context: 32, experts: \(experts)}
      quantize: {solver: \(solver), type: q4_0}
      emit: [{gguf: out/model.gguf}]
      validate: {gates: \(gates)}
      """)
    let spec = try SpecFile.load(path: file, settings: [], registries: .all).base
    let workers = Workers(count: 2)
    return try Run(try Planner.plan(spec, on: workers), on: workers).execute()
  }

  private func entries(_ outcome: Outcome, _ name: String) -> [LedgerEntry] {
    outcome.ledger.entries.filter { $0.tensor.hasPrefix("blk.1.\(name)_exps.weight[") }
  }

  @Test(arguments: ["all_tokens", "shared"])
  func aStarvedExpertIsReported(starved: String) throws {
    let outcome = try run(experts: "{min_tokens: 8, starved: \(starved)}", gates: "{min_expert_tokens: {min: 0}}")
    #expect(outcome.isPublished)
    for name in ["ffn_gate", "ffn_up", "ffn_down"] {
      let entries = entries(outcome, name)
      #expect(entries.map(\.tensor) == (0..<4).map { "blk.1.\(name)_exps.weight[\($0)]" })
      // Each token goes to two experts, one of which is always the third.
      #expect(entries.compactMap(\.expertTokens).reduce(0, +) == 2 * 1024)
      #expect(entries[2].expertTokens == 1024 && entries[3].expertTokens == 0)
      #expect(entries.map(\.starved) == [nil, nil, nil, starved])
      #expect(entries[0].tokens == entries[0].expertTokens)
      let isPooled = starved == "shared" && name == "ffn_down"
      #expect(entries[3].tokens == (isPooled ? 2048 : 1024))
    }
    // The product holds all experts of a layer in one tensor, and reads back.
    let product = try ModelSource(path: folder.path("out/model.gguf"), on: Workers(count: 2))
    #expect(product.architecture is Mixtral)
    #expect(product.source.tensors["blk.1.ffn_down_exps.weight"]?.shape == [4, 64, 96])
  }

  @Test func tooFewTokensFailAGate() throws {
    let outcome = try run(experts: "{min_tokens: 8}", gates: "{min_expert_tokens: {min: 8}}")
    #expect(!outcome.isPublished)
    let gate = try #require(outcome.products.first?.gates.first)
    #expect(gate.measured == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out/model.gguf")))
  }

  /// What a file says nothing of is the default, and a starved expert never stays without statistics.
  @Test func errorsOfExpertsAreMeasured() throws {
    let outcome = try run(experts: "{}", gates: "{min_expert_tokens: {min: 0}}")
    let errors = outcome.ledger.entries.filter { $0.tensor.contains("_exps") }.map(\.error)
    #expect(errors.count == 24)
    #expect(errors.allSatisfy { ($0 ?? 1) < 0.05 })
  }
}
