import TestSupport
import Testing
import Tokenizers

/// Scores in the place of merges look at every way to part a token.
@Suite struct MergeScoresTests {
  private static func tokenizer(lengths: [Int]) throws -> Tokenizer {
    let tokens = lengths.map { String(repeating: "a", count: $0) }
    let vocabulary = tokens.enumerated().map { "\"\($1)\": \($0 + 1)" }.joined(separator: ", ")
    let json = """
      {"normalizer": {"type": "Replace", "pattern": {"String": " "}, "content": "\u{2581}"},
      "model": {"type": "BPE", "unk_token": "<unk>", "vocab": {"<unk>": 0, \(vocabulary)}, "merges": []}}
      """
    return try Tokenizer(json: Array(json.utf8), file: "t.json")
  }

  @Test func tokensUpToAThousandBytesHaveScores() throws {
    #expect(try Self.tokenizer(lengths: [1, 1024]).ggufVocabulary().scores?.count == 3)
  }

  /// A token of a megabyte is refused at once: looking at every way to part it would take hours.
  @Test(arguments: [1025, 1 << 20])
  func longerTokensAreRefused(_ length: Int) throws {
    let tokenizer = try Self.tokenizer(lengths: [1, length])
    var error: TokenizerError?
    let time = ProcessorTime.measure { error = #expect(throws: TokenizerError.self) { try tokenizer.ggufVocabulary() } }
    #expect("\(error.map { "\($0)" } ?? "")".contains("token 2 has \(length) bytes; expected at most 1024"))
    #expect(time < 2)
  }

  /// Loading it takes no longer than its length asks for.
  @Test func aTokenOfAMegabyteIsReadQuickly() throws {
    let long = String(repeating: "a", count: 1 << 20)
    let vocabulary = (["<unk>", "a", "b"] + (0..<400).map { "b\($0)" }).enumerated().map { "\"\($1)\": \($0)" }
    let joined = (0..<400).map { "\"\(long)b\($0)\": \(404 + $0)" }.prefix(40)
    let merges = (0..<40).map { "\"\(long) b\($0)\"" }.joined(separator: ", ")
    let json = """
      {"model": {"type": "BPE", "unk_token": "<unk>", "vocab": {\((vocabulary + ["\"\(long)\": 403"] + joined).joined(separator: ", "))},
      "merges": [\(merges)]}}
      """
    let time = try ProcessorTime.measure { _ = try Tokenizer(json: Array(json.utf8), file: "t.json") }
    #expect(time < 10, "\(time)")
  }
}
