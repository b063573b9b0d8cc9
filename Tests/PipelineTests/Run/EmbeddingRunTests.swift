import Checkpoints
import Foundation
import Models
import Pipeline
import TestSupport
import Tensors
import Testing
import Validation

/// Models that make embeddings, through the whole pipeline.
struct EmbeddingRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try EncoderFixture.write("bert-mean", to: folder)
    try folder.write("calibration.txt", EncoderFixture.texts(count: 300, seed: 1))
    try folder.write("heldout.txt", EncoderFixture.texts(count: 100, seed: 2))
  }

  private func spec(
    type: String = "q4_0", emit: String = "[{gguf: out/model.gguf}]", more: String = "",
    gates: String = "{mean_cosine: {min: 0.9}}"
  ) throws -> Spec {
    let file = try folder.write(
      "p.yaml",
      """
      planish: 1
      model: {path: model}
      calibrate: {corpus: calibration.txt, tokens: 2048, context: 64}
      quantize: {type: \(type)}
      emit: \(emit)
      validate: {corpus: heldout.txt, tokens: 1024, context: 64\(more), gates: \(gates)}
      """)
    return try SpecFile.load(path: file, settings: [], registries: .all).base
  }

  private func run(_ spec: Spec) throws -> Outcome {
    let workers = Workers(count: 2)
    return try Run(try Planner.plan(spec, on: workers), on: workers).execute()
  }

  private func planningError(_ spec: Spec) -> String {
    do throws(RunError) {
      _ = try Planner.plan(spec, on: Workers(count: 2))
      return ""
    } catch { return error.description }
  }

  @Test func aProductIsSolvedMeasuredAndPublished() throws {
    let gates = "{mean_cosine: {min: 0.99, confidence: 0.95}, min_cosine: {min: 0.9}}"
    let outcome = try run(spec(type: "q8_0", gates: gates))
    #expect(outcome.isPublished)
    let product = try #require(outcome.products.first)
    let embeddings = try #require(product.measurements?.embeddings)
    #expect(embeddings.all.texts > 50 && embeddings.all.tokens <= 1024)
    #expect(product.measurements?.text == nil)
    #expect(product.tokenizerMismatches == 0)
    // Statistics are of whole texts, and nothing was filled up.
    let solved = outcome.ledger.entries.filter { $0.solver == "gptq" && $0.tensor != "token_embd.weight" }
    #expect(solved.count == 2 * 6)
    #expect(Set(solved.map(\.tokens)) == [outcome.calibrationTokens])
    #expect((1985...2048).contains(outcome.calibrationTokens))
    let file = try ModelSource(path: folder.path("out/model.gguf"), on: Workers(count: 2))
    #expect(file.architecture.ggufName == "bert" && file.shape.choices.pooling == .mean)
    let metadata = try GGUFFile(path: folder.path("out/model.gguf")).metadata
    let recorded = try #require(metadata.value("planish.quality.mean_cosine")?.asNumber)
    #expect(abs(recorded - (embeddings.all.figures[.meanCosine]?.value ?? 0)) < 1e-6)
    #expect(metadata.value("planish.quality.perplexity") == nil)
  }

  @Test func aBrokenLimitPublishesNothing() throws {
    let outcome = try run(spec(type: "q2_k", gates: "{min_cosine: {min: 0.9999999}}"))
    #expect(!outcome.isPublished)
    #expect(outcome.products.first?.gates.first?.measured ?? 1 < 0.9999999)
    #expect(!FileManager.default.fileExists(atPath: folder.path("out/model.gguf")))
  }

  @Test(arguments: ["perplexity", "perplexity_ratio", "mean_kld", "top1_agreement"])
  func measuresOfPredictionsAreRefused(measure: String) throws {
    let error = planningError(try spec(gates: "{\(measure): {max: 1}}"))
    #expect(
      error.contains("found the gate '\(measure)', expected mean_cosine, p1_cosine or min_cosine"), "\(error)")
  }

  @Test func theFloorAndFoldersAreRefused() throws {
    let error = planningError(try spec(emit: "[{safetensors: out/model}]", more: ", floor: true"))
    #expect(error.contains("found floor, expected none"), "\(error)")
    #expect(error.contains("found a safetensors product of a model that makes embeddings, expected a gguf product"))
  }

  @Test func decodersHaveNoEmbeddings() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline { $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {min_cosine: {min: 0}}}" })
    let error = try #require(try project.planningError())
    #expect(error.contains("found the gate 'min_cosine', expected one like mean_kld"), "\(error)")
  }

  /// The importance matrix of whole texts.
  @Test func importanceIsGathered() throws {
    let workers = Workers(count: 2)
    let plan = try Planner.plan(try spec(), on: workers)
    let importance = try ImportanceGathering(plan, on: workers).execute()
    #expect(importance.entries.count == 2 * 6)
    let tokens = try #require(plan.calibration).tokens.count
    #expect(importance.entries.allSatisfy { $0.counts == [Float(tokens)] })
  }

  @Test func roundingAloneNeedsNoText() throws {
    let file = try folder.write(
      "r.yaml",
      "planish: 1\nmodel: {path: model}\nquantize: {type: q4_0, solver: rtn}\nemit: [{gguf: out/rounded.gguf}]\n")
    #expect(try run(try SpecFile.load(path: file, settings: [], registries: .all).base).isPublished)
  }
}
