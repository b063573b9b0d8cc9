import Foundation
import TestSupport
import Testing

/// One thing that is wrong with what a pipeline file names.
struct BadInput: Sendable, CustomTestStringConvertible {
  let testDescription: String
  var model = TinyModel()
  var pipeline = TinyPipeline()
  /// Breaks what was written.
  var harm: @Sendable (TinyProject) throws -> Void = { _ in }
  var status: Int32 = 1
  /// Parts of the message: where, what and what to do.
  let says: [String]

  static func model(_ what: String, _ damages: TinyDamage..., says: [String]) -> BadInput {
    BadInput(testDescription: what, model: TinyModel { $0.damages = damages }, says: says)
  }

  static func file(
    _ what: String, says: [String], _ harm: @escaping @Sendable (TinyProject) throws -> Void
  ) -> BadInput {
    BadInput(testDescription: what, harm: harm, says: says)
  }

  static func pipeline(
    _ what: String, status: Int32 = 2, says: [String], _ change: (inout TinyPipeline) -> Void
  ) -> BadInput {
    BadInput(testDescription: what, pipeline: TinyPipeline(change), status: status, says: says)
  }

  static let all = models + weightFiles + texts + pipelines

  static let models = [
    model(
      "a missing tensor", .withoutTensor("model.layers.1.mlp.up_proj.weight"),
      says: ["no tensor model.layers.1.mlp.up_proj.weight", "it has model.layers.0.mlp.up_proj.weight"]),
    model(
      "a wrong shape", .shape("model.layers.0.mlp.down_proj.weight", [96, 64]),
      says: ["model.layers.0.mlp.down_proj.weight", "found [96, 64], expected [64, 96]"]),
    model(
      "a wrong element type", .storedType("model.layers.1.self_attn.q_proj.weight", "I32"),
      says: ["model.safetensors", "model.layers.1.self_attn.q_proj.weight", "I32", "expected F32, F16, BF16"]),
    model(
      "a weight that is not a number", .value("model.layers.1.mlp.gate_proj.weight", at: 3 * 64 + 5, .nan),
      says: ["model.safetensors", "model.layers.1.mlp.gate_proj.weight", "found nan at [3, 5]", "finite"]),
    model(
      "an infinite weight in the last tensor", .value("lm_head.weight", at: 2 * 64 + 1, .infinity),
      says: ["lm_head.weight", "found inf at [2, 1]"]),
    model(
      "a configuration without a needed key", .config("num_hidden_layers", nil),
      says: ["config.json", "num_hidden_layers", "found nothing", "expected an integer"]),
    model(
      "an architecture that is not known", .config("architectures", "x"), says: ["config.json", "architectures"]),
    model(
      "a tokenizer of an unknown kind", .tokenizerKind("WordLevel"),
      says: ["tokenizer.json", "\"WordLevel\" in model.type", "supported: BPE, Unigram, WordPiece"]),
  ]

  static let weightFiles = [
    file("no model folder", says: ["p.yaml:2:", "/model: not there", "config.json"]) {
      try FileManager.default.removeItem(atPath: $0.path("model"))
    },
    file("no weights", says: ["/model: not there", "model.safetensors"]) {
      try FileManager.default.removeItem(atPath: $0.path("model/model.safetensors"))
    },
    file("a truncated file of weights", says: ["model.safetensors", "found", "expected"]) {
      try $0.editWeights { $0.removeLast(100) }
    },
    file("an empty file of weights", says: ["model.safetensors", "expected"]) { try $0.editWeights { $0 = [] } },
    file("a header length beyond the file", says: ["model.safetensors", "header"]) {
      try $0.editWeights { $0.replaceSubrange(0..<8, with: [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]) }
    },
    file("tensors that overlap", says: ["model.safetensors", "model.layers.0.self_attn", "expected"]) {
      try $0.editWeights { bytes in
        let length = bytes.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        let header = String(decoding: bytes[8..<8 + length], as: UTF8.self)
        func offsets(_ name: String) -> String {
          let tail = header.components(separatedBy: "\(name).weight\"")[1].components(separatedBy: "data_offsets\":")[1]
          return tail.components(separatedBy: "}")[0]
        }
        let (key, value) = (offsets("layers.0.self_attn.k_proj"), offsets("layers.0.self_attn.v_proj"))
        let changed = Array(header.replacing(value, with: key).utf8)
        let spaces = [UInt8](repeating: UInt8(ascii: " "), count: length - changed.count)
        bytes.replaceSubrange(8..<8 + length, with: changed + spaces)
      }
    },
    file("a broken config.json", says: ["config.json:1:"]) { try $0.folder.write("model/config.json", "{") },
  ]

  static let texts = [
    file("a missing corpus", says: ["p.yaml:3:", "calibration.txt", "No such file"]) {
      try FileManager.default.removeItem(atPath: $0.path("calibration.txt"))
    },
    file("an empty corpus", says: ["p.yaml:3:", "calibration.txt", "found no text"]) {
      try $0.folder.write("calibration.txt", "")
    },
    file(
      "a corpus shorter than its tokens", says: ["calibration.txt", "tokens", "its share is 1024", "give more text"]
    ) { try $0.folder.write("calibration.txt", "too short") },
    file("a held-out text that is too short", says: ["heldout.txt", "its share is 256"]) {
      try $0.folder.write("heldout.txt", "too short")
    },
    file("a corpus that is no text", says: ["calibration.txt:2", "UTF-8"]) {
      try $0.folder.write("calibration.txt", [0x41, 0x0A, 0xFF, 0xFE])
    },
  ]

