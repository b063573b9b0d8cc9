import Foundation
import Tensors
import TestSupport
import Testing
import Tokenizers

/// Ids of published and of our own tokenizers, against PyPI's `tokenizers`.
@Suite(.enabled(if: SharedMaterial.isPresent, "needs ../shared"))
struct SharedTokenizerTests {
  static func load(_ file: String) throws -> Tokenizer {
    let data = try Data(contentsOf: URL(filePath: SharedMaterial.path(file)))
    return try Tokenizer(json: Array(data), file: file)
  }

  static func digest(_ ids: [Int32]) -> String {
    var digest = SHA256()
    digest.update(ids.span.bytes)
    return digest.hexadecimal()
  }

  @Test(arguments: SharedExpectation.all)
  func nastyTextsHaveTheSameIDs(_ expectation: SharedExpectation) throws {
    let tokenizer = try Self.load(expectation.file)
    for (index, text) in TokenizerTexts.all.enumerated() {
      let parsed = try tokenizer.encode(text, special: .addAndParse)
      let plain = try tokenizer.encode(text, special: .none)
      #expect(Self.digest(parsed).hasPrefix(expectation.parsed[index]), "\(text.debugDescription): \(parsed)")
      #expect(Self.digest(plain).hasPrefix(expectation.plain[index]), "\(text.debugDescription): \(plain)")
    }
  }

  @Test(arguments: SharedExpectation.all)
  func corporaHaveTheSameIDs(_ expectation: SharedExpectation) throws {
    let tokenizer = try Self.load(expectation.file)
    for corpus in expectation.corpora {
      let path = SharedMaterial.path("corpora/\(corpus.name).txt")
      let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
      let ids = try tokenizer.encode(text, special: .none)
      #expect(ids.count == corpus.count)
      #expect(Self.digest(ids).hasPrefix(corpus.digest), "\(corpus.name)")
    }
  }
}
