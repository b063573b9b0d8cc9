import Spec
import TestSupport
import Testing

@Suite("extends")
struct ExtendingTests {
  /// A folder with files in it, each given by its path and text.
  private func made(_ files: [(String, String)]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(name, text) }
    return folder
  }

  private func load(
    _ folder: TemporaryFolder, _ name: String = "p.yaml", settings: [String] = []
  ) throws -> PipelineFile<TestKinds> {
    try PipelineFile.load(path: folder.path(name), settings: settings, registries: testRegistries)
  }

  private func mistakes(_ folder: TemporaryFolder, settings: [String] = []) throws -> [String] {
    do throws(SpecErrors) {
      _ = try PipelineFile.load(path: folder.path("p.yaml"), settings: settings, registries: testRegistries)
      return []
    } catch {
      return error.description.replacing(folder.path("") + "/", with: "").replacing(folder.path(""), with: "")
        .replacing("\n    ", with: "\n").split(separator: "\n").map(String.init)
    }
  }

  private let model = """
    planish: 1
    model: {path: ../model}
    quantize: {type: q4_k_m, overrides: [{tensors: a, type: q8_0}]}
    calibrate: {corpora: [text.txt], tokens: 512}
    """

  @Test("merges mappings and replaces the rest, the file itself last")
  func merging() throws {
    let folder = try made([
      ("parts/model.yaml", model),
      ("parts/more.yaml", "name: more\ncalibrate: {seed: 3, tokens: 1024}\n"),
      (
        "p.yaml",
        """
        extends: [parts/model.yaml, parts/more.yaml]
        quantize: {type: q6_k}
        calibrate: {tokens: 2048}
        emit: [{gguf: out.gguf}]
        """
      ),
    ])
    let spec = try load(folder).base
    #expect(spec.name == "more")
    #expect(spec.quantize.type.name == "q6_k")
    #expect(spec.quantize.overrides.map(\.tensors.pattern) == ["a"])
    #expect(spec.calibration?.budget.tokens == 2048)
    #expect(spec.calibration?.seed == 3)
  }

  @Test("takes paths from the file that names them, and echoes them as the pipeline file would write them")
  func paths() throws {
    let folder = try made([
      ("parts/model.yaml", model),
      ("parts/deep/gates.yaml", "validate: {corpora: [../held/out.txt], tokens: 512}\n"),
      (
        "p.yaml",
        "extends: [parts/model.yaml, parts/deep/gates.yaml]\nemit: [{gguf: ../out.gguf}]\nreport: records\n"
      ),
    ])
    let spec = try load(folder).base
    #expect(spec.model.path.absolute == folder.path("model"))
    #expect(spec.model.path.written == "model")
    #expect(spec.calibration?.corpora.map(\.path.written) == ["parts/text.txt"])
    #expect(spec.validation?.text?.corpora.map(\.path.absolute) == [folder.path("parts/held/out.txt")])
    #expect(spec.products.map(\.path.written) == ["../out.gguf"])
    #expect(spec.resolved["model"]?["path"] == .text("model"))
  }

  @Test("resolves to what a file says that has all of it itself")
  func resolving() throws {
    let folder = try made([
      ("parts/model.yaml", model),
      ("p.yaml", "extends: parts/model.yaml\nemit: [{gguf: out.gguf}]\nname: x\n"),
      (
        "q.yaml",
        """
        planish: 1
        name: x
        model: {path: model}
        quantize: {type: q4_k_m, overrides: [{tensors: a, type: q8_0}]}
        calibrate: {corpora: [parts/text.txt], tokens: 512}
        emit: [{gguf: out.gguf}]
        """
      ),
    ])
    let (extended, whole) = (try load(folder), try load(folder, "q.yaml"))
    #expect(extended.base == whole.base)
    #expect(extended.sources.map(\.path) == [folder.path("p.yaml"), folder.path("parts/model.yaml")])
    #expect(extended.sources.last?.sha256 == "d9265da87bf2b41ccf456f3b07571957bdcf7be69ab2ffa0d9790342090306d3")
    #expect(extended.base.sources == extended.sources)
    #expect(whole.sources.count == 1)
  }

  @Test("may stand in any mapping, in what is extended and in variants too")
  func anywhere() throws {
    let folder = try made([
      ("mixture.yaml", "corpora: [{path: a.txt, share: 0.5}, b.txt]\n"),
      (
        "base.yaml",
        "planish: 1\nmodel: {path: m}\ncalibrate: {extends: mixture.yaml, tokens: 512}\nquantize: {type: q4_0}\n"
      ),
      ("rounded.yaml", "quantize: {solver: rtn}\n"),
      (
        "p.yaml",
        """
        extends: base.yaml
        emit: [{gguf: o.gguf}]
        variants:
          rounded: {extends: rounded.yaml, emit: [{gguf: r.gguf}]}
        """
      ),
    ])
    let file = try load(folder)
    #expect(file.base.calibration?.corpora.map(\.share) == [0.5, 1])
    #expect(file.variants.map(\.quantize.solver.variant) == [.rtn])
  }

  @Test("lets --set change what the files come to")
  func settings() throws {
    let folder = try made([
      ("parts/model.yaml", model), ("p.yaml", "extends: parts/model.yaml\nemit: [{gguf: o.gguf}]\n"),
    ])
    #expect(try load(folder, settings: ["calibrate.tokens=4096"]).base.calibration?.budget.tokens == 4096)
    #expect(
      try mistakes(folder, settings: ["extends=other.yaml"]) == [
        "--set extends: error: found extends, expected it in the file: --set changes what the files come to"
      ])
  }

  @Test("tells mistakes where they stand")
  func positions() throws {
    let folder = try made([
      ("parts/model.yaml", "planish: 1\nmodel: {path: m, paht: n}\nquantize: {type: q4_0, solver: gtpq}\n"),
      ("p.yaml", "extends: parts/model.yaml\nemit: [{ggfu: o.gguf}]\n"),
    ])
    #expect(
      try mistakes(folder) == [
        "p.yaml:2:9: error: found the unknown writer 'ggfu', expected one of gguf, gptq; did you mean 'gguf'?",
        "parts/model.yaml:2:18: error: found the unknown key 'paht' in model, expected one of path, pre_tokenizer, drop, adapters; did you mean 'path'?",
        "parts/model.yaml:3:32: error: found the unknown solver 'gtpq', expected one of rtn, gptq; did you mean 'gptq'?",
      ])
  }

  @Test("refuses circles, however they are written")
  func circles() throws {
    let folder = try made([
      ("p.yaml", "extends: parts/a.yaml\n" + smallPipeline),
      ("parts/a.yaml", "extends: ../parts/b.yaml\nname: a\n"),
      ("parts/b.yaml", "calibrate: {extends: ./a.yaml}\n"),
    ])
    let found = try mistakes(folder)
    let circle = try #require(found.first { $0.contains("extends itself") })
    #expect(circle.hasPrefix("parts/../parts/b.yaml:1:22: error: found a file that extends itself ("))
    #expect(circle.hasSuffix("expected an end; take one of these `extends` out"))
    let own = try made([("p.yaml", "extends: p.yaml\n" + smallPipeline)])
    #expect(
      try mistakes(own) == [
        "p.yaml:1:10: error: found a file that extends itself (p.yaml → p.yaml), expected an end; take one of these `extends` out"
      ])
  }

  @Test("names what cannot be read where it was asked for")
  func unreadable() throws {
    let folder = try made([
      ("p.yaml", "extends: [gone.yaml, list.yaml, broken.yaml, [], '', {a: b}]\n" + smallPipeline),
      ("list.yaml", "- a\n"), ("broken.yaml", "a: {b\n"),
    ])
    #expect(
      try mistakes(folder) == [
        "broken.yaml:2:1: error: not valid YAML: did not find expected ',' or '}' (while parsing a flow mapping)",
        "list.yaml:1:1: error: found a list, expected a mapping: p.yaml extends this file",
        "p.yaml:1:11: error: found the file 'gone.yaml', which cannot be read: cannot open it: No such file or directory",
        "p.yaml:1:46: error: found an empty list, expected the path of a file to extend",
        "p.yaml:1:50: error: found '', expected the path of a file to extend",
        "p.yaml:1:54: error: found a mapping, expected the path of a file to extend",
      ])
    let nothing = try made([("p.yaml", "extends: []\n" + smallPipeline)])
    #expect(try mistakes(nothing) == ["p.yaml:1:10: error: found an empty list, expected a path or a list of paths"])
  }

  @Test("has an end, however often files name each other")
  func limits() throws {
    var files = [("p.yaml", "extends: f0.yaml\n" + smallPipeline)]
    for depth in 0..<8 { files.append(("f\(depth).yaml", "extends: [f\(depth + 1).yaml, f\(depth + 1).yaml]\n")) }
    files.append(("f8.yaml", "name: deep\n"))
    let found = try mistakes(try made(files))
    #expect(found.contains { $0.hasSuffix("error: found more than 64 files to extend, expected fewer") })
    var chain = [("p.yaml", "extends: g0.yaml\n" + smallPipeline)]
    for depth in 0..<20 { chain.append(("g\(depth).yaml", "extends: g\(depth + 1).yaml\n")) }
    #expect(
      try mistakes(try made(chain)) == [
        "g15.yaml:1:10: error: found more than 16 files that extend each other, expected fewer"
      ])
  }

  @Test("protects the files that it reads")
  func protection() throws {
    let folder = try made([
      ("parts/model.yaml", model), ("p.yaml", "extends: parts/model.yaml\nemit: [{gguf: parts/model.yaml}]\n"),
    ])
    #expect(
      try mistakes(folder).contains {
        $0.contains("found the path 'parts/model.yaml', which would be written over")
          && $0.hasSuffix("parts/model.yaml reads it")
      })
  }
}
