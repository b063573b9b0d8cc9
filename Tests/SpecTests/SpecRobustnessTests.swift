import Spec
import TestSupport
import Testing

@Suite("Reading a pipeline file")
struct SpecRobustnessTests {
  @Test("survives any damage, and says where it is", arguments: 0..<8 as Range<UInt64>)
  func mutations(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let folder = try TemporaryFolder()
    let original = Array(examplePipeline.utf8)
    let spices = Array("{}[]:,-*&!|>'\"#%@`?~\n\t 0ä\0".utf8)
    var failures = 0
    for _ in 0..<150 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes.insert(spices[Int.random(in: 0..<spices.count, using: &random)], at: index)
        case 2: bytes[index] = spices[Int.random(in: 0..<spices.count, using: &random)]
        default: bytes.removeLast(bytes.count - max(1, index))
        }
      }
      let path = try folder.write("p.yaml", bytes)
      do throws(SpecErrors) {
        _ = try PipelineFile.load(path: path, registries: testRegistries)
      } catch {
        failures += 1
        #expect(!error.diagnostics.isEmpty)
        #expect(error.diagnostics.allSatisfy { $0.file == path && $0.line != nil && !$0.message.isEmpty })
      }
    }
    #expect(failures > 50)
  }

  @Test("counts lines and columns as editors do", arguments: ["\n", "\r\n"])
  func columns(_ newline: String) throws {
    let text =
      "# größe 🙂\nplanish: 1\nmodel: {path: größe🙂, paht: x, path: y}\nquantize: {type: q4_0}\nemit: [{gguf: a}]\n"
    #expect(
      try mistakes(text.replacing("\n", with: newline)) == [
        "p.yaml:3:23: error: found the unknown key 'paht' in model, expected one of path, pre_tokenizer, drop, adapters; did you mean 'path'?",
        "p.yaml:3:32: error: found the key 'path' again, expected it once; the first is on line 3",
      ])
  }

  @Test("shortens and disarms what it quotes")
  func quoting() throws {
    let found = try mistakes(smallPipeline + "\"\\e[31m\(String(repeating: "x", count: 100))\": 1\n")
    #expect(
      found.first == "p.yaml:5:1: error: found the unknown key '\\u{1b}[31m\(String(repeating: "x", count: 55))…' "
        + "at the top level")
  }

  @Test(
    "leaves links in the middle of a path to the system and folds only the way up",
    arguments: [
      ("out.gguf", "/pipelines/out.gguf"), ("./a//b/", "/pipelines/a/b"), ("../x/../y", "/x/../y"), ("..", ""),
    ])
  func paths(_ written: String, _ expected: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("pipelines/p.yaml", smallPipeline.replacing("path: model", with: "path: \(written)"))
    let spec = try PipelineFile.load(path: path, settings: ["emit.0.gguf=/o"], registries: testRegistries).base
    #expect(spec.model.path.absolute.hasSuffix(folder.url.lastPathComponent + expected))
    #expect(spec.model.path.written == written)
  }
}
