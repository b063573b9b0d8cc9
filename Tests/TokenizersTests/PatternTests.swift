import TestSupport
import Testing
import Tokenizers

@Suite struct PatternTests {
  /// The lengths that `5*2 3` stands for.
  private static func lengths(_ text: Substring) -> [Int] {
    text.split(separator: " ").flatMap { word -> [Int] in
      let parts = word.split(separator: "*").compactMap { Int($0) }
      return Array(repeating: parts[0], count: parts.count == 2 ? parts[1] : 1)
    }
  }

  @Test(arguments: PatternExpectation.all + PatternExpectation.rarer)
  func cutsWhereOnigurumaCuts(_ expectation: PatternExpectation) throws {
    let pattern = try Pattern(expectation.pattern)
    let texts = TokenizerTexts.all.filter { !$0.isEmpty }
    let rows = expectation.pieces.split(separator: "/")
    try #require(rows.count == texts.count)
    for (text, row) in zip(texts, rows) {
      let pieces = try pattern.pieces(of: text)
      #expect(pieces.joined().utf8.elementsEqual(text.utf8), "nothing may be lost")
      #expect(pieces.map(\.unicodeScalars.count) == Self.lengths(row), "\(pieces)")
    }
  }

  @Test func everyNamedPatternHasAnExpectation() {
    let expected = Set((PatternExpectation.all + PatternExpectation.rarer).map { Array($0.pattern.utf8) })
    for entry in GGUFPreTokenizer.all {
      for pattern in entry.patterns { #expect(expected.contains(Array(pattern.utf8)), "\(entry.name): \(pattern)") }
    }
  }

  @Test func literalsAreNoPatterns() throws {
    #expect(try Pattern(literal: "a.c").pieces(of: "abca.c") == ["abc", "a.c"])
  }

  /// In the printable alphabet byte 0xB2 is the number two in superscript; in UTF-8 it is part of a letter.
  @Test func printableBytesAreScalars() throws {
    let text = "x\u{F2}1"
    #expect(try Pattern(#"\p{N}"#).pieces(of: text) == ["x\u{F2}", "1"])
    #expect(try Pattern(#"\p{N}"#, encoding: .printableBytes).pieces(of: text).count == 3)
  }

  @Test(
    arguments: [
      ("a(b", 3, "closing parenthesis"), ("a)b", 1, "too many"), ("[ab", 0, "no closing bracket"),
      ("*a", 0, "nothing to repeat"), ("a|+", 2, "nothing to repeat"), ("(?<n>a)", 1, "kind of group"),
      ("(?<=a)b", 1, "kind of group"), (#"\p{Klingon}"#, 0, "not known"), (#"\p{L"#, 0, "no closing brace"),
      (#"a\"#, 1, "backslash"), (#"(a)\1"#, 3, "escape"), (#"\G"#, 0, "escape"), ("[z-a]", 1, "reversed"),
      ("a{3,2}", 1, "reversed"), ("a{99999}", 2, "repetitions"), ("(a?)*", 4, "empty text"),
      ("(?=a)+", 5, "empty text"),
      ("[[:alpha:]]", 1, "POSIX"), (#"[a-\d]"#, 1, "range ends in a set"), (#"\x{110000}"#, 0, "scalar"),
      (#"\u12"#, 0, "digits"), ("a{1,2}?", 6, "lazy"), (#"(?i:[\u0100-\u0200])"#, 5, "wide range"),
      (String(repeating: "(", count: 300), 100, "nested"), (String(repeating: "[", count: 300), 50, "nested"),
      ("a" + String(repeating: "{1}", count: 100_000), 25, "more than 8 quantifiers"),
      ("(?:a)" + String(repeating: "+", count: 100_000), 21, "quantifiers"),
      ("((((a{1000}b){1000}c){1000}d){1000}e)", 0, "unfolds"),
    ])
  func namesWhatItDoesNotUnderstand(_ pattern: String, _ place: Int, _ reason: String) throws {
    let error = try #require(throws: TokenizerError.self) { _ = try Pattern(pattern) }
    guard case .pattern(let found, let position, let message) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(found == pattern)
    #expect(message.contains(reason), "\(message)")
    #expect(abs(position - place) <= 1, "at \(position)")
  }

  /// Patterns that take time beyond the length of the text, in one match or by one at every place.
  @Test(
    arguments: [
      ("(?:(?:a|aa)(?:a|aa))+b", "a", 200), ("[^Z]*Z", "a", 300_000), ("a*b", "a", 300_000),
      ("(?:a|b)*c", "a", 300_000),
      (".*(?=.*Z)", "a", 100_000), ("(?>a+)b", "a", 300_000), ("a++b", "a", 300_000), (#"\s*Z"#, " ", 300_000),
      ("(?:a*)(?:a*)(?:a*)b", "a", 20_000), ("a{1,9000}b", "a", 300_000),
    ])
  func givesUpInTimeThatIsInProportionToTheText(_ pattern: String, _ text: String, _ count: Int) throws {
    let pattern = try Pattern(pattern)
    let time = ProcessorTime.measure {
      #expect(throws: TokenizerError.self) { try pattern.pieces(of: String(repeating: text, count: count)) }
    }
    #expect(time < 10)
  }

  /// What published tokenizers do with texts that are hard for them stays below the limit.
  @Test(arguments: [" ", "a", "\n", " \n", "é", "中", "1", "'", "a b", "\t ", "!?"])
  func publishedPatternsNeedFewSteps(_ unit: String) throws {
    let patterns = [
      #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#,
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#,
    ]
    for source in patterns {
      let pieces = try Pattern(source).pieces(of: String(repeating: unit, count: 200_000))
      #expect(pieces.joined() == String(repeating: unit, count: 200_000))
    }
  }
}
