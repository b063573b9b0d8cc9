import Calibration
import TestSupport
import Testing
import Tokenizers

struct TokenSamplerTests {
  private let folder: TemporaryFolder
  private static let context = 8

  init() throws {
    folder = try TemporaryFolder()
  }

  private func sampler(addsBOS: Bool = true, vocabularySize: Int = TinyTokenizer.vocabularySize) throws -> TokenSampler
  {
    let tokenizer = try Tokenizer.load(folder: try TinyTokenizer.write(to: folder, addsBOS: addsBOS))
    return TokenSampler(tokenizer, vocabularySize: vocabularySize)
  }

  /// Random letters: any two windows differ.
  private func text(_ letters: Int, seed: UInt64) -> String {
    var random = SeededRandom(seed: seed)
    return String(
      String.UnicodeScalarView((0..<letters).map { _ in UnicodeScalar(UInt8.random(in: 97...122, using: &random)) }))
  }

  /// The windows of a text as the sampler should cut it, each with its first token replaced where there is a BOS.
  private func windows(_ text: String, bos: Bool) -> [[Int32]] {
    let stream = (bos ? [TinyTokenizer.bos] : []) + TinyTokenizer.ids(text)
    return (0..<stream.count / Self.context).map { window in
      var tokens = Array(stream[window * Self.context..<(window + 1) * Self.context])
      if bos { tokens[0] = TinyTokenizer.bos }
      return tokens
    }
  }

  private func sequences(_ sample: TokenSequences) -> [[Int32]] {
    (0..<sample.count).map { Array(sample[$0]) }
  }

  private func leading(_ corpora: [TokenSequences]) -> [[Int32]] {
    corpora.flatMap { sequences($0) }
  }

  @Test(arguments: [true, false])
  func windowsAreDistinctPartsOfTheText(addsBOS: Bool) throws {
    let text = text(1000, seed: 1)
    let corpus = Corpus(path: try folder.write("a.txt", text))
    let sample = try sampler(addsBOS: addsBOS).sample([corpus], tokens: 320, context: Self.context, seed: 5)
    #expect(sample.tokens.count == 320 && sample.length == 8 && sample.count == 40)
    let all = windows(text, bos: addsBOS)
    let chosen = sequences(sample).map { all.firstIndex(of: $0) }
    #expect(!chosen.contains(nil))
    #expect(Set(chosen).count == 40)
    #expect(chosen.compactMap { $0 } == chosen.compactMap { $0 }.sorted())
  }

