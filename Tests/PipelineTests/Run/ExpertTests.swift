import Foundation
import LinearAlgebra
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

  private func plan(
    experts: String, gates: String = "{}", inputs: String = "quantized", type: String = "q4_0",
    of model: String = "model"
  ) throws -> Plan {
    let file = try folder.write(
      "p.yaml",
      """
      planish: 1
      model: {path: \(model)}
      calibrate: {corpus: calibration.txt, tokens: 1024, context: 32, experts: \(experts), inputs: \(inputs)}
      quantize: {solver: gptq, type: \(type)}
      emit: [{gguf: out/model.gguf}]
      validate: {gates: \(gates)}
      """)
    let spec = try SpecFile.load(path: file, settings: [], registries: .all).base
    return try Planner.plan(spec, on: Workers(count: 2))
  }

  private func run(experts: String, gates: String = "{}", of model: String = "model") throws -> Outcome {
    try Run(try plan(experts: experts, gates: gates, of: model), on: Workers(count: 2)).execute()
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
    #expect(product.architecture.modelTypes == ["mixtral"])
    #expect(product.source.tensors["blk.1.ffn_down_exps.weight"]?.shape == [4, 64, 96])
  }

  /// Where inputs of experts are weighed, those that are given to a starved one are its own or those of all, and not the layer's.
  @Test(arguments: ["all_tokens", "shared"])
  func inputsOfStarvedExpertsAreWeighed(starved: String) throws {
    try FamilyFixture.named("llama4").write(to: folder, as: "weighed")
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    try Data(contentsOf: fixtures.appending(path: "families-tokenizer.json"))
      .write(to: URL(filePath: folder.path("weighed/tokenizer.json")))
    let outcome = try run(
      experts: "{min_tokens: 100000, starved: \(starved)}", gates: "{min_expert_tokens: {min: 0}}", of: "weighed")
    #expect(outcome.isPublished)
    for name in ["ffn_gate", "ffn_up", "ffn_down"] {
      let entries = entries(outcome, name)
      #expect(entries.count == 4 && entries.allSatisfy { $0.starved == starved })
      #expect(entries.allSatisfy { $0.tokens == (starved == "shared" ? 2048 : 1024) })
    }
  }

  /// A GGUF file holds the experts of a layer in one tensor, which has one type.
  @Test func aBudgetGivesExpertsOfATensorOneType() throws {
    var differ = false
    for bits in [5.0, 5.5, 6, 7] {
      let plan = try plan(
        experts: "{min_tokens: 8, starved: shared}, gradients: {tokens: 512}",
        gates: "{min_expert_tokens: {min: 0}}", type: "{bits: \(bits), from: [q4_0, q5_0, q8_0]}")
      let outcome = try Run(plan, on: Workers(count: 2)).execute()
      #expect(outcome.isPublished)
      let experts = outcome.ledger.entries.filter { $0.tensor.contains("_exps.weight[") }
      let types = Dictionary(grouping: experts) { $0.tensor.prefix { $0 != "[" } }.mapValues { Set($0.map(\.typeUsed)) }
      #expect(types.count == 6 && types.values.allSatisfy { $0.count == 1 })
      differ = differ || Set(types.values).count > 1
    }
    #expect(differ, "whatever the budget, all experts have one type")
  }

  @Test func tooFewTokensFailAGate() throws {
    let outcome = try run(experts: "{min_tokens: 8}", gates: "{min_expert_tokens: {min: 8}}")
    #expect(!outcome.isPublished)
    let gate = try #require(outcome.products.first?.gates.first)
    #expect(gate.measured == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out/model.gguf")))
  }

  /// The error of each expert in the ledger is that of its outputs for the tokens that go to it, worked out from the file. What a
  /// pipeline says nothing of is the default, and a starved expert never stays without statistics.
  @Test func errorsOfExpertsAreThoseOfTheirOutputs() throws {
    let plan = try plan(experts: "{}", gates: "{min_expert_tokens: {min: 0}}", inputs: "original")
    let workers = Workers(count: 2)
    let entries = try Run(plan, on: workers).execute().ledger.entries.filter { $0.tensor.contains("_exps") }
    #expect(entries.count == 24 && entries.allSatisfy { ($0.error ?? 0) > 0 && ($0.error ?? 1) < 0.05 })
    let original = try ModelSource(path: folder.path("model"), on: workers)
    let product = try ModelSource(path: folder.path("out/model.gguf"), on: workers)
    let sequences = try #require(plan.calibration)
    let decoder = Decoder(original, sequenceLength: sequences.length, on: workers)
    var hidden = decoder.embed(sequences.tokens, try original.input())
    var compared = 0
    for layer in 0..<original.shape.layers {
      let (was, block) = (try original.block(layer), try product.block(layer))
      decoder.run(was, &hidden) { site, inputs in
        for spec in original.specs(layer: layer) where spec.expert != nil && spec.site == site {
          let name = "\(spec.ggufName)[\(spec.expert?.index ?? -1)]"
          guard let entry = entries.first(where: { $0.tensor == name && $0.starved == nil }) else { continue }
          let outputs = linear(inputs, was[spec].matrix, on: workers).array()
          let change = zip(linear(inputs, block[spec].matrix, on: workers).array(), outputs).map { Double($0 - $1) }
          let error = change.reduce(0) { $0 + $1 * $1 } / outputs.reduce(0) { $0 + Double($1) * Double($1) }
          #expect(abs((entry.error ?? .nan) / error - 1) < 1e-3, "\(name)")
          compared += 1
        }
      }
    }
    #expect(compared >= 9, "three experts of the last layer at least")
  }
}
