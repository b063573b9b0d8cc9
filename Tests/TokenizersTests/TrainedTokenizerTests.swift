import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// Tiny tokenizers that PyPI's libraries trained, and the ids that they give (`Fixtures/tiny-models.py`).
struct TrainedTokenizer: Sendable, CustomTestStringConvertible {
  let name: String
  let files: [String: [UInt8]]
  let cases: [(text: String, ids: [Int32])]

  var testDescription: String { name }
  /// Whether the expectations hold what is put around texts.
  var addsSpecialTokens: Bool { files["tokenizer.model"] == nil }

  private struct Broken: Error {}

  static func all() throws -> [TrainedTokenizer] {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = tests.appending(path: "Fixtures/tiny-models.json").path(percentEncoded: false)
    return try (JSONValue(contentsOf: path).asArray ?? []).map { entry in
      guard let members = entry.asMembers, let name = members["name"]?.asString, let cases = members["cases"]?.asArray
      else { throw Broken() }
      var files: [String: [UInt8]] = [:]
      for (file, content) in members["files"]?.asMembers?.elements ?? [] {
        files[file] = Array((content.asString ?? "").utf8)
      }
      if let model = members["model"]?.asString.flatMap({ Data(base64Encoded: $0) }) {
        files["tokenizer.model"] = Array(model)
      }
      return TrainedTokenizer(
        name: name, files: files,
        cases: try cases.map { entry in
          guard let text = entry.asMembers?["text"]?.asString, let ids = entry.asMembers?["ids"]?.asArray else {
            throw Broken()
          }
          return (text, ids.compactMap { $0.asInteger.flatMap { Int32(exactly: $0) } })
        })
    }
  }

  static func named(_ name: String) throws -> TrainedTokenizer {
    try #require(all().first { $0.name == name })
  }

  func load() throws -> Tokenizer {
    let folder = try TemporaryFolder()
    for (name, content) in files { try folder.write(name, content) }
    return try .load(folder: folder.url.path)
  }
}

@Suite struct TrainedTokenizerTests {
  @Test(arguments: try TrainedTokenizer.all())
  func givesTheIDsOfTheLibrary(_ trained: TrainedTokenizer) throws {
    let tokenizer = try trained.load()
    for (text, ids) in trained.cases {
      let found = try tokenizer.encode(text, special: trained.addsSpecialTokens ? .addAndParse : .none)
      #expect(found == ids, "\(text.debugDescription)")
    }
  }

  /// A product of the tokenizer has the same ids, as far as llama.cpp prepares texts as the library does.
  @Test(arguments: [
    "SentencePiece", "SentencePiece that keeps spaces", "XLM-RoBERTa", "BERT", "BERT, cased", "BERT, accents stay",
    "BERT's words",
  ])
  func metadataGiveTheSameIDs(_ name: String) throws {
    let trained = try TrainedTokenizer.named(name)
    let tokenizer = try trained.load()
    let vocabulary = try tokenizer.ggufVocabulary()
    var metadata = GGUFMetadata(path: "again.gguf")
    for (key, value) in vocabulary.metadata { metadata[key] = value }
    let isSame = try GGUFVocabulary(metadata) == vocabulary
    #expect(isSame)
    let again = try Tokenizer(vocabulary, file: "again.gguf")
    let isSameAgain = try again.ggufVocabulary() == vocabulary
    #expect(isSameAgain)
    // The library looks at graphemes and keeps rarer white space apart; a word of more than 30 characters is unknown.
    let apart = ["\u{85}", "e\u{301}", "qqqq", "antidis", "\u{2581}"]
    var compared = 0
    for (text, _) in trained.cases where !apart.contains(where: { text.contains($0) }) {
      let ids = try tokenizer.encode(text, special: .addAndParse)
      #expect(try again.encode(text, special: .addAndParse) == ids, "\(text.debugDescription)")
      compared += 1
    }
    #expect(compared > 8)
  }

  @Test func modelsThatFallBackToBytesHaveNoMetadata() throws {
    for name in ["SentencePiece with bytes", "Unigram with bytes"] {
      let tokenizer = try TrainedTokenizer.named(name).load()
      let error = try #require(throws: TokenizerError.self) { try tokenizer.ggufVocabulary() }
      #expect("\(error)".contains("falls back to bytes"))
    }
  }

  @Test func otherPreparationsOfWordPiecesHaveNoMetadata() throws {
    let tokenizer = try TrainedTokenizer.named("BERT, plain").load()
    let error = try #require(throws: TokenizerError.self) { try tokenizer.ggufVocabulary() }
    #expect("\(error)".contains("another way than BERT's"))
  }

  @Test func textsComeBackFromUnigrams() throws {
    let tokenizer = try TrainedTokenizer.named("SentencePiece with bytes").load()
    for text in ["hello world", "你好 👍🏽", "x"] {
      #expect(try tokenizer.decode(tokenizer.encode(text, special: .none)) == text)
    }
    let pieces = try TrainedTokenizer.named("BERT").load()
    #expect(
      try pieces.decode(pieces.encode("Unaffordable CAFÉ, isn't", special: .none)) == " unaffordable cafe , isn ' t")
  }

  @Test func vocabulariesOfWordsAreChecked() throws {
    for (contents, message) in [
      ("[UNK]\n[CLS]\n[SEP]\na\na\n", "line 5: \"a\" stands in line 4 as well"), ("a\n", "expected the tokens [UNK]"),
    ] {
      let folder = try TemporaryFolder()
      try folder.write("vocab.txt", contents)
      let error = try #require(throws: TokenizerError.self) { try Tokenizer.load(folder: folder.url.path) }
      #expect("\(error)".contains(message), "\(error)")
    }
  }
}
