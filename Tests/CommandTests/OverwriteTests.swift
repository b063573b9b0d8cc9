import Foundation
import TestSupport
import Testing

/// A pipeline that would write over something, or where nothing can be written.
struct Overwrite: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var pipeline = TinyPipeline()
  /// Links and files that it needs.
  var setUp: @Sendable (TinyProject) throws -> Void = { _ in }
  var arguments: [String] = []
  /// Parts of the message.
  let says: [String]

  init(
    _ description: String, says: String..., arguments: [String] = [], _ change: (inout TinyPipeline) -> Void,
    setUp: @escaping @Sendable (TinyProject) throws -> Void = { _ in }
  ) {
    testDescription = description
    self.says = says
    self.arguments = arguments
    self.setUp = setUp
    pipeline = TinyPipeline(change)
  }

  static let all = inputs + throughLinks + products + reports + baselines + rejected + places

  static let inputs = [
    Overwrite(
      "a file of the model's folder", says: "p.yaml:5:15: error:", "would be written over",
      "p.yaml:2:15 reads it as a part of 'model'"
    ) {
      $0.emit = "[{gguf: model/model.safetensors}]"
    },
    Overwrite("the model's tokenizer", says: "p.yaml:5:15: error:", "reads it") {
      $0.emit = "[{gguf: model/tokenizer.json}]"
    },
    Overwrite("a new file in the model's folder", says: "p.yaml:5:15: error:", "inside of 'model'", "p.yaml:2:15 reads")
    {
      $0.emit = "[{gguf: model/new/q4.gguf}]"
    },
    Overwrite("a folder around the model", says: "p.yaml:5:", "reads 'all/model' inside of it") { pipeline in
      pipeline.model = "{path: all/model}"
      pipeline.emit = "[{safetensors: all}]"
    } setUp: {
      try FileManager.default.createDirectory(atPath: $0.path("all"), withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: $0.path("model"), toPath: $0.path("all/model"))
    },
    Overwrite("the calibration text", says: "p.yaml:5:15: error:", "p.yaml:3:21 reads it") {
      $0.emit = "[{gguf: calibration.txt}]"
    },
    Overwrite("the held-out text", says: "p.yaml:5:15: error:", "p.yaml:6:20 reads it") {
      $0.emit = "[{gguf: ./out/../heldout.txt}]"
    },
    Overwrite("the pipeline file", says: "p.yaml:5:15: error:", "p.yaml reads it") { $0.emit = "[{gguf: p.yaml}]" },
    Overwrite("every mistake at once", says: "p.yaml:5:16: error:", "p.yaml:5:57: error:", "p.yaml:7:9: error:") {
      $0.emit = "[{ gguf: model/model.safetensors}, { safetensors: model}]"
      $0.report = "model"
    },
  ]

  static let throughLinks = [
    Overwrite("the model, through a link to its folder", says: "p.yaml:5:15: error:", "reads it") { pipeline in
      pipeline.emit = "[{gguf: link/model.safetensors}]"
    } setUp: {
      try $0.link("link", to: "model")
    },
    Overwrite("the file that the model's own file is a link to", says: "p.yaml:5:15: error:", "reads it") {
      $0.emit = "[{gguf: blobs/weights}]"
    } setUp: {
      try FileManager.default.createDirectory(atPath: $0.path("blobs"), withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: $0.path("model/model.safetensors"), toPath: $0.path("blobs/weights"))
      try $0.link("model/model.safetensors", to: "../blobs/weights")
    },
    Overwrite("a model that is named through a link", says: "p.yaml:5:15: error:", "reads it") { pipeline in
      pipeline.model = "{path: current}"
      pipeline.emit = "[{gguf: model/config.json}]"
    } setUp: {
      try $0.link("current", to: "model")
    },
    Overwrite("a product that is a link to the model", says: "p.yaml:5:15: error:", "reads it") {
      $0.emit = "[{gguf: q4.gguf}]"
    } setUp: {
      try $0.link("q4.gguf", to: "model/model.safetensors")
    },
    Overwrite("a product that is a hard link to the text", says: "p.yaml:5:15: error:", "reads it") {
      $0.emit = "[{gguf: q4.gguf}]"
    } setUp: {
      try FileManager.default.linkItem(atPath: $0.path("calibration.txt"), toPath: $0.path("q4.gguf"))
    },
    Overwrite("a folder around the file that a link of the model leads to", says: "reads 'model' inside of it") {
      $0.emit = "[{safetensors: blobs}]"
    } setUp: {
      try FileManager.default.createDirectory(atPath: $0.path("blobs"), withIntermediateDirectories: true)
      try FileManager.default.moveItem(atPath: $0.path("model/model.safetensors"), toPath: $0.path("blobs/weights"))
      try $0.link("model/model.safetensors", to: "../blobs/weights")
    },
    Overwrite("a new file in the model's folder through a link", says: "p.yaml:5:", "inside of 'model'") {
      $0.emit = "[{gguf: link/q4.gguf}]"
    } setUp: {
      try $0.link("link", to: "model")
    },
  ]

  static let products = [
    Overwrite("two products of one file through a link", says: "p.yaml:5:36: error:", "p.yaml:5:15 writes it too") {
      $0.emit = "[{gguf: out/q4.gguf}, {gguf: link/q4.gguf}]"
    } setUp: {
      try FileManager.default.createDirectory(atPath: $0.path("out"), withIntermediateDirectories: true)
      try $0.link("link", to: "out")
    },
    Overwrite("a product inside of another", says: "p.yaml:5:", "inside of 'out/q'", "as a whole") {
      $0.emit = "[{safetensors: out/q}, {gguf: out/q/q4.gguf}]"
    },
    Overwrite("a product around another", says: "p.yaml:5:", "writes 'out/q/q4.gguf' inside of it") {
      $0.emit = "[{gguf: out/q/q4.gguf}, {safetensors: out/q}]"
    },
    Overwrite("a product where another's manifest goes", says: "p.yaml:5:", "writes it too") {
      $0.emit = "[{gguf: out/q4.gguf}, {gguf: out/q4.gguf.manifest.json}]"
    },
  ]

  static let reports = [
    Overwrite("a report in a product's folder", says: "p.yaml:7:9: error:", "writes it too") {
      $0.emit = "[{safetensors: out/q}]"
      $0.report = "out/q"
    },
    Overwrite("a report inside of a product's folder", says: "p.yaml:7:9: error:", "inside of 'out/q'") {
      $0.emit = "[{safetensors: out/q}]"
      $0.report = "out/q/report"
    },
    Overwrite("a report in the model's folder", says: "p.yaml:7:9: error:", "p.yaml:2:15 reads it too") {
      $0.report = "model"
    },
    Overwrite("a report over a text that is read", says: "p.yaml:7:9: error:", "p.yaml:6:20 reads it") {
      $0.validate = "{corpus: report/summary.md, tokens: 256, context: 32}"
      $0.report = "report"
    } setUp: {
      try $0.folder.write("report/summary.md", TinyText.words(count: 1000, seed: 12))
    },
    Overwrite("a report over a product", says: "p.yaml:7:9: error:", "p.yaml:5:15 writes it too") {
      $0.emit = "[{gguf: report/report.html}]"
      $0.report = "report"
    },
    Overwrite("a report that is a file", says: "p.yaml:7:9: error:", "found a file, expected a folder") {
      $0.report = "notes.txt"
    } setUp: {
      try $0.folder.write("notes.txt", "mine")
    },
  ]

  static let baselines = [
    Overwrite("a product over the baseline", says: "p.yaml:5:15: error:", "would be written over", "reads it") {
      $0.emit = "[{gguf: report/manifest.json}]"
      $0.validate = "{baseline: report/manifest.json, gates: {file_bytes: {worse_by: 0}}}"
    },
    // It may be that of a run that was refused.
    Overwrite("a report over the baseline", says: "p.yaml:7:9: error:", "would be written over", "p.yaml:6:22 reads it")
    {
      $0.validate = "{baseline: report/report.json, gates: {file_bytes: {worse_by: 0}}}"
      $0.report = "report"
    } setUp: {
      try $0.folder.write("report/report.json", "{}")
    },
  ]

  static let rejected = [
    Overwrite(
      "refused products in the model's folder", says: "--keep-rejected: error:", "inside of 'model'",
      arguments: ["--keep-rejected", "model"]
    ) { _ in },
    Overwrite(
      "refused products in a product's folder", says: "--keep-rejected: error:", "inside of 'out/q'",
      arguments: ["--keep-rejected", "out/q"]
    ) { $0.emit = "[{safetensors: out/q}]" },
    Overwrite(
      "refused products where a folder is in the way", says: "--keep-rejected: error:", "found a folder",
      arguments: ["--keep-rejected", "kept"]
    ) { _ in
    } setUp: {
      _ = try $0.folder.write("kept/tiny.rejected.gguf/mine.txt", "precious")
    },
  ]

  static let places = [
    Overwrite("a file whose path ends as a folder's", says: "p.yaml:5:15: error:", "expected the name of a file") {
      $0.emit = "[{gguf: out/new/}]"
    },
    Overwrite("a folder of somebody else", says: "p.yaml:5:22: error:", "without planish.json") {
      $0.emit = "[{safetensors: mine}]"
    } setUp: {
      _ = try $0.folder.write("mine/thesis.tex", "precious")
    },
    Overwrite("a folder in the place of a file", says: "p.yaml:5:15: error:", "found a folder, expected a file") {
      $0.emit = "[{gguf: mine}]"
    } setUp: {
      _ = try $0.folder.write("mine/thesis.tex", "precious")
    },
    Overwrite("a product below a file", says: "p.yaml:5:15: error:", "notes.txt, above it, is no folder") {
      $0.emit = "[{gguf: notes.txt/tiny.gguf}]"
    } setUp: {
      try $0.folder.write("notes.txt", "mine")
    },
    Overwrite("a product below a text that is read", says: "p.yaml:5:15: error:", "inside of 'heldout.txt'") {
      $0.emit = "[{gguf: heldout.txt/tiny.gguf}]"
    },
    Overwrite("a name that is too long while it is written", says: "p.yaml:5:15: error:", "at most 255") {
      $0.emit = "[{gguf: \(String(repeating: "x", count: 250))}]"
    },
    Overwrite("a manifest whose name is too long", says: "p.yaml:5:15: error:", "at most 255") {
      $0.emit = "[{gguf: \(String(repeating: "x", count: 240))}]"
    },
    Overwrite("links that lead in a circle", says: "p.yaml:5:15: error:") {
      $0.emit = "[{gguf: a}]"
    } setUp: {
      try $0.link("a", to: "b")
      try $0.link("b", to: "a")
    },
  ]
}

