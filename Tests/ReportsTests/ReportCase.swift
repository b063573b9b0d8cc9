import Checkpoints
import Foundation
import JSON
import Pipeline
import Reports
import Tensors
import TestSupport
import Testing

/// A pipeline whose reports are read.
struct ReportCase: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let model: TinyModel
  let pipeline: TinyPipeline
  let settings: [String]
  /// A variant of `FamilyFixture` that takes the model's place.
  let encoder: String?

  init(
    _ name: String, _ model: TinyModel = TinyModel(), encoder: String? = nil, settings: [String] = [],
    _ change: (inout TinyPipeline) -> Void = { _ in }
  ) {
    testDescription = name
    self.model = model
    self.encoder = encoder
    self.settings = settings
    pipeline = TinyPipeline {
      $0.report = "report"
      change(&$0)
    }
  }

  /// One of each kind.
  static let all = [
    ReportCase("published"),
    ReportCase("published behind gates") {
      $0.validate = """
        {corpora: [{path: heldout.txt, name: a}, {path: calibration.txt, name: b}], tokens: 512, context: 32, \
        gates: {mean_kld: [{max: 9, confidence: 0.9}, {max: 9, corpus: b}], top1_agreement: {min: 0, max: 1}, \
        fallbacks: {max: 99}, file_bytes: {min: 1}, bits_per_weight: {max: 99.5}}}
        """
    },
    ReportCase("refused") {
      $0.validate = "{corpus: heldout.txt, tokens: 256, context: 32, gates: {mean_kld: {max: 0}, file_bytes: {min: 1}}}"
    },
    ReportCase("without validation") { $0.validate = nil },
    ReportCase("without calibration") {
      $0.calibrate = nil
      $0.quantize = "{type: q4_0}"
    },
    ReportCase("gates without text") { $0.validate = "{gates: {fallbacks: {max: 0}, max_layer_error: {max: 1e9}}}" },
    ReportCase("tasks") {
      $0.validate = """
        {corpus: heldout.txt, tokens: 256, context: 32, tasks: [first.jsonl, {path: second.jsonl, name: other}], \
        gates: {accuracy_drop: {max: 1}, flips: {max: 1}, accuracy: {min: 0, task: other}}}
        """
    },
    ReportCase("tasks only") { $0.validate = "{tasks: [first.jsonl]}" },
    ReportCase("embeddings", encoder: "bert-cls") {
      $0.validate = """
        {corpora: [{path: heldout.txt, name: a}, {path: calibration.txt, name: b}], tokens: 512, context: 32, \
        gates: {mean_cosine: [{min: 0, confidence: 0.9}, {min: 0, corpus: b}], min_cosine: {min: -1}}}
        """
    },
    ReportCase("two products") { $0.emit = "[{gguf: out/a.gguf}, {gguf: out/b.gguf}]" },
    ReportCase("fallbacks and a tied table", TinyModel { $0.tiesOutput = true }) { $0.quantize = "{type: q4_k_m}" },
    ReportCase("transforms", settings: ["transform=[awq]"]),
    ReportCase("gradients", settings: ["calibrate.gradients.tokens=256"]),
    ReportCase("a budget", .wide, settings: ["calibrate.gradients.tokens=256"]) {
      $0.quantize = "{type: {bits: 6, from: [q4_0, q5_0, q8_0]}}"
    },
    ReportCase("ninety blocks", TinyModel { $0.layers = 90 }) { $0.validate = nil },
    ReportCase("all in single precision") { $0.quantize = "{type: f32}" },
    ReportCase("names that need escaping", settings: ["name=\(JSONText.quoted(hostileName))"]) {
      $0.emit = #"[{gguf: "out/<i>&amp;'\"|`@all.gguf"}]"#
      $0.validate = """
        {corpora: [{path: heldout.txt, name: "]]><script>"}, {path: calibration.txt, name: "*a* | _b_"}], tokens: 512, \
        context: 32, gates: {mean_kld: {max: 0, corpus: "]]><script>"}}}
        """
    },
  ]

  /// A combining accent after the quotation mark makes one character of both, which must not keep it from escaping.
  static let hostileName = "\"</title><script>alert(1)</script> \"\u{301} onclick=\"x & y' | `z` @all"

  /// A project in which the pipeline can run.
  func project() throws -> TinyProject {
    let project = try TinyProject(model, pipeline)
    if let encoder {
      try project.folder.remove("model")
      try EncoderFixture.write(encoder, to: project.folder)
    }
    try project.folder.write("first.jsonl", Self.questions(count: 12, seed: 3))
    try project.folder.write("second.jsonl", Self.questions(count: 7, seed: 4))
    return project
  }

  private static func questions(count: Int, seed: UInt64) -> String {
    var random = SeededRandom(seed: seed)
    let words = ["hammer", "metal", "thin", "copper", "bowl", "light"]
    return (0..<count).map { _ in
      let choices = words.shuffled(using: &random).prefix(3).map { "\" \($0)\"" }.joined(separator: ", ")
      return
        #"{"context": "the sheet of", "choices": [\#(choices)], "answer": \#(Int.random(in: 0..<3, using: &random))}"#
    }.joined(separator: "\n") + "\n"
  }

  private static let finished = Dictionary(
    uniqueKeysWithValues: all.map { item in
      let run = Once {
        let project = try item.project()
        return (project: project, outcome: try item.run(project))
      }
      return (item.testDescription, run)
    })

  /// A project in which the pipeline was run, for all tests that read what is there; for one of `all`.
  func finished() throws -> (project: TinyProject, outcome: Outcome) {
    try #require(Self.finished[testDescription]).value()
  }

  /// Runs the pipeline with every form of report.
  @discardableResult
  func run(_ project: TinyProject) throws -> Outcome {
    let spec = try SpecFile.load(path: project.file, settings: settings, registries: .all).base
    let plan = try Planner.plan(spec, on: Workers(count: 2))
    return try Run(plan, on: Workers(count: 2), recording: Recording(forms: ReportForms.all)).execute()
  }
}
