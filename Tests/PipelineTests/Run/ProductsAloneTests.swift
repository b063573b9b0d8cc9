import Foundation
import Pipeline
import TestSupport
import Tensors
import Testing

/// Each product of a run has the bytes that it would have alone.
@Suite struct ProductsAloneTests {
  /// A pipeline whose products are to be made together and one by one.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    var products: [String]
    var settings: [String] = []
    var calibrate: String? = "{corpus: calibration.txt, tokens: 1024, context: 32}"
    var validate: String?
    var model = TinyModel.wide
    /// A model of that family in the fixtures.
    var family: String?

    var testDescription: String { name }
  }

  private static let types = ["q2_k", "q4_k_m", "q6_k", "q8_0"].map { "{gguf: {path: out/P.gguf, type: \($0)}}" }
  private static let folder = "{gptq: {path: out/P, type: int4_g32}}"
  private static let small = TinyModel()
  private static let roundedInputs = [
    "{compressed_tensors: {path: out/P, activations: int8, type: int8_row}}",
    "{compressed_tensors: {path: out/P, type: int8_row}}", "{gguf: {path: out/P.gguf, type: q4_0}}",
  ]
  private static let bits = [
    "{exl2: {path: out/P, bits: 4}}", "{exl2: {path: out/P, bits: 6}}", "{gguf: {path: out/P.gguf, type: q4_0}}",
  ]

  static let cases = [
    Case(
      name: "four types of GGUF and a folder", products: types + [folder],
      validate: "{corpus: heldout.txt, tokens: 256, context: 32}"),
    Case(name: "awq", products: [types[0], types[2], folder], settings: ["transform=[{awq: {grid: 4}}]"]),
    Case(
      name: "rotate, smoothquant and awq", products: [types[1], types[3]],
      settings: ["transform=[rotate, smoothquant, {awq: {grid: 4}}]"]),
    Case(name: "original inputs", products: [types[0], types[3], folder], settings: ["calibrate.inputs=original"]),
    Case(
      name: "awq with original inputs", products: [types[0], types[3], folder],
      settings: ["calibrate.inputs=original", "transform=[{awq: {grid: 4}}]"]),
    Case(
      name: "solvers that ask for more and for less",
      products: [
        "{gguf: {path: out/P.gguf, type: q4_0, solver: rtn}}", "{gguf: {path: out/P.gguf, type: q4_0}}",
        "{gguf: {path: out/P.gguf, type: q4_0, solver: {gptq: {asymmetry: 0}}}}",
        "{gptq: {path: out/P, type: int4_g32, solver: {gptq: {groups: activation}}}}",
      ], model: small),
    Case(
      name: "overrides that differ late",
      products: [
        "{gguf: {path: out/P.gguf, type: q4_0}}",
        "{gguf: {path: out/P.gguf, type: q4_0, overrides: [{tensors: blk.1.ffn_down.weight, type: q8_0}]}}",
        "{gguf: {path: out/P.gguf, type: q4_0, overrides: [{tensors: output.weight, type: q8_0}]}}",
        "{safetensors: {path: out/P, type: q4_0, overrides: [{tensors: blk.0.attn_q.weight, type: q8_0}]}}",
      ], model: small),
    Case(name: "rounded inputs", products: roundedInputs, model: small),
    Case(
      name: "rounded inputs and smoothquant", products: roundedInputs, settings: ["transform=[smoothquant]"],
      model: small),
    Case(name: "bits on average", products: bits, model: small),
    Case(name: "bits on average and awq", products: bits, settings: ["transform=[{awq: {grid: 4}}]"], model: small),
    Case(
      name: "no text", products: ["{gguf: {path: out/P.gguf, type: q4_0}}", "{gguf: {path: out/P.gguf, type: q8_0}}"],
      settings: ["quantize.solver=rtn"], calibrate: nil, model: small),
    Case(
      name: "tied tables", products: [types[0], types[2], types[3]],
      model: TinyModel {
        $0.hidden = 256
        $0.headSize = 64
        $0.intermediate = 512
        $0.tiesOutput = true
      }),
    Case(
      name: "experts",
      products: ["{gguf: {path: out/P.gguf, type: q4_0}}", "{gguf: {path: out/P.gguf, type: q8_0}}"], family: "mixtral"),
    Case(
      name: "experts with original inputs",
      products: ["{gguf: {path: out/P.gguf, type: q4_0}}", "{gguf: {path: out/P.gguf, type: q8_0}}"],
      settings: ["calibrate.inputs=original"], family: "mixtral"),
  ]

  @Test(arguments: cases) func togetherAsAlone(_ test: Case) throws {
    let project = try Self.project(test)
    let alone = try test.products.map { try files([$0], of: project, test)[0] }
    let places = Array(test.products.indices)
    let reversed = try files(places.reversed().map { test.products[$0] }, of: project, test)
    for (order, together) in [(places, try Self.together(test)), (places.reversed(), reversed)] {
      for (place, files) in zip(order, together) {
        #expect(files.keys.sorted() == alone[place].keys.sorted())
        for (name, bytes) in files { #expect(bytes == alone[place][name], "\(test.products[place]): \(name)") }
      }
    }
  }

  /// Memory that does not hold all products side by side makes them one after the other.
  @Test func oneAfterTheOtherTheyAreTheSame() throws {
    let project = try Self.project(Self.cases[0])
    let emit = "emit=[\(Self.types.enumerated().map { Self.named($1, $0, project) }.joined(separator: ", "))]"
    let settings = [emit, "calibrate.tokens=4096"]
    func plan(_ budget: Int?) throws -> Plan {
      try Planner.plan(
        try project.spec(settings), on: Workers(count: 2), within: budget.map { MemoryBudget(bytes: $0) })
    }
    func products() throws -> [Data] { try Self.types.indices.map { try project.bytes("out/p\($0).gguf") } }
    let wide = try plan(1 << 40)
    #expect(wide.courses == [[0, 1, 2, 3]])
    _ = try Run(wide, on: Workers(count: 2)).execute()
    let together = try products()
    var budget = wide.resources.peakBytes
    while try plan(budget).courses.count == 1 { budget -= 1 << 20 }
    let tight = try plan(budget)
    #expect(tight.courses == [[0], [1], [2], [3]])
    #expect(tight.resources.operations > wide.resources.operations)
    _ = try Run(tight, on: Workers(count: 2)).execute()
    #expect(try products() == together)
  }

  /// What a file asks to be shared is calibrated on the product of most bits, whatever the order, and the plan says so.
  @Test(arguments: [[0, 3], [3, 0]]) func sharingLeadsWithMostBits(_ order: [Int]) throws {
    let project = try Self.project(Self.cases[0])
    let products = order.map { Self.types[$0] }
    let settings = [
      "calibrate.share=true",
      "emit=[\(products.enumerated().map { Self.named($1, $0, project) }.joined(separator: ", "))]",
    ]
    let plan = try project.plan(settings)
    #expect(plan.warnings.contains { $0.description.contains("share: false") })
    let outcome = try Run(plan, on: Workers(count: 2)).execute()
    let places = [0, 3].map { order.firstIndex(of: $0) ?? 0 }
    let shared = try places.map { try project.bytes("out/p\($0).gguf") }
    let digests = places.map { outcome.products[$0].recipeDigest }
    try project.run(settings.map { $0.replacing("share=true", with: "share=false") })
    let alone = try places.map { try project.bytes("out/p\($0).gguf") }
    #expect(shared[1] == alone[1] && shared[0] != alone[0])
    #expect(digests[0] != digests[1])
  }

  // MARK: - Projects

  private static let made = Dictionary(
    uniqueKeysWithValues: cases.map { test in
      (test.name, Once { try files(test.products, of: try project(test), test) })
    })

  /// The files of all products of one of `cases`, made together in one process without a journal.
  static func together(_ test: Case) throws -> [[String: Data]] { try #require(made[test.name]).value() }

  static func project(_ test: Case) throws -> TinyProject {
    let project = try TinyProject(
      test.model,
      TinyPipeline {
        $0.calibrate = test.calibrate
        $0.quantize = "{type: q4_0}"
        $0.validate = test.validate
      })
    guard let family = test.family else { return project }
    try FamilyFixture.named(family).write(to: project.folder)
    let vocabulary = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/families-tokenizer.model")
    for name in ["tokenizer.json", "tokenizer_config.json"] {
      try FileManager.default.removeItem(atPath: project.path("model/\(name)"))
    }
    try Data(contentsOf: vocabulary).write(to: URL(filePath: project.path("model/tokenizer.model")))
    return project
  }

  static func named(_ product: String, _ index: Int, _ project: TinyProject) -> String {
    product.replacing("out/P", with: project.path("out/p\(index)"))
  }

  private func files(_ products: [String], of project: TinyProject, _ test: Case) throws -> [[String: Data]] {
    try Self.files(products, of: project, test)
  }

  /// Makes products together, and tells the files of each. Nothing but journals stands there before.
  static func files(
    _ products: [String], of project: TinyProject, _ test: Case, workers: Int = 2, ranks: Int = 1,
    journals: JournalUse = .none, observer: @escaping RunObserver = { _ in }
  ) throws -> [[String: Data]] {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: project.path("out"))) ?? []
    where name != ".planish" {
      try FileManager.default.removeItem(atPath: project.path("out/\(name)"))
    }
    let emit = products.enumerated().map { Self.named($1, $0, project) }
    try project.run(
      test.settings + ["emit=[\(emit.joined(separator: ", "))]"], workers: workers, ranks: ranks, journals: journals,
      observer: observer)
    var all = [[String: Data]](repeating: [:], count: products.count)
    for file in try project.folder.contents() {
      guard file.hasPrefix("out/p"), !file.hasSuffix(".manifest.json"), let digit = file.dropFirst(5).first,
        let index = digit.wholeNumberValue, let bytes = try? project.bytes(file)
      else { continue }
      all[index][String(file.dropFirst(6))] = bytes
    }
    #expect(all.allSatisfy { !$0.isEmpty })
    return all
  }
}