extension TinyProject {
  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
  }
}

@Suite struct OverwriteTests {
  @Test(arguments: Overwrite.all, ["plan", "run"])
  func isRefusedBeforeAnyWork(_ overwrite: Overwrite, by name: String) throws {
    if name == "plan", !overwrite.arguments.isEmpty { return }
    let project = try TinyProject(TinyModel(), overwrite.pipeline)
    try overwrite.setUp(project)
    let before = try project.snapshot()
    var command = Command(name, "p.yaml", in: project.folder.url.path)
    command.arguments += overwrite.arguments
    let result = try command.run()
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.output.isEmpty)
    for part in overwrite.says { #expect(result.errors.contains(part), "\(part) is not in: \(result.errors)") }
    #expect(try project.snapshot() == before)
  }

  /// What stands beside an input or an output is nobody's.
  @Test func neighboursAreWelcome() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.emit = "[{gguf: model.gguf}, {safetensors: report/q/}, {gguf: report/q.gguf}]"
        $0.report = "report"
      })
    let result = try Command("run", "p.yaml", "--keep-rejected", "report", in: project.folder.url.path).run()
    #expect(result.status == 0, "\(result.errors)")
    #expect(try project.folder.contents().contains("report/q/model.safetensors"))
    #expect(try Command("run", "p.yaml", in: project.folder.url.path).run().status == 0)
  }

  /// A baseline is read whole before anything is published, and what stands in its place afterwards is as good or better.
  @Test func theManifestThatWasComparedWithMayBeReplaced() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report" })
    #expect(try Command("run", "p.yaml", in: project.folder.url.path).run().status == 0)
    let ratchet = TinyPipeline {
      $0.report = "report"
      $0.validate = "{baseline: report/manifest.json, gates: {file_bytes: {worse_by: 0}}}"
    }
    try project.folder.write("p.yaml", ratchet.yaml)
    for _ in 0..<2 {
      let result = try Command("run", "p.yaml", in: project.folder.url.path).run()
      #expect(result.status == 0, "\(result.errors)")
    }
    let manifest = try Data(contentsOf: URL(filePath: project.path("report/manifest.json")))
    let worse = try Command("run", "p.yaml", "--set", "quantize.type=q8_0", in: project.folder.url.path).run()
    #expect(worse.status == 3, "\(worse.errors)")
    #expect(
      try Data(contentsOf: URL(filePath: project.path("report/manifest.json"))) == manifest,
      "the product that it tells of still stands")
  }

  /// A part of a split file that is not named is read too.
  @Test func partsOfASplitFileAreInputs() throws {
    let project = try TinyProject(
      TinyModel(),
      TinyPipeline {
        $0.model = "{path: m-00001-of-00002.gguf}"
        $0.emit = "[{gguf: m-00002-of-00002.gguf}]"
      })
    for part in 1...2 { try project.folder.write("m-0000\(part)-of-00002.gguf", "x") }
    let result = try Command("plan", "p.yaml", in: project.folder.url.path).run()
    #expect(result.status == 2 && result.errors.contains("p.yaml:2:15 reads it"), "\(result.errors)")
  }

  @Test func twoVariantsWithOneReportAreRefused() throws {
    let project = try TinyProject(TinyModel(), TinyPipeline { $0.report = "report" })
    let variants = "variants:\n  b: {report: report, emit: [{gguf: out/b.gguf}]}\n"
    try project.folder.write("p.yaml", TinyPipeline { $0.report = "report" }.yaml + variants)
    let result = try Command("plan", "p.yaml", in: project.folder.url.path).run()
    #expect(result.status == 2 && result.errors.contains("p.yaml:9:15: error:"), "\(result.errors)")
  }

  @Test(arguments: [
    "model/model.safetensors", "link/model.safetensors", "calibration.txt", "out/tiny.gguf", "p.yaml", "new/",
  ])
  func imatrixDoesNotWriteOverWhatItReads(_ output: String) throws {
    let project = try TinyProject()
    try project.link("link", to: "model")
    let before = try project.snapshot()
    let result = try Command("imatrix", "p.yaml", "-o", output, in: project.folder.url.path).run()
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains("--output: error: found the path '\(output)'"), "\(result.errors)")
    #expect(try project.snapshot() == before)
    let good = try Command("imatrix", "p.yaml", "-o", "new.gguf", in: project.folder.url.path).run()
    #expect(good.status == 0, "\(good.errors)")
  }

  @Test(arguments: ["model/model.safetensors", "link/config.json", "heldout.txt", "model/new.safetensors", "new/"])
  func evalDoesNotWriteOverWhatItReads(_ output: String) throws {
    let project = try TinyProject()
    try project.link("link", to: "model")
    let before = try project.snapshot()
    for option in ["--logits", "--embeddings"] {
      let result = try Command(
        "eval", "model", "--text", "heldout.txt", "--context", "32", option, output, in: project.folder.url.path
      ).run()
      #expect(result.status == 2, "\(result.errors)")
      #expect(result.errors.contains("\(option): error: found the path '\(output)'"), "\(result.errors)")
    }
    #expect(try project.snapshot() == before)
    let good = try Command(
      "eval", "model", "--text", "heldout.txt", "--context", "32", "--logits", "new.safetensors",
      in: project.folder.url.path
    ).run()
    #expect(good.status == 0, "\(good.errors)")
  }
}
