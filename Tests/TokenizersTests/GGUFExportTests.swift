import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

/// Tokenizers as GGUF metadata, judged by what the metadata give when they are read again: that reader gives the ids of
/// llama.cpp (see `GGUFVocabularyTests`).
@Suite struct GGUFExportTests {
  private static let byteLevel = #""pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}"#

  private static func split(_ pattern: String, behavior: String = "Isolated", inverted: Bool = false) -> String {
    """
    {"type": "Split", "pattern": {"Regex": \(TinyBytePairs.quoted(pattern))}, "behavior": "\(behavior)",
    "invert": \(inverted)}
    """
  }

  private static func sequence(_ steps: [String]) -> String {
    let list = steps + [#"{"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}"#]
    return "\"pre_tokenizer\": {\"type\": \"Sequence\", \"pretokenizers\": [\(list.joined(separator: ", "))]}"
  }

  /// The patterns of a name, written into a `tokenizer.json`, lead back to that name or to one that means the same.
  @Test(arguments: GGUFPreTokenizer.all.indices.filter { GGUFPreTokenizer.all[$0].alphabet == .bytes })
  func patternsHaveNames(_ index: Int) throws {
    let entry = GGUFPreTokenizer.all[index]
    let tokenizer = try TinyBytePairs.load(
      .bytes, parts: Self.sequence(entry.patterns.map { Self.split($0) }),
      flags: "\"ignore_merges\": \(entry.ignoresMerges)")
    let vocabulary = try tokenizer.ggufVocabulary()
    let named = try GGUFPreTokenizer.named(#require(vocabulary.preTokenizer))
    #expect(named.patterns == entry.patterns && named.ignoresMerges == entry.ignoresMerges)
    let again = try Tokenizer(vocabulary, file: "again.gguf")
    for text in TinyBytePairs.texts + TokenizerTexts.all {
      #expect(
        try again.encode(text, special: .none) == tokenizer.encode(text, special: .none), "\(text.debugDescription)")
    }
  }

  @Test func otherSpellingsHaveTheSameName() throws {
    let adapted =
      #"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?"#
      + #"[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    for steps in [[Self.split(adapted)], [Self.split(adapted, behavior: "Removed", inverted: true)]] {
      let tokenizer = try TinyBytePairs.load(.bytes, parts: Self.sequence(steps))
      #expect(try tokenizer.ggufVocabulary().preTokenizer == "qwen2")
    }
    // DeepSeek's file has the line ends themselves in its patterns.
    let lines = try #require(GGUFPreTokenizer.all.first { $0.name == "deepseek-coder" }).patterns
      .map { Self.split($0.replacing(#"\r\n"#, with: "\r\n")) }
    #expect(
      try TinyBytePairs.load(.bytes, parts: Self.sequence(lines)).ggufVocabulary().preTokenizer == "deepseek-coder")
    let digits = #"{"type": "Digits", "individual_digits": true}"#
    let starcoder = Self.sequence([digits]).replacing("\"use_regex\": false", with: "\"use_regex\": true")
    #expect(try TinyBytePairs.load(.bytes, parts: starcoder).ggufVocabulary().preTokenizer == "starcoder")
  }

  @Test func unknownPatternsNeedAName() throws {
    let tokenizer = try TinyBytePairs.load(.bytes, parts: Self.sequence([Self.split("[a-c]+")]))
    #expect(throws: TokenizerError.unnamedPreTokenizer(patterns: ["[a-c]+"])) { try tokenizer.ggufVocabulary() }
    #expect(try tokenizer.ggufVocabulary(preTokenizer: "mine").preTokenizer == "mine")
    let merged = try TinyBytePairs.load(
      .bytes, parts: Self.sequence([Self.split(#"\p{N}"#, behavior: "MergedWithNext"), Self.split("x")]))
    #expect(throws: TokenizerError.unnamedPreTokenizer(patterns: [#"\p{N} (MergedWithNext)"#, "x"])) {
      try merged.ggufVocabulary()
    }
  }

  @Test func onlyCompositionMayBeDropped() throws {
    let composed = #", "normalizer": {"type": "NFC"}"#
    #expect(try TinyBytePairs.load(.bytes, parts: Self.byteLevel + composed).ggufVocabulary().model == .gpt2)
    let lowered = try TinyBytePairs.load(.bytes, parts: Self.byteLevel + #", "normalizer": {"type": "Lowercase"}"#)
    #expect(throws: TokenizerError.self) { try lowered.ggufVocabulary() }
  }

  @Test func byteLevelMetadata() throws {
    let added = """
      , "added_tokens": [{"id": 282, "content": "<s>", "special": true}, {"id": 284, "content": "my word"}],
      "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {}}],
      "special_tokens": {"<s>": {"ids": [282]}}}
      """
    let vocabulary = try TinyBytePairs.load(.bytes, parts: Self.byteLevel + added).ggufVocabulary()
    #expect(vocabulary.model == .gpt2 && vocabulary.preTokenizer == "gpt-2" && vocabulary.scores == nil)
    #expect(vocabulary.tokens[32] == "\u{120}" && vocabulary.tokens[97] == "a")
    #expect(vocabulary.tokens[282...] == ["<s>", "[PAD283]", "my word"])
    #expect(vocabulary.types[281...] == [.normal, .control, .unused, .userDefined])
    #expect(vocabulary.merges.first == "h e" && vocabulary.merges[4] == "\u{120} w" && vocabulary.merges.count == 26)
    #expect(vocabulary.bos == 282 && vocabulary.addsBOS == true && vocabulary.addsEOS == false)
    let padded = try vocabulary.padded(to: 288)
    #expect(padded.tokens.suffix(3) == ["[PAD285]", "[PAD286]", "[PAD287]"])
    #expect(padded.types.suffix(3) == [.unused, .unused, .unused])
    #expect(throws: TokenizerError.self) { try vocabulary.padded(to: 200) }
  }

  private static let spaces = """
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "\u{2581}"},
    {"type": "Replace", "pattern": {"String": " "}, "content": "\u{2581}"}]}
    """

  private static func pieces(_ merges: String, parts: String = spaces) throws -> Tokenizer {
    let json = """
      {\(parts.isEmpty ? "" : parts + ",") "model": {"type": "BPE", "unk_token": "<unk>", "vocab": {"<unk>": 0,
      "\u{2581}": 1, "a": 2, "b": 3, "ab": 4, "\u{2581}a": 5, "\u{2581}ab": 6}, "merges": [\(merges)]}}
      """
    return try Tokenizer(json: Array(json.utf8), file: "pieces.json")
  }

  @Test func scoresRepeatTheOrderOfMerges() throws {
    let merges = #""a b", "\#u{2581} a", "\#u{2581}a b", "\#u{2581} ab""#
    let tokenizer = try Self.pieces(merges)
    let vocabulary = try tokenizer.ggufVocabulary()
    #expect(vocabulary.model == .llama && vocabulary.preTokenizer == "default" && vocabulary.merges.isEmpty)
    #expect(vocabulary.addsSpacePrefix == true)
    #expect(vocabulary.types.first == .unknown)
    let scores = try #require(vocabulary.scores)
    #expect(scores[4...] == [0, -1, -2], "ab, then space a, then space ab")
    #expect(scores[1...3].allSatisfy { $0 < -2 })
    let again = try Tokenizer(vocabulary, file: "again.gguf")
    for text in ["ab ab", "aab", "a b ab", "", "b  a"] {
      #expect(try again.encode(text, special: .none) == tokenizer.encode(text, special: .none), "\(text)")
    }
  }

  @Test(arguments: [
    // A merge is missing that scores would make.
    (#""a b", "\#u{2581} a", "\#u{2581}a b""#, spaces, "no merge joins \"\u{2581}\" and \"ab\""),
    // The merges of one token stand apart.
    (#""a b", "\#u{2581}a b", "\#u{2581} a", "\#u{2581} ab""#, spaces, "stand apart"),
    (#""a b""#, "", "spaces do not become U+2581"),
    (#""a b""#, "\(spaces), \"pre_tokenizer\": {\"type\": \"WhitespaceSplit\"}", "before characters are merged"),
  ])
  func whatScoresCannotSayIsRefused(_ merges: String, _ parts: String, _ message: String) throws {
    let error = try #require(throws: TokenizerError.self) { try Self.pieces(merges, parts: parts).ggufVocabulary() }
    #expect("\(error)".contains(message), "\(error)")
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "needs ../shared"), arguments: ["stories260k", "wikicode-6m"])
  func modelsKeepTheirIDs(_ name: String) throws {
    let tokenizer = try Tokenizer.load(folder: SharedMaterial.path("models/\(name)"))
    let again = try Tokenizer(tokenizer.ggufVocabulary(), file: "\(name).gguf")
    let corpus = try String(contentsOfFile: SharedMaterial.path("corpora/wikitext2-heldout.txt"), encoding: .utf8)
    for text in TokenizerTexts.all + [corpus] {
      for special in [SpecialTokens.addAndParse, .none] {
        let same = try again.encode(text, special: special) == tokenizer.encode(text, special: special)
        #expect(same, "\(text.prefix(80).debugDescription)")
      }
    }
    #expect(again.addsBOS == tokenizer.addsBOS)
  }

  /// llama.cpp's converter made the reference from the same folder.
  @Test(.enabled(if: SharedMaterial.isPresent, "needs ../shared"))
  func metadataAreThoseOfTheConverter() throws {
    let path = SharedMaterial.path("models/reference/wikicode-6m-f16.gguf")
    let expected = try GGUFVocabulary(GGUFFile(path: path).metadata)
    var written = try Tokenizer.load(folder: SharedMaterial.path("models/wikicode-6m")).ggufVocabulary()
    // The converter leaves to habit what is written out here.
    #expect(written.addsBOS == false && written.addsEOS == false)
    written.addsBOS = expected.addsBOS
    written.addsEOS = expected.addsEOS
    let isSame = written == expected
    #expect(isSame)
  }
}