  static let pipelines = [
    pipeline("an unknown key", says: ["p.yaml:3:", "'colour'", "corpora"]) {
      $0.calibrate = "{corpus: calibration.txt, tokens: 1024, context: 32, colour: red}"
    },
    pipeline("a misspelt key", says: ["p.yaml:4:", "solvr", "solver"]) { $0.quantize = "{solvr: gptq, type: q4_0}" },
    pipeline("a wrong type", says: ["p.yaml:3:46: error: found 'many', expected a whole number"]) {
      $0.calibrate = "{corpus: calibration.txt, tokens: many, context: 32}"
    },
    pipeline("an unknown quantization type", says: ["p.yaml:4:32: error:", "q4_k_x", "did you mean", "q4_k_m"]) {
      $0.quantize = "{solver: gptq, type: q4_k_x}"
    },
    pipeline("an override that matches nothing", says: ["p.yaml:4:", "'blk.9.*'", "matches no tensor"]) {
      $0.quantize = "{type: q4_0, overrides: [{tensors: 'blk.9.*', type: q8_0}]}"
    },
    pipeline(
      "several mistakes at once", says: ["p.yaml:3:", "p.yaml:4:", "p.yaml:5:", "p.yaml:6:"]
    ) {
      $0.calibrate = "{corpus: calibration.txt, tokens: many}"
      $0.quantize = "{solver: gptqq, type: q4_0}"
      $0.emit = "[{ggml: out/x}]"
      $0.validate = "{corpus: heldout.txt, gates: {mean_kl: {max: 1}}}"
    },
    pipeline(
      "mistakes, an unknown type and paths at once",
      says: [
        "p.yaml:2:15:", "where nothing is", "p.yaml:3:", "p.yaml:4:", "the unknown type 'q9'", "p.yaml:6:", "solvr",
      ]
    ) {
      $0.model = "{path: nowhere}"
      $0.calibrate = "{corpus: none.txt, tokens: 1024, context: 32}"
      $0.quantize = "{type: Q9, solvr: gptq}"
      $0.validate = "{corpus: nothing.txt, tokens: 256, context: 32}"
    },
    pipeline("two paths that are not there", says: ["p.yaml:2:15:", "'nowhere'", "p.yaml:3:", "'none.txt'"]) {
      $0.model = "{path: nowhere}"
      $0.calibrate = "{corpus: none.txt, tokens: 1024, context: 32}"
    },
    pipeline("a type by a name of other programs", says: ["found the unknown type 'w4a16', expected int4_g128"]) {
      $0.quantize = "{type: W4A16}"
    },
    pipeline(
      "weights of a folder as a file", status: 1,
      says: ["found a safetensors file at byte 4", "that this file belongs to: "]
    ) {
      $0.model = "{path: model/model.safetensors}"
    },
    pipeline("a product where nothing can be written", status: 1, says: ["/proc/", "planish: error:"]) {
      $0.emit = "[{gguf: /proc/planish/tiny.gguf}]"
    },
    pipeline("a product over its own model", says: ["p.yaml:5:15: error:", "p.yaml:2:15 reads it"]) {
      $0.emit = "[{gguf: out/../model}]"
    },
  ]
}

extension TinyProject {
  /// Changes the bytes of the weights.
  func editWeights(_ change: (inout [UInt8]) -> Void) throws {
    let url = URL(filePath: path("model/model.safetensors"))
    var bytes = Array(try Data(contentsOf: url))
    change(&bytes)
    try Data(bytes).write(to: url)
  }
}

@Suite struct BadInputTests {
  /// Each ends with its exit status and a message that tells where and what, and changes nothing on the disk but a journal.
  @Test(arguments: BadInput.all)
  func failsClearly(_ input: BadInput) throws {
    let project = try TinyProject(input.model, input.pipeline)
    try input.harm(project)
    let before = try project.snapshot()
    let result = try Command("run", "p.yaml", in: project.folder.url.path).run()
    #expect(result.status == input.status, "\(result.errors)")
    #expect(result.output.isEmpty)
    for part in input.says { #expect(result.errors.contains(part), "\(part) is not in: \(result.errors)") }
    #expect(try project.snapshot(journals: false) == before)
  }

  @Test func aPipelineFileThatIsNotThere() throws {
    let folder = try TemporaryFolder()
    let result = try Command("run", "none.yaml", in: folder.url.path).run()
    #expect(result.status == 2)
    #expect(result.errors.hasPrefix("none.yaml: error:"), "\(result.errors)")
    #expect(try folder.contents().isEmpty)
  }

  /// A limit on the length of files refuses writes as a full disk does, at the write itself: of a product, or of a run's journal.
  @Test(arguments: [16, 400], [("--no-journal", "tiny.gguf"), ("--fresh", ".journal")])
  func aFullDisk(blocks: Int, way: (option: String, file: String)) throws {
    let project = try TinyProject(.wide, TinyPipeline { $0.quantize = "{type: q8_0}" })
    let before = try project.snapshot()
    let script = "trap '' XFSZ; ulimit -f \(blocks); exec '\(Command.executable)' run p.yaml \(way.option)"
    let result = try Running(
      Command("-c", script, in: project.folder.url.path), executable: "/bin/sh"
    ).wait()
    #expect(result.status == 1, "\(result.errors)")
    #expect(result.errors.contains(way.file), "\(result.errors)")
    #expect(result.errors.contains("planish: error:"), "\(result.errors)")
    #expect(try project.snapshot(journals: way.option == "--no-journal") == before)
  }
}
