import Calibration
import TestSupport
import Testing
import Tokenizers

/// Special tokens that texts spell. The tiny tokenizer has no tokens for their letters, so texts that spell them as
/// plain text need one that has: bytes.
@Suite struct SpelledTokenTests {
  private let folder: TemporaryFolder
  private static let bos: Int32 = 256
  private static let eos: Int32 = 257

  init() throws {
    folder = try TemporaryFolder()
  }

  private func tokenizer(addsBOS: Bool = false) throws -> Tokenizer {
    let vocabulary = (0..<256).map { "\(quoted(PrintableAlphabet.characters[$0])): \($0)" }.joined(separator: ", ")
    try folder.write(
      "model/tokenizer.json",
      """
      {"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false},
      "added_tokens": [{"id": 256, "content": "<s>", "special": true}, {"id": 257, "content": "</s>", "special": true},
      {"id": 258, "content": "<tab>", "special": false}],
      "model": {"type": "BPE", "vocab": {\(vocabulary)}, "merges": []}}
      """)
    try folder.write(
      "model/tokenizer_config.json", #"{"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": \#(addsBOS)}"#)
    return try .load(folder: folder.path("model"))
  }

  private func quoted(_ text: String) -> String { "\"" + (text == "\"" || text == "\\" ? "\\" : "") + text + "\"" }

  private func ids(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }

  @Test(
    arguments: [
      ("no tokens", [:]), ("<s>a</s>", [256: 1, 257: 1]), ("<s><s>a<s>", [256: 3]), ("<tab>", [:]), ("< s>", [:]),
      ("", [:]),
    ] as [(String, [Int32: Int])])
  func theyAreCounted(_ text: String, _ counts: [Int32: Int]) throws {
    #expect(try tokenizer().specialTokens(spelledIn: text) == counts)
  }

  @Test func theyAreTextUnlessTheCorpusSaysOtherwise() throws {
    let path = try folder.write("a.txt", "<s>a</s>b")
    let tokenizer = try tokenizer()
    #expect(try tokenizer.encode(Corpus(path: path)).map(\.ids) == [ids("<s>a</s>b")])
    let parsed = try tokenizer.encode(Corpus(path: path, special: .parse))
    #expect(parsed.map(\.ids) == [[Self.bos] + ids("a") + [Self.eos] + ids("b")])
    #expect(parsed[0].spelled.isEmpty)
  }

  private static let lines = """
    {"text": "<s>a</s>"}
    {"text": "<s>b</s>"}
    {"text": "c"}
    """

  /// What texts write themselves is not written again.
  @Test func textsThatHaveTheirEndsGetNoOthers() throws {
    let path = try folder.write("a.jsonl", Self.lines)
    let corpus = Corpus(path: path, field: "text", special: .parse)
    let expected = [Self.bos] + ids("a") + [Self.eos, Self.bos] + ids("b") + [Self.eos] + ids("c")
    for addsBOS in [false, true] {
      let sampler = TokenSampler(try tokenizer(addsBOS: addsBOS), vocabularySize: 259)
      let sequences = try sampler.leading([corpus], tokens: 7, context: 7)
      #expect(sequences[0].tokens == expected && sequences[0].spelled.isEmpty)
    }
  }

  @Test func samplersTellWhatTheyFound() throws {
    let path = try folder.write("a.jsonl", Self.lines)
    let plain = try folder.write("b.txt", "nothing here but letters")
    let corpora = [Corpus(path: path, field: "text"), Corpus(path: plain)]
    let sampler = TokenSampler(try tokenizer(), vocabularySize: 259)
    let sampled = try sampler.sample(corpora, tokens: 16, context: 4, seed: 1)
    let leading = try sampler.leading(corpora, tokens: 16, context: 4)
    for spelled in [sampled.spelled, leading.flatMap(\.spelled)] {
      #expect(spelled.map(\.path) == [path])
      #expect(spelled[0].counts.map(\.token) == ["</s>", "<s>"] && spelled[0].counts.allSatisfy { $0.times == 2 })
    }
    let texts = try sampler.leadingTexts(corpora, tokens: nil, context: 64)
    #expect(texts.map { $0.spelled.count } == [1, 0])
    #expect(try sampler.sampleTexts([corpora[0]], tokens: 12, context: 64, seed: 1).spelled.count == 1)
  }

  @Test func theWarningNamesTokensAndCorpus() throws {
    let path = try folder.write("a.jsonl", Self.lines + "\n{\"text\": \"</s>\"}")
    let sampler = TokenSampler(try tokenizer(), vocabularySize: 259)
    let sequences = try sampler.leading([Corpus(path: path, field: "text")], tokens: 4, context: 4)
    let warning = try #require(sequences[0].spelled.first).warning("--special")
    #expect(
      warning.contains(path) && warning.contains(#""</s>" 3 times, "<s>" 2 times; --special reads them"#), "\(warning)")
  }
}