  /// Nothing is reserved for what was only asked for.
  @Test func moreTokensThanAnyMachineHoldsAreTooMany() throws {
    let path = try folder.write("a.txt", text(100, seed: 1))
    let error = #expect(throws: CalibrationError.self) {
      try sampler().sample([Corpus(path: path)], tokens: 1 << 40, context: Self.context, seed: 5)
    }
    #expect(error.map { "\($0)" }?.contains(path) == true)
    #expect(throws: CalibrationError.self) {
      try sampler().leading([Corpus(path: path)], tokens: 1 << 40, context: Self.context)
    }
  }

  @Test func aSeedDecidesWhatIsChosen() throws {
    let corpus = Corpus(path: try folder.write("a.txt", text(2000, seed: 2)))
    let sampler = try sampler()
    func sample(_ seed: UInt64) throws -> TokenSequences {
      try sampler.sample([corpus], tokens: 400, context: Self.context, seed: seed)
    }
    #expect(try sample(7) == sample(7))
    #expect(try sample(7).digest() == sample(7).digest())
    #expect(try sample(7) != sample(8))
    #expect(try sample(7).digest() != sample(8).digest())
  }

  @Test func everyWindowIsChosenAboutEquallyOften() throws {
    let text = text(47, seed: 12)
    let corpus = Corpus(path: try folder.write("a.txt", text))
    let sampler = try sampler()
    let all = windows(text, bos: true)
    var counts = [Int](repeating: 0, count: 6)
    for seed in 0..<3000 {
      let sample = try sampler.sample([corpus], tokens: 24, context: Self.context, seed: UInt64(seed))
      for window in sequences(sample) { counts[try #require(all.firstIndex(of: window))] += 1 }
    }
    // Four standard deviations of a binomial count of 3000 trials with probability 1/2.
    #expect(counts.allSatisfy { abs($0 - 1500) < 110 })
  }

  @Test func allOfATextIsTakenWhenAllIsNeeded() throws {
    let text = text(87, seed: 3)
    let corpus = Corpus(path: try folder.write("a.txt", text))
    let sample = try sampler().sample([corpus], tokens: 88, context: Self.context, seed: 1)
    #expect(sequences(sample) == windows(text, bos: true))
  }

  @Test func sharesAreOfSequences() throws {
    let first = text(1000, seed: 4)
    let second = text(1000, seed: 5)
    let corpora = [
      Corpus(path: try folder.write("a.txt", first), share: 0.7),
      Corpus(path: try folder.write("b.txt", second), share: 0.3),
    ]
    let sample = try sampler().sample(corpora, tokens: 800, context: Self.context, seed: 1)
    let all = sequences(sample)
    #expect(all.count == 100)
    #expect(all.prefix(70).allSatisfy(windows(first, bos: true).contains))
    #expect(all.suffix(30).allSatisfy(windows(second, bos: true).contains))
  }

  @Test func textsThatAreTooShortSayByHowMuch() throws {
    let path = try folder.write("a.txt", text(86, seed: 6))
    let sampler = try sampler()
    // 87 tokens with BOS make 10 windows of 8.
    let expected = CalibrationError.tooShort(path: path, tokens: 87, needed: 88, context: 8)
    #expect(throws: expected) {
      try sampler.sample([Corpus(path: path)], tokens: 88, context: Self.context, seed: 1)
    }
    #expect(throws: expected) { try sampler.leading([Corpus(path: path)], tokens: 88, context: Self.context) }
    #expect(expected.description.contains("found 87 tokens, which make 10 sequences of 8; its share is 88 tokens"))
  }

  @Test func aCorpusThatWouldNotBeHeardIsAnError() throws {
    let loud = Corpus(path: try folder.write("a.txt", text(200, seed: 7)), share: 100)
    let silent = Corpus(path: try folder.write("b.txt", text(200, seed: 8)), share: 1)
    let sampler = try sampler()
    let expected = CalibrationError.silentCorpus(path: silent.path, sequences: 2)
    #expect(throws: expected) { try sampler.sample([loud, silent], tokens: 16, context: Self.context, seed: 1) }
    #expect(throws: expected) { try sampler.leading([loud, silent], tokens: 16, context: Self.context) }
  }

  @Test func documentsAreSeparatedByTheEndOfSequence() throws {
    let path = try folder.write("a.jsonl", "{\"text\": \"abc\"}\n{\"text\": \"de\"}\n{\"text\": \"f\"}\n")
    let sample = try sampler(addsBOS: false).leading([Corpus(path: path, field: "text")], tokens: 8, context: 8)
    #expect(sample.map(\.tokens) == [[2, 3, 4, TinyTokenizer.eos, 5, 6, TinyTokenizer.eos, 7]])
  }

  @Test(arguments: [true, false])
  func leadingTokensAreThoseOfTheTextInOrder(addsBOS: Bool) throws {
    let text = text(100, seed: 9)
    let corpus = Corpus(path: try folder.write("a.txt", text))
    let sampler = try sampler(addsBOS: addsBOS)
    let all = windows(text, bos: addsBOS)
    #expect(leading(try sampler.leading([corpus], tokens: 40, context: Self.context)) == Array(all.prefix(5)))
    #expect(leading(try sampler.leading([corpus], tokens: nil, context: Self.context)) == all)
  }

  @Test func leadingTokensOfSeveralTextsGoByShareOrWhole() throws {
    let texts = [text(100, seed: 10), text(60, seed: 11)]
    let corpora = [
      Corpus(path: try folder.write("a.txt", texts[0]), share: 1),
      Corpus(path: try folder.write("b.txt", texts[1]), share: 1),
    ]
    let sampler = try sampler()
    let cut = texts.map { windows($0, bos: true) }
    let half = leading(try sampler.leading(corpora, tokens: 64, context: Self.context))
    #expect(half == Array(cut[0].prefix(4)) + Array(cut[1].prefix(4)))
    #expect(leading(try sampler.leading(corpora, tokens: nil, context: Self.context)) == cut[0] + cut[1])
  }

  @Test func aTextShorterThanOneSequenceIsAnError() throws {
    let path = try folder.write("a.txt", "abc")
    let sampler = try sampler()
    #expect(throws: CalibrationError.tooShort(path: path, tokens: 4, needed: 8, context: 8)) {
      try sampler.leading([Corpus(path: path)], tokens: nil, context: Self.context)
    }
  }

  @Test func tokensOfAnotherModelAreRefused() throws {
    let corpus = Corpus(path: try folder.write("a.txt", "abcdefghijklmnopqrstuvwxyz"))
    let sampler = try sampler(vocabularySize: 20)
    #expect(
      throws: CalibrationError.tokenOutsideVocabulary(path: corpus.path, token: 20, vocabularySize: 20)
    ) {
      try sampler.sample([corpus], tokens: 8, context: Self.context, seed: 1)
    }
  }

  @Test func textsThatTheTokenizerCannotSpellAreNamed() throws {
    let corpus = Corpus(path: try folder.write("a.txt", "abc 123 abc abc"))
    let sampler = try sampler()
    let error = #expect(throws: CalibrationError.self) {
      try sampler.sample([corpus], tokens: 8, context: Self.context, seed: 1)
    }
    guard case .tokenizer(path: corpus.path, _) = error else {
      Issue.record("expected the tokenizer to fail, not \(String(describing: error))")
      return
    }
  }

  @Test func theDigestIsThatOfLittleEndianTokens() {
    // printf '\x01\x00\x00\x00\x00\x01\x00\x00' | sha256sum
    let digest = "242045e2f1bb37769b514f182fd91b3d215324cb57f187cced1e9c62921dbac3"
    #expect(TokenSequences(tokens: [1, 256], length: 2).digest() == digest)
  }
}
