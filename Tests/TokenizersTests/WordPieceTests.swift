import Testing
import Tokenizers

@Suite struct WordPieceTests {
  private static func vocabulary(_ change: (inout GGUFVocabulary) -> Void = { _ in }) -> GGUFVocabulary {
    var result = GGUFVocabulary(
      model: .bert,
      tokens: ["[UNK]", "[CLS]", "[SEP]", "\u{2581}un", "\u{2581}u", "aff", "able", "a", "\u{2581},", "\u{2581}a"],
      types: [.control, .control, .control] + [TokenType](repeating: .normal, count: 7), unknown: 0)
    result.classifier = 1
    result.separator = 2
    change(&result)
    return result
  }

  @Test(
    arguments: [
      ("unaffable", [3, 5, 6]), ("UNAFFABLE, \u{DA}n\u{E1}", [3, 5, 6, 8, 3, 7]), ("una b", [3, 7, 0]), ("", []),
      ("unx", [0]), ("a,a", [9, 8, 9]), ("u\u{B}n", [4, 0]), ("[CLS]", [0, 0, 0]),
    ] as [(String, [Int32])])
  func theLongestPieceGoesFirst(_ text: String, _ ids: [Int32]) throws {
    let tokenizer = try Tokenizer(Self.vocabulary(), file: "t.gguf")
    #expect(try tokenizer.encode(text, special: .none) == ids)
  }

  @Test func textsStandBetweenTwoTokens() throws {
    let tokenizer = try Tokenizer(Self.vocabulary(), file: "t.gguf")
    #expect(try tokenizer.encode("una[SEP]a", special: .addAndParse) == [1, 3, 7, 2, 9, 2])
  }

  @Test func caseAndAccentsStayWhereTheFileSaysSo() throws {
    let cased = try Tokenizer(Self.vocabulary { $0.lowercases = false }, file: "t.gguf")
    #expect(try cased.encode("un UN \u{FA}n", special: .none) == [3, 0, 0])
    let stripped = try Tokenizer(
      Self.vocabulary {
        $0.lowercases = false
        $0.stripsAccents = true
      }, file: "t.gguf")
    #expect(try stripped.encode("un UN \u{FA}n", special: .none) == [3, 0, 3])
  }

  /// llama.cpp takes the rows of BERT's own vocabulary where a file names no special tokens.
  @Test func specialTokensThatAreNoRowsAreRefused() throws {
    let error = try #require(throws: TokenizerError.self) {
      try Tokenizer(Self.vocabulary { $0.classifier = nil }, file: "t.gguf")
    }
    #expect("\(error)".contains("bos_token_id") && "\(error)".contains("101"), "\(error)")
  }
}
