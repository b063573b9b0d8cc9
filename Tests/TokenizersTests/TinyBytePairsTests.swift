import Testing
import Tokenizers

@Suite struct TinyBytePairsTests {
  @Test(arguments: TinyExpectation.all)
  func givesTheIDsOfTheLibrary(_ expectation: TinyExpectation) throws {
    let tokenizer = try TinyBytePairs.load(expectation.alphabet, parts: expectation.parts, flags: expectation.flags)
    try #require(expectation.ids.count == TinyBytePairs.texts.count)
    for (text, ids) in zip(TinyBytePairs.texts, expectation.ids) {
      #expect(try tokenizer.encode(text, special: .addAndParse) == ids, "\(text.debugDescription)")
    }
  }

  /// A byte-level tokenizer that normalizes nothing gives every text back.
  @Test(arguments: ["GPT-2", "digits after bytes", "contiguous", "merged with next"])
  func everyTextComesBack(_ name: String) throws {
    let expectation = try #require(TinyExpectation.all.first { $0.name == name })
    let tokenizer = try TinyBytePairs.load(expectation.alphabet, parts: expectation.parts, flags: expectation.flags)
    for text in TokenizerTexts.all + TinyBytePairs.texts where !text.isEmpty {
      let decoded = try tokenizer.decode(tokenizer.encode(text, special: .none))
      #expect(decoded.utf8.elementsEqual(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test func spacesAndBytesComeBackFromCharacters() throws {
    let expectation = try #require(TinyExpectation.all.first { $0.name == "Llama 2" })
    let tokenizer = try TinyBytePairs.load(expectation.alphabet, parts: expectation.parts, flags: expectation.flags)
    for text in TinyBytePairs.texts where !text.unicodeScalars.contains("\u{2581}") {
      let decoded = try tokenizer.decode(tokenizer.encode(text, special: .none))
      #expect(decoded.utf8.elementsEqual(text.utf8), "\(text.debugDescription)")
    }
    #expect(try tokenizer.decode([1, 2], special: .keep) == "<s></s>")
    #expect(try tokenizer.decode([1, 2]).isEmpty)
  }

  @Test func namesOfSpecialTokensAreTextWhereNothingIsParsed() throws {
    let expectation = try #require(TinyExpectation.all.first { $0.name == "Llama 3, whole words" })
    let tokenizer = try TinyBytePairs.load(expectation.alphabet, parts: expectation.parts, flags: expectation.flags)
    let special = try #require(try tokenizer.encode("<|end|>", special: .addAndParse).first)
    #expect(tokenizer.type(of: special) == .control && tokenizer.text(of: special) == "<|end|>")
    let plain = try tokenizer.encode("<|end|>", special: .none)
    #expect(!plain.contains(special))
    #expect(try tokenizer.decode(plain) == "<|end|>")
    // A token of the user is found all the same.
    #expect(try tokenizer.encode("<pad>", special: .none).map { tokenizer.text(of: $0) } == ["<pad>"])
  }

  @Test func idsOutsideTheVocabularyAreRefused() throws {
    let tokenizer = try TinyBytePairs.load(.bytes, parts: #""pre_tokenizer": {"type": "ByteLevel"}"#)
    let size = tokenizer.vocabularySize
    for id in [-1, Int32(size)] {
      #expect(throws: TokenizerError.idOutOfRange(id: id, vocabularySize: size)) { try tokenizer.decode([id]) }
    }
  }

  @Test func charactersWithoutATokenAreRefused() throws {
    let json = #"{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}}"#
    let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
    #expect(try tokenizer.encode("abba", special: .none) == [2, 1, 0])
    #expect(throws: TokenizerError.uncovered(text: "é")) { try tokenizer.encode("abé", special: .none) }
  }

  /// The heap that long words use and the scan that short ones use must agree.
  @Test func longWordsMergeLikeShortOnes() throws {
    let tokenizer = try TinyBytePairs.load(.characters, parts: "", flags: #""byte_fallback": true"#)
    let short = try tokenizer.encode("aaaaaaahelloworld", special: .none)
    // Nothing merges across "d" and "a", so a text of repetitions has repeated ids.
    let long = try tokenizer.encode(String(repeating: "aaaaaaahelloworld", count: 50), special: .none)
    #expect(long == (0..<50).flatMap { _ in short })
    let run = try tokenizer.encode(String(repeating: "a", count: 4003), special: .none)
    let counts = run.compactMap { tokenizer.text(of: $0)?.count }
    #expect(counts == Array(repeating: 4, count: 1000) + [2, 1])
  }

  @Test func threadsShareATokenizer() async throws {
    let tokenizer = try TinyBytePairs.load(.bytes, parts: #""pre_tokenizer": {"type": "ByteLevel"}"#)
    let text = String(repeating: TinyBytePairs.texts.joined(), count: 100)
    let expected = try tokenizer.encode(text, special: .none)
    try await withThrowingTaskGroup(of: [Int32].self) { group in
      for _ in 0..<8 { group.addTask { try tokenizer.encode(text, special: .none) } }
      for try await ids in group { #expect(ids == expected) }
    }
  }
}
