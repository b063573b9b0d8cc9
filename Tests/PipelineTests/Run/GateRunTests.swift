import Foundation
import Pipeline
import TestSupport
import Testing
import Validation

/// Gates by corpus, by task and against an earlier run.
@Suite struct GateRunTests {
  private func project(_ gates: String) throws -> TinyProject {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.validate =
          "{corpora: [heldout.txt, {path: calibration.txt, name: seen}], tokens: 256, context: 32, floor: true, "
          + "tasks: [suite.jsonl], gates: {\(gates)}}"
        $0.report = "report"
      })
    let items = (0..<40).map { #"{"context": "the \#($0)", "choices": [" hammer", " ring"], "answer": \#($0 % 2)}"# }
    try project.folder.write("suite.jsonl", items.joined(separator: "\n"))
    return project
  }

  @Test func everyScopeIsMeasuredAndJudged() throws {
    let project = try project(
      "mean_kld: [{max: 1}, {max: 1, corpus: seen, confidence: 0.9}], accuracy_drop: {max: 0.9, task: suite}, "
        + "flips: {max: 0.99, confidence: 0.95}, tokenizer_mismatches: {max: 0}, max_block_error: {max: 0.2}")
    let outcome = try project.run()
    #expect(outcome.isPublished, "\(outcome.products[0].gates)")
    let product = outcome.products[0]
    #expect(product.gates.count == 6 && product.gates.allSatisfy { ($0.margin ?? -1) >= 0 })
    let measured = try #require(product.measurements)
    #expect(measured.corpora.map(\.name) == ["heldout", "seen"] && measured.tasks.map(\.name) == ["suite"])
    #expect(measured.tasks[0].items == 40)
    let floor = try #require(measured.text?.floor)
    #expect(floor.value > 0 && floor.value < 1e-4, "the tiny model is stored in F32")
    let confident = try #require(product.gates.first { $0.gate.corpus == "seen" })
    let interval = try #require(confident.interval)
    #expect(interval.low <= (confident.measured ?? .nan) && (confident.measured ?? .nan) <= interval.high)
  }

  @Test func aRecordCanBeReadAgain() throws {
    let project = try project("mean_kld: {max: 1}")
    let outcome = try project.run()
    let record = try PublishedRecord(contentsOf: project.path("report"))
    #expect(record.products == outcome.products && record.recipeDigest == outcome.recipeDigest)
    #expect(record.ledger == outcome.ledger && record.isPublished)
  }

  @Test func aRunIsHeldToABaseline() throws {
    let project = try project("mean_kld: {worse_by: 5%}, file_bytes: {worse_by: 0}")
    let first = ["validate.baseline=\(project.path("none"))"]
    #expect(try #require(try project.planningError(first)).contains("No such file"))
    try project.run(["validate.gates.mean_kld={max: 1}", "validate.gates.file_bytes={min: 1}"])
    let manifest = try project.folder.write(
      "baseline/manifest.json", String(decoding: project.bytes("report/manifest.json"), as: UTF8.self))
    let baseline = ["validate.baseline=\(manifest)"]
    let same = try project.run(baseline)
    #expect(same.isPublished && same.baseline == manifest)
    #expect(same.products[0].gates.allSatisfy { $0.baseline == $0.measured })
    let worse = try project.run(baseline + ["quantize.solver=rtn", "quantize.type=q4_1"])
    #expect(!worse.isPublished)
    // Other tokens are no ground for a comparison.
    let other = try #require(try project.planningError(baseline + ["validate.tokens=512"]))
    #expect(other.contains("p.yaml:6:") && other.contains("measured on other tokens"), "\(other)")
  }

  /// Each product is held to what was done to its own tensors.
  @Test func eachProductHasItsOwnLedger() throws {
    let project = try project(
      "max_layer_error: {worse_by: 0}, bits_per_weight: {worse_by: 0}, fallbacks: {worse_by: 0}")
    let emit = "emit=[{gguf: \(project.path("a.gguf"))}, {gguf: {path: \(project.path("b.gguf")), type: q8_0}}]"
    try project.run([emit, "validate.gates={file_bytes: {min: 1}}"])
    let manifest = try project.folder.write(
      "baseline/manifest.json", String(decoding: project.bytes("report/manifest.json"), as: UTF8.self))
    let again = try project.run([emit, "validate.baseline=\(manifest)"])
    #expect(again.isPublished)
    for product in again.products { #expect(product.gates.allSatisfy { $0.baseline == $0.measured }) }
    let errors = again.products.map { $0.gates.first { $0.gate.measure == .maxLayerError }?.measured ?? .nan }
    #expect(errors[1] < 0.1 * errors[0])
    let record = try PublishedRecord(contentsOf: project.path("report"))
    let comparison = RecordComparison(try PublishedRecord(contentsOf: manifest), record)
    for (product, error) in zip(comparison.products, errors) {
      let row = try #require(product.rows.first { $0.name == "max_layer_error" })
      #expect(row.first?.value == error && row.difference == 0)
    }
    // Eight bits in place of four are no worse; the other way round is seen.
    let swapped = "emit=[{gguf: {path: \(project.path("a.gguf")), type: q8_0}}, {gguf: \(project.path("b.gguf"))}]"
    let worse = try project.run([swapped, "validate.baseline=\(manifest)"])
    #expect(worse.products.map(\.holds) == [false, false], "more bits in one, a larger error in the other")
    let failed = worse.products.map { $0.gates.filter { !$0.holds }.map(\.gate.measure) }
    #expect(failed[0] == [.bitsPerWeight] && failed[1].contains(.maxLayerError))
  }

  @Test func aTaskThatIsWrongIsToldByThePlan() throws {
    let project = try project("flips: {max: 1}")
    try project.folder.write("suite.jsonl", "{}\n")
    let error = try #require(try project.planningError())
    #expect(error.contains("p.yaml:6:") && error.contains("suite.jsonl:1: found no \"context\""), "\(error)")
  }
}
