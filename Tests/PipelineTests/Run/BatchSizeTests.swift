import Calibration
import Foundation
import Models
import Pipeline
import TestSupport
import Tensors
import Testing

/// How many tokens are worked on at a time changes how long a run takes, and no byte of what it makes.
struct BatchSizeTests {
  /// One unit, a few of them, and the whole text.
  private static let sizes = [1, 600, 1 << 20]

  private func products(_ folder: TemporaryFolder, _ file: String, settings: [String] = []) throws -> [Data] {
    let spec = try SpecFile.load(path: file, settings: settings, registries: .all).base
    let workers = Workers(count: 2)
    var plan = try Planner.plan(spec, on: workers)
    let length = try #require(plan.calibration).length
    var products: [Data] = []
    var batches: Set<Int> = []
    for size in Self.sizes {
      plan.resources.tokensPerBatch = size
      #expect(try Run(plan, on: workers).execute().isPublished)
      let names = try folder.contents().filter { $0.hasSuffix(".gguf") || $0.hasSuffix(".safetensors") }
      products.append(
        try names.filter { $0.hasPrefix("out/") }.reduce(Data()) {
          $0 + (try Data(contentsOf: URL(filePath: folder.path($1))))
        })
      let activations = try Activations(
        try #require(plan.calibration), columns: plan.source.shape.hiddenSize, in: .memory, tokensPerBatch: size)
      batches.insert(activations.batches.count)
      #expect(activations.batches.allSatisfy { $0.rows.count % length == 0 })
    }
    // The sizes do make a difference.
    #expect(batches.count == 3, "\(batches)")
    return products
  }

  @Test(
    arguments: [
      [], ["calibrate.inputs=original"], ["quantize.solver.gptq.asymmetry=1"], ["transform=[awq]"],
      ["quantize.type=int4_g32_asym"], ["calibrate.gradients.tokens=700"],
    ])
  func noByteDependsOnIt(settings: [String]) throws {
    let isFolder = settings.contains { $0.contains("int4") }
    let project = try TinyProject(
      .wide,
      TinyPipeline {
        $0.validate = nil
        if isFolder { $0.emit = "[{safetensors: out/tiny}]" }
      })
    let products = try products(project.folder, project.file, settings: settings)
    #expect(!products[0].isEmpty && Set(products).count == 1)
  }

  /// What goes to an expert differs in number from unit to unit.
  @Test(arguments: ["all_tokens", "shared"], ["", ", gradients: {tokens: 2048}"])
  func noByteOfExpertsDependsOnIt(starved: String, gradients: String) throws {
    let folder = try TemporaryFolder()
    try FamilyFixture.named("mixtral").write(to: folder)
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    let vocabulary = try Data(contentsOf: fixtures.appending(path: "families-tokenizer.model"))
    try vocabulary.write(to: URL(filePath: folder.path("model/tokenizer.model")))
    try folder.write("calibration.txt", TinyText.words(count: 6000, seed: 11))
    let file = try folder.write(
      "p.yaml",
      """
      planish: 1
      model: {path: model}
      calibrate: {corpus: calibration.txt, tokens: 4096, context: 32, experts: {min_tokens: 1500, starved: \(starved)}\(gradients)}
      quantize: {type: q4_0}
      emit: [{gguf: out/model.gguf}]
      """)
    let products = try products(folder, file)
    #expect(!products[0].isEmpty && Set(products).count == 1)
  }
}
