import Checkpoints
import Foundation
import Pipeline
import Products
import TestSupport
import Testing
import Validation

@Suite struct RecordTests {
  @Test func theManifestHoldsHashesOptionsAndFigures() throws {
    let project = try TinyProject(TinyModel { $0.shards = 2 })
    let outcome = try project.run()
    let manifest = try project.object("out/tiny.gguf.manifest.json")
    let recipe = try #require(manifest["recipe"] as? [String: Any])
    for key in ["weights", "tokenizer"] {
      let inputs = try #require(recipe[key] as? [[String: String]])
      #expect(inputs.count == 2)
      for input in inputs {
        let name = try #require(input["name"])
        #expect(input["sha256"] == sha256(try project.bytes("model/\(name)")), "\(name)")
      }
    }
    #expect(recipe["calibrationTokens"] as? String == (try project.plan().calibration?.digest()))
    #expect(manifest["recipeDigest"] as? String == outcome.recipeDigest)
    #expect(manifest["isPublished"] as? Bool == true)
    #expect(manifest["calibrationTokens"] as? Int == 1024 && manifest["validationTokens"] as? Int == 256)

    let options = try #require(manifest["options"] as? [String: Any])
    let calibrate = try #require(options["calibrate"] as? [String: Any])
    #expect(calibrate["inputs"] as? String == "quantized", "defaults are echoed")
    #expect(calibrate["seed"] as? Int == 0 && calibrate["context"] as? Int == 32)
    let entries = try #require((manifest["ledger"] as? [String: Any])?["entries"] as? [[String: Any]])
    #expect(entries.count == outcome.ledger.entries.count)
    #expect(entries.allSatisfy { ($0["seconds"] as? Double) != nil })
  }

  @Test func theProductCarriesTheFiguresOfTheManifest() throws {
    let project = try TinyProject()
    let outcome = try project.run()
    let measured = try #require(outcome.products[0].measurements)
    let metadata = try GGUFFile(path: project.path("out/tiny.gguf")).metadata
    #expect(try metadata.string("planish.recipe.sha256") == outcome.recipeDigest)
    #expect(try metadata.string("planish.version") == Planish.version)
    for measure in [Measure.meanKLD, .perplexity, .perplexityRatio, .p99KLD, .top1Agreement] {
      let value = try #require(measured[measure]?.value)
      #expect(try metadata.number("planish.quality.\(measure.rawValue)") == Double(Float(value)), "\(measure)")
    }
  }

  @Test func withoutValidationTheProductClaimsNoQuality() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.validate = nil })
    #expect(try project.run().products[0].measurements == nil)
    let keys = try GGUFFile(path: project.path("out/tiny.gguf")).metadata.keys
    #expect(!keys.contains { $0.hasPrefix("planish.quality") })
    #expect(keys.contains("planish.recipe.sha256"))
  }

  @Test func theRecipeIsTheSameForTheSameBytesOnly() throws {
    let project = try TinyProject()
    let first = try project.run()
    let bytes = try project.bytes("out/tiny.gguf")
    let second = try project.run(workers: 1)
    #expect(first.recipe == second.recipe && first.recipeDigest == second.recipeDigest)
    #expect(try project.bytes("out/tiny.gguf") == bytes)
    var digests: Set = [first.recipeDigest]
    for setting in [
      "quantize.type=q5_0", "quantize.solver=rtn", "quantize.solver.gptq.damping=0.02", "calibrate.seed=5",
      "calibrate.inputs=original", "calibrate.tokens=2048",
    ] {
      #expect(digests.insert(try project.run([setting]).recipeDigest).inserted, "\(setting)")
    }
  }

  @Test func aReportFolderHoldsReportAndManifest() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report/tiny" })
    try project.run()
    #expect(
      try project.folder.contents().filter { $0.hasPrefix("report/tiny/") }
        == ["report/tiny/manifest.json", "report/tiny/report.json"])
    #expect(try project.bytes("report/tiny/manifest.json") == project.bytes("report/tiny/report.json"))
    #expect(!FileManager.default.fileExists(atPath: project.path("out/tiny.gguf.manifest.json")))
  }

  @Test func aRefusedRunLeavesOnlyItsReport() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report" })
    let outcome = try project.run(["validate.gates.mean_kld.max=0", "validate.gates.file_bytes.min=1"])
    #expect(!outcome.isPublished)
    #expect(!FileManager.default.fileExists(atPath: project.path("out")))
    #expect(try project.folder.contents().filter { $0.hasPrefix("report") } == ["report", "report/report.json"])
    let report = try project.object("report/report.json")
    #expect(report["isPublished"] as? Bool == false)
    let gates = try #require((report["products"] as? [[String: Any]])?.first?["gates"] as? [[String: Any]])
    #expect(gates.count == 2)
    #expect(gates.filter { $0["holds"] as? Bool == false }.count == 1)
    #expect((gates.first { $0["holds"] as? Bool == false })?["measured"] as? Double ?? 0 > 0)
  }

  @Test func aReportThatCannotBeWrittenStopsTheRunBeforeItPublishes() throws {
    // Not even root makes folders there.
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "/proc/planish-report" })
    let before = try project.snapshot()
    #expect(throws: RunError.self) { try project.run() }
    #expect(try project.snapshot() == before)
  }
}
