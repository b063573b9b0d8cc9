import Foundation
import Pipeline
import Tensors
import TestSupport
import Testing

/// The pipeline files of this repository, with the model and texts that it ships.
@Suite struct ShippedPipelineTests {
  private static let folder = SharedMaterial.packageRoot.appending(path: "pipelines").path
  static let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    .filter { $0.hasSuffix(".yaml") }.sorted()

  @Test func thereAreSome() {
    #expect(Self.files.contains("q4_k_m.yaml"))
  }

  @Test(arguments: files)
  func canBeRead(_ name: String) throws {
    let file = try SpecFile.load(path: "\(Self.folder)/\(name)", registries: .all)
    #expect(file.sources.first?.path == "\(Self.folder)/\(name)")
  }

  /// Others, some of which need what scripts/recipes.py makes first, are planned and run there.
  @Test(arguments: ["demo.yaml", "q4_k_m.yaml"])
  func canBePlanned(_ name: String) throws {
    let file = try SpecFile.load(path: "\(Self.folder)/\(name)", registries: .all)
    for spec in file.all {
      let plan = try Planner.plan(spec, on: .all)
      #expect(plan.warnings.isEmpty)
      #expect(plan.calibration?.tokens.count == spec.calibration?.budget.tokens)
      #expect(plan.validation?.textTokens == spec.validation?.text?.budget.tokens)
    }
  }
}
