import TestSupport
import Testing
import Tokenizers

@Suite struct UnigramTests {
  private static func vocabulary(_ change: (inout GGUFVocabulary) -> Void = { _ in }) -> GGUFVocabulary {
    var result = GGUFVocabulary(
      model: .t5, tokens: ["<unk>", "</s>", "\u{2581}", "a", "b", "ab", "aba", "\u{2581}a", "<tool>"],
      types: [.unknown, .control, .normal, .normal, .normal, .normal, .normal, .normal, .userDefined],
      scores: [0, 0, -2, -3, -3.5, -4, -9, -4.5, -1], eos: 1, unknown: 0)
    result.removesExtraSpaces = true
    change(&result)
    return result
  }

  /// Every way to cut a text is tried, and the one with the largest sum is taken.
  @Test func theBestOfAllWaysIsTaken() throws {
    let vocabulary = Self.vocabulary {
      $0.addsSpacePrefix = false
      // Sums of these are exact, and no two ways cost the same.
      $0.scores = [0, 0, -2, -3.0625, -3.5, -4.125, -7.015625, -4.5, -1]
    }
    let tokenizer = try Tokenizer(vocabulary, file: "t.gguf")
    var random = SeededRandom(seed: 9)
    for _ in 0..<60 {
      let text = (0..<Int.random(in: 1...9, using: &random)).map { _ in Bool.random(using: &random) ? "a" : "b" }
        .joined()
      let best = Self.ways(Array(text.utf8)[...], vocabulary).max { $0.score < $1.score }
      #expect(try tokenizer.encode(text, special: .none) == best?.ids, "\(text)")
    }
  }

  private static func ways(_ text: ArraySlice<UInt8>, _ vocabulary: GGUFVocabulary) -> [(ids: [Int32], score: Float)] {
    guard !text.isEmpty else { return [([], 0)] }
    return (3...6).flatMap { id -> [(ids: [Int32], score: Float)] in
      guard text.starts(with: vocabulary.tokens[id].utf8) else { return [] }
      return ways(text.dropFirst(vocabulary.tokens[id].utf8.count), vocabulary).map {
        ([Int32(id)] + $0.ids, $0.score + (vocabulary.scores?[id] ?? 0))
      }
    }
  }

  @Test(
    arguments: [
      ("  a  b ", [7, 2, 4, 1]), ("", [1]), (" ", [1]), ("xyz a", [2, 0, 7, 1]), ("ab<tool> ab", [2, 5, 8, 2, 5, 1]),
      ("</s>", [1, 1]),
    ] as [(String, [Int32])])
  func textsAreTakenAsLlamaCppTakesThem(_ text: String, _ ids: [Int32]) throws {
    #expect(try Tokenizer(Self.vocabulary(), file: "t.gguf").encode(text, special: .addAndParse) == ids)
  }

  static let mutations: [(String, @Sendable (inout GGUFVocabulary) -> Void)] = [
    ("8 scores for 9 tokens", { $0.scores?.removeLast() }), ("the score is not a number", { $0.scores?[3] = .nan }),
    ("precompiled_charsmap: 3 bytes", { $0.characterMap = [1, 2, 3] }),
    ("its trie has 8 bytes, of 4", { $0.characterMap = [8, 0, 0, 0, 1, 2, 3, 4] }),
    ("its trie has 0 bytes", { $0.characterMap = [0, 0, 0, 0, 1] }),
    ("its trie has 3 bytes", { $0.characterMap = [3, 0, 0, 0, 1, 2, 3, 4] }),
  ]

  @Test(arguments: mutations.indices)
  func namesWhatIsWrong(_ index: Int) throws {
    let (message, change) = Self.mutations[index]
    let vocabulary = Self.vocabulary { change(&$0) }
    let error = try #require(throws: TokenizerError.self) { try Tokenizer(vocabulary, file: "wrong.gguf") }
    #expect("\(error)".contains(message) && "\(error)".contains("wrong.gguf"), "\(error)")
  }

  /// Damaged tables of replacements may give other texts, and never crash.
  @Test func damagedTablesNeverCrash() throws {
    let whole = try #require(TrainedTokenizer.named("SentencePiece").load().ggufVocabulary().characterMap)
    var random = SeededRandom(seed: 21)
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<8 {
        bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let tokenizer = try Tokenizer(Self.vocabulary { $0.characterMap = bytes }, file: "t.gguf")
      _ = try tokenizer.encode("A e\u{301} \u{FB01} \u{BD}\u{2003}x\u{2167}", special: .none)
    }
  }

  @Test func anUncoveredTextWithoutAnUnknownTokenIsRefused() throws {
    let tokenizer = try Tokenizer(Self.vocabulary { $0.unknown = nil }, file: "t.gguf")
    #expect(throws: TokenizerError.uncovered(text: "\u{E9}")) { try tokenizer.encode("a\u{E9}", special: .none) }
  }
}
