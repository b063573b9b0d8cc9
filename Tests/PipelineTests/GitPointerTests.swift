import Calibration
import Checkpoints
import Foundation
import Models
import Tensors
import TestSupport
import Testing
import Tokenizers
import Validation

/// Files that Git keeps elsewhere: every reader names the pointer that lies in their place, and what to do.
@Suite struct GitPointerTests {
  private static let pointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "ab", count: 32))\nsize 524912\n"

  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  private func expectPointer(_ file: String, _ read: () throws -> Void) throws {
    let path = folder.path(file)
    do {
      try read()
      Issue.record("\(file) was read")
    } catch {
      let text = "\(error)"
      let says = ["\(path): found a Git LFS pointer", "524912 bytes", "git lfs pull"]
      #expect(says.allSatisfy { text.contains($0) }, "\(text)")
    }
  }

  @Test(arguments: [
    "config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
  ])
  func aModelsFiles(_ name: String) throws {
    try TinyModel().write(to: folder)
    try folder.write("model/\(name)", Self.pointer)
    try expectPointer("model/\(name)") {
      let model = try ModelSource(path: folder.path("model"), on: .all)
      _ = try Tokenizer(of: model, preTokenizer: nil)
    }
  }

  @Test(arguments: [
    "quantize_config.json", "quant_config.json", "chat_template.jinja", "special_tokens_map.json", "added_tokens.json",
  ])
  func filesThatAModelNeedNotHave(_ name: String) throws { try aModelsFiles(name) }

  @Test func shardsAndTheirIndex() throws {
    try TinyModel { $0.shards = 2 }.write(to: folder)
    let index = try Data(contentsOf: URL(filePath: folder.path("model/model.safetensors.index.json")))
    for name in ["model.safetensors.index.json", "model-00002-of-00002.safetensors"] {
      try folder.write("model/model.safetensors.index.json", Array(index))
      try folder.write("model/\(name)", Self.pointer)
      try expectPointer("model/\(name)") { _ = try HuggingFaceFolder(path: folder.path("model")) }
    }
  }

  @Test(arguments: ["tokenizer.model", "vocab.txt"])
  func otherTokenizers(_ name: String) throws {
    try folder.write("words/\(name)", Self.pointer)
    try expectPointer("words/\(name)") { _ = try Tokenizer.load(folder: folder.path("words")) }
  }

  @Test func filesByThemselves() throws {
    for name in ["model.gguf", "imatrix.dat", "imatrix.gguf", "text.txt", "text.jsonl", "tasks.jsonl"] {
      try folder.write(name, Self.pointer)
    }
    try expectPointer("model.gguf") { _ = try GGUFFile(path: folder.path("model.gguf")) }
    for name in ["imatrix.dat", "imatrix.gguf"] {
      try expectPointer(name) { _ = try ImportanceMatrix(contentsOf: folder.path(name)) }
    }
    try expectPointer("text.txt") { _ = try Corpus(path: folder.path("text.txt")).documents() }
    try expectPointer("text.jsonl") { _ = try Corpus(path: folder.path("text.jsonl"), field: "text").documents() }
    try expectPointer("tasks.jsonl") { _ = try TaskSuite(name: "t", contentsOf: folder.path("tasks.jsonl")) }
  }

  /// A text that quotes a pointer is none.
  @Test func textsAreNoPointers() throws {
    for text in [Self.pointer + String(repeating: "text ", count: 400), " " + Self.pointer, "version 1\n"] {
      let path = try folder.write("text.txt", text)
      #expect(try Corpus(path: path).documents().count == 1)
    }
  }
}
