import Checkpoints
import Foundation
import Pipeline
import Spec
import TestSupport
import Testing

/// The recipe digest is the key of what a product holds: one digest means the same bytes, so other bytes mean another digest.
///
/// Each leaf of the resolved file and each file of the model's folder is changed in turn.
@Suite struct RecipeTests {
  private static let products = [
    "{gguf: {path: out/a.gguf}}", "{gptq: {path: out/b, type: int4_g32, shard_bytes: 100000, format: gptq}}",
    "{safetensors: {path: out/c, dtype: f32, shard_bytes: 100000}}",
  ]
  private static let names = ["out/a.gguf", "out/b", "out/c"]

  /// A file with all keys that can stand beside each other, and a model with all the files that are read or copied.
  private func project() throws -> TinyProject {
    let project = try TinyProject(
      TinyModel { $0.damages = [.extraTensor("mtp.weight")] },
      TinyPipeline {
        $0.model = "{path: model, drop: ['mtp.*'], pre_tokenizer: gpt-2}\nname: tiny\ntransform: [{awq: {grid: 3}}]"
        $0.calibrate =
          "{corpora: [{path: calibration.txt, share: 0.5}, {path: heldout.txt}], tokens: 1024, context: 32, seed: 3}"
        $0.quantize =
          "{type: q4_0, solver: {gptq: {damping: 0.02}}, "
          + "overrides: [{tensors: blk.1.ffn_down.weight, type: q8_0, solver: rtn}, {tensors: '*attn_q*', type: q5_0}]}"
        $0.emit = "[\(Self.products.joined(separator: ", "))]"
        $0.validate = "{corpus: {path: heldout.txt}, tokens: 256, context: 32, gates: {file_bytes: {min: 1}}}"
        $0.report = "report"
      })
    for (name, text) in Self.companions { try project.folder.write("model/\(name)", text) }
    return project
  }

  private static let companions = [
    "generation_config.json": #"{"eos_token_id": 0}"#, "special_tokens_map.json": #"{"eos_token": "<|endoftext|>"}"#,
    "chat_template.jinja": "{{ messages }}", "added_tokens.json": "{}", "vocab.json": "{}",
    "merges.txt": "#version: 0.2\n",
    "chat_template.json": #"{"chat_template": "{{ messages }}"}"#, "notes.txt": "nobody reads this",
  ]

  /// What a run made, without what was measured on it.
  private struct Made: Equatable {
    let digests: [String]
    let contents: [[String: Data]]
  }

