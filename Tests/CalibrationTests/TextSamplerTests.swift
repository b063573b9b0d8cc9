import Calibration
import TestSupport
import Testing
import Tokenizers

/// Whole texts as sequences.
struct TextSamplerTests {
  private let folder: TemporaryFolder
  private let tokenizer: Tokenizer
  private let sampler: TokenSampler

  init() throws {
    folder = try TemporaryFolder()
    try EncoderFixture.write("bert-mean", to: folder)
    tokenizer = try Tokenizer.load(folder: folder.path("model"))
    sampler = TokenSampler(tokenizer, vocabularySize: 384)
  }

  private func sequences(_ texts: TokenSequences) -> [[Int32]] { (0..<texts.count).map { Array(texts[$0]) } }

  private func encode(_ text: String) throws -> [Int32] { try tokenizer.encode(text, special: .addAndParse) }

  @Test(arguments: ["\n", "\r\n"])
  func linesAreTextsBetweenSpecialTokens(end: String) throws {
    let lines = ["the hammer", "rings on metal", "", "  ", "thin"]
    let corpus = Corpus(path: try folder.write("a.txt", lines.joined(separator: end)))
    let texts = try #require(try sampler.leadingTexts([corpus], tokens: nil, context: 64).first)
    #expect(try sequences(texts) == [lines[0], lines[1], lines[4]].map(encode))
    #expect(texts.length == (try encode(lines[1]).count))
    let cls = try #require(tokenizer.opening.first)
    let sep = try #require(tokenizer.closing.first)
    #expect(sequences(texts).allSatisfy { $0.first == cls && $0.last == sep })
  }

  @Test func documentsOfJSONLinesAreTexts() throws {
    let path = try folder.write("a.jsonl", "{\"text\": \"the hammer\\nrings\"}\n{\"text\": \"on metal\"}\n")
    let texts = try sampler.leadingTexts([Corpus(path: path, field: "text")], tokens: nil, context: 64)
    #expect(try texts.map(sequences) == [[encode("the hammer\nrings"), encode("on metal")]])
  }

  @Test func longTextsAreCutBeforeTheClosingToken() throws {
    let corpus = Corpus(path: try folder.write("a.txt", TinyText.words(count: 11, seed: 1)))
    let texts = try #require(try sampler.leadingTexts([corpus], tokens: nil, context: 8).first)
    let whole = try encode(TinyText.words(count: 11, seed: 1))
    #expect(sequences(texts) == [Array(whole.prefix(7)) + tokenizer.closing])
  }

  @Test func specialTokensAreNotReadFromTexts() throws {
    let corpus = Corpus(path: try folder.write("a.txt", "the [SEP] hammer\n"))
    let texts = try #require(try sampler.leadingTexts([corpus], tokens: nil, context: 64).first)
    #expect(texts.tokens.count { tokenizer.closing.contains($0) } == 1)
  }

  @Test func aSampleIsWholeTextsChosenBySeed() throws {
    let corpus = Corpus(path: try folder.write("a.txt", EncoderFixture.texts(count: 200, seed: 3)))
    let all = try #require(try sampler.leadingTexts([corpus], tokens: nil, context: 64).first)
    let sample = try sampler.sampleTexts([corpus], tokens: 640, context: 64, seed: 5)
    #expect((577...640).contains(sample.tokens.count))
    let known = Set(sequences(all))
    #expect(sequences(sample).allSatisfy(known.contains))
    #expect(try sampler.sampleTexts([corpus], tokens: 640, context: 64, seed: 5) == sample)
    #expect(try sampler.sampleTexts([corpus], tokens: 640, context: 64, seed: 6) != sample)
  }

  @Test func sharesAreOfTokens() throws {
    let corpora = try [3.0, 1].enumerated().map { index, share in
      Corpus(
        path: try folder.write("\(index).txt", EncoderFixture.texts(count: 200, seed: UInt64(index))), share: share)
    }
    let texts = try sampler.leadingTexts(corpora, tokens: 1024, context: 64)
    #expect((705...768).contains(texts[0].tokens.count) && (193...256).contains(texts[1].tokens.count))
  }

  @Test func tooFewTextsAreNamed() throws {
    let corpus = Corpus(path: try folder.write("a.txt", "the hammer\nrings\n"))
    let error = #expect(throws: CalibrationError.self) {
      try sampler.sampleTexts([corpus], tokens: 640, context: 64, seed: 0)
    }
    let words = error?.description ?? ""
    #expect(words.contains("a.txt: found 2 texts with") && words.contains("its share is 640 tokens"), "\(words)")
    let empty = Corpus(path: try folder.write("b.txt", " \n\n"))
    #expect(throws: CalibrationError.empty(path: folder.path("b.txt"))) {
      try sampler.leadingTexts([empty], tokens: nil, context: 64)
    }
  }
}
