import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

/// llama.cpp's own vocabularies, each with texts and the ids that it gives them.
@Suite(.enabled(if: SharedMaterial.isPresent, "needs ../shared"))
struct GGUFVocabularyTests {
  static let names = [
    "bert-bge", "gemma-4", "gpt-2", "llama-bpe", "qwen2", "deepseek-coder", "starcoder", "llama-spm", "phi-3",
  ]

  static func path(_ name: String) -> String { SharedMaterial.path("tokenizers/ggml-vocab-\(name).gguf") }

  static func vocabulary(_ name: String) throws -> GGUFVocabulary {
    try GGUFVocabulary(GGUFFile(path: path(name)).metadata)
  }

  @Test(arguments: names)
  func givesTheIDsOfLlamaCpp(_ name: String) throws {
    let path = Self.path(name)
    let tokenizer = try Tokenizer(Self.vocabulary(name), file: path)
    let texts = try String(contentsOfFile: path + ".inp", encoding: .utf8)
      .split(separator: "\n__ggml_vocab_test__\n", omittingEmptySubsequences: false)
    let lines = try String(contentsOfFile: path + ".out", encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    try #require(texts.count > 40 && lines.count >= texts.count)
    for (text, line) in zip(texts, lines) {
      let ids = try tokenizer.encode(String(text), special: .none)
      #expect(ids == line.split(separator: " ").compactMap { Int32($0) }, "\(text.debugDescription)")
      // BERT's vocabularies lose case, accents and spaces.
      if name.hasPrefix("bert") { continue }
      #expect(try tokenizer.decode(ids).utf8.elementsEqual(text.utf8), "\(text.debugDescription)")
    }
  }

  /// What is read comes out again, so that a GGUF file made from a GGUF file has the same tokenizer.
  @Test(arguments: names)
  func metadataSurviveTheRoundTrip(_ name: String) throws {
    let vocabulary = try Self.vocabulary(name)
    let tokenizer = try Tokenizer(vocabulary, file: name)
    var written = try tokenizer.ggufVocabulary()
    // What the file leaves to habit is written out.
    if vocabulary.model != .bert {
      #expect(written.addsBOS == tokenizer.addsBOS && written.addsEOS == tokenizer.addsEOS)
    }
    written.addsBOS = vocabulary.addsBOS
    written.addsEOS = vocabulary.addsEOS
    if vocabulary.addsSpacePrefix == nil { written.addsSpacePrefix = nil }
    // Compared outside the macro, which would print every token.
    let isSame = [
      "tokens": written.tokens == vocabulary.tokens, "types": written.types == vocabulary.types,
      "scores": written.scores == vocabulary.scores, "merges": written.merges == vocabulary.merges,
      "pre": written.preTokenizer == vocabulary.preTokenizer, "all": written == vocabulary,
    ]
    #expect(isSame.filter { !$0.value }.isEmpty)
    var metadata = GGUFMetadata(path: "again.gguf")
    for (key, value) in written.metadata { metadata[key] = value }
    let isSameAgain = try GGUFVocabulary(metadata) == written
    #expect(isSameAgain)
  }
}