  private func make(_ project: TinyProject, _ settings: [String] = []) throws -> Made {
    try? FileManager.default.removeItem(atPath: project.path("out"))
    let outcome = try project.run(settings)
    #expect(outcome.isPublished, "\(settings)")
    return Made(
      digests: try outcome.products.map { try #require($0.recipeDigest) },
      contents: try outcome.products.map { try Self.content($0.path) })
  }

  private static func content(_ path: String) throws -> [String: Data] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      let file = try GGUFFile(path: path)
      let metadata = file.metadata.entries.filter { !$0.key.hasPrefix("planish.quality.") }
      let tensors = file.tensors.all.map { tensor in tensor.withBytes { $0.withUnsafeBytes { Data($0) } } }
      return ["metadata": Data("\(metadata)".utf8), "tensors": tensors.reduce(Data(), +)]
    }
    var files: [String: Data] = [:]
    // These carry figures, or the hash of what does.
    let others = try FileManager.default.contentsOfDirectory(atPath: path).filter { $0 != "planish.json" }
    for name in others where name != "SHA256SUMS" {
      var data = try Data(contentsOf: URL(filePath: "\(path)/\(name)"))
      if name == "README.md" { data = Data(String(decoding: data, as: UTF8.self).split(separator: "Measured")[0].utf8) }
      files[name] = data
    }
    return files
  }

  /// - Returns: whether each product's bytes are others.
  @discardableResult
  private func expectLaw(_ made: Made, _ base: Made, _ change: String) -> [Bool] {
    #expect(made.digests.count == base.digests.count)
    return base.digests.indices.map { index in
      let differ = made.contents[index] != base.contents[index]
      #expect(!differ || made.digests[index] != base.digests[index], "\(change): other bytes of \(Self.names[index])")
      return differ
    }
  }

  // MARK: - Options

  /// Other values of texts, and of numbers that are bound to others.
  private static let alternatives: [String: String] = [
    "name": "other", "model.path": "copy", "model.drop[0]": "mtp.weight", "model.pre_tokenizer": "llama-bpe",
    "calibrate.corpora[0].path": "heldout.txt", "calibrate.corpora[1].path": "calibration.txt",
    "calibrate.tokens": "2048", "calibrate.context": "16", "calibrate.inputs": "original",
    "quantize.type": "q5_1", "quantize.solver.gptq.groups": "activation", "quantize.solver.gptq.order": "natural",
    "quantize.overrides[0].tensors": "blk.0.ffn_down.weight", "quantize.overrides[0].type": "q5_0",
    "quantize.overrides[0].solver": "gptq", "quantize.overrides[1].tensors": "'*attn_k*'",
    "quantize.overrides[1].type": "q4_1", "quantize.fallback_types": "smallest", "emit[0].gguf.path": "out/d.gguf",
    "emit[1].gptq.path": "out/e", "emit[1].gptq.type": "int8_g32", "emit[1].gptq.format": "gptq_v2",
    "emit[2].safetensors.path": "out/f", "emit[2].safetensors.dtype": "bf16", "validate.corpus.path": "calibration.txt",
    "validate.tokens": "128", "validate.context": "16", "report": "report2",
  ]
  /// What has no other value.
  private static let fixed = ["planish", "quantize.solver.gptq.grids"]
  /// What decides no byte of any product.
  private static let idle = ["report", "validate"]

  @Test func eachLeafThatDecidesBytesIsCovered() throws {
    let project = try project()
    try FileManager.default.copyItem(atPath: project.path("model"), toPath: project.path("copy"))
    let base = try make(project)
    #expect(try make(project) == base)
    #expect(Set(base.digests).count == 3)
    var leaves = Self.leaves(of: try project.spec().resolved, at: "")
    #expect(leaves.count > 25)
    // `type` of a product overrides its overrides; sorted groups are for products with an index.
    leaves.removeAll { Self.fixed.contains($0.path) }
    var moved = 0
    for leaf in leaves {
      let value = try #require(Self.alternatives[leaf.path] ?? leaf.value.other, "no other value of \(leaf.path)")
      if leaf.path == "quantize.solver.gptq.groups" { continue }
      let isPath = leaf.path.hasSuffix("path") || leaf.path == "report"
      let made = try make(project, ["\(leaf.path)=\(isPath ? project.path(value) : value)"])
      moved += expectLaw(made, base, leaf.path).count { $0 }
      guard Self.idle.contains(where: leaf.path.hasPrefix) || leaf.path.hasPrefix("emit"),
        leaf.path.contains("path")
          || Self.idle.contains(where: leaf.path.hasPrefix)
      else { continue }
      #expect(made.digests == base.digests, "\(leaf.path) decides nothing")
    }
    #expect(moved > 20, "changes that change nothing test nothing")
  }

  private static func leaves(of value: ResolvedValue, at path: String) -> [(path: String, value: ResolvedValue)] {
    switch value {
    case .mapping(let entries):
      entries.flatMap { leaves(of: $0.value, at: path.isEmpty ? $0.key : "\(path).\($0.key)") }
    case .list(let items): items.enumerated().flatMap { leaves(of: $1, at: "\(path)[\($0)]") }
    default: [(path, value)]
    }
  }

  /// Paths of settings are relative to the current folder.
  private static func absolute(_ product: String, _ project: TinyProject) -> String {
    product.replacing("out/", with: project.path("out/"))
  }

  /// Products share a run, not a recipe.
  @Test func itIsTheRecipeOfOneProduct() throws {
    let project = try project()
    let base = try make(project)
    for (index, product) in Self.products.enumerated() {
      let alone = try make(project, ["emit=[\(Self.absolute(product, project))]"])
      #expect(alone.digests == [base.digests[index]] && alone.contents == [base.contents[index]])
    }
    // What is said once for all and what is said for one product is the same.
    let said = try make(
      project, ["quantize={type: q4_0}", Self.absolute("emit=[{gguf: {path: out/a.gguf, type: q8_0}}]", project)])
    #expect(
      try make(project, ["quantize={type: q8_0}", Self.absolute("emit=[{gguf: out/x.gguf}]", project)]).digests
        == said.digests)
  }

  // MARK: - Files

  @Test func eachFileOfTheModelIsCovered() throws {
    let project = try project()
    let base = try make(project)
    let changes: [(file: String, from: String, to: String)] = [
      ("config.json", "\"rms_norm_eps\":", "\"rms_norm_eps\":0.01,\"was_eps\":"),
      ("config.json", "\"rope_theta\":", "\"rope_theta\":20000,\"was_theta\":"),
      ("config.json", "\"eos_token_id\":0", "\"eos_token_id\":1"),
      ("config.json", "{", "{\"note\":\"x\","), ("generation_config.json", "0", "1"),
      ("tokenizer.json", "\"lstrip\":false", "\"lstrip\":true"),
      ("tokenizer.json", "\"trim_offsets\":true", "\"trim_offsets\":false"),
      ("tokenizer_config.json", "{", "{\"model_max_length\": 77, "),
      ("tokenizer_config.json", "{", "{\"bos_token\": \"a\", "),
      ("special_tokens_map.json", "{", "{\"bos_token\": \"b\", "), ("chat_template.jinja", "messages", "messages[0]"),
      ("chat_template.json", "messages", "messages[1]"), ("added_tokens.json", "{}", "{ }"),
      ("vocab.json", "{}", "{ }"),
      ("merges.txt", "0.2", "0.3"), ("notes.txt", "nobody", "somebody"),
    ]
    for (name, from, to) in changes {
      let before = try project.bytes("model/\(name)")
      let text = String(decoding: before, as: UTF8.self)
      try #require(text.contains(from), "\(name) has no \(from)")
      try project.folder.write("model/\(name)", text.replacing(from, with: to, maxReplacements: 1))
      let made = try make(project)
      let differ = expectLaw(made, base, "\(name): \(to)")
      if name == "notes.txt" {
        #expect(made == base)
      } else {
        #expect(differ.contains(true) || name == "config.json", "\(name): \(to) changes nothing")
      }
      try before.write(to: URL(filePath: project.path("model/\(name)")))
    }
    #expect(try make(project) == base)
    for name in Self.companions.keys.sorted() {
      let before = try project.bytes("model/\(name)")
      try FileManager.default.removeItem(atPath: project.path("model/\(name)"))
      expectLaw(try make(project), base, "without \(name)")
      try before.write(to: URL(filePath: project.path("model/\(name)")))
    }
  }

  @Test func weightsAdaptersAndImportanceAreCovered() throws {
    let project = try project()
    let first = try make(project)
    try TinyModel { $0.damages = [.extraTensor("mtp.weight"), .value("lm_head.weight", at: 7, 0.25)] }.write(
      to: project.folder)
    expectLaw(try make(project), first, "a weight")
    // A text beyond what is taken from it, and another text in its place.
    let text = try project.bytes("calibration.txt")
    try (text + Data("more\n".utf8)).write(to: URL(filePath: project.path("calibration.txt")))
    expectLaw(try make(project), first, "a longer text")
  }

  @Test func whereSequencesBeginIsCovered() throws {
    let recipe = try project().run().recipe
    #expect(recipe.calibrationSequences?.count == 64 && recipe.calibrationTokens?.count == 64)
    #expect(recipe.arithmetic == .current && recipe.arithmetic.backend == "openblas")
    #expect(recipe.configuration.map(\.name) == ["config.json", "generation_config.json"])
    #expect(recipe.weights.map(\.name) == ["model.safetensors"])
    #expect(recipe.tokenizer.map(\.name).contains("chat_template.jinja"))
  }
}

extension ResolvedValue {
  /// Another value, for what is no text.
  fileprivate var other: String? {
    switch self {
    case .truth(let value): "\(!value)"
    case .integer(let value): "\(value + 1)"
    case .number(let value): "\(value / 2 + 0.1)"
    case .text, .list, .mapping: nil
    }
  }
}
