import TestSupport
import Testing
import Tokenizers

@Suite struct AddedTokenTests {
  /// Added tokens that are prefixes of one another, against a search that tries every token at every place.
  @Test func theLongestOfTheLeftmostIsFound() throws {
    var random = SeededRandom(seed: 3)
    for _ in 0..<40 {
      let names = Set((0..<12).map { _ in Self.text(2...5, &random) }).sorted { $0.utf8.count > $1.utf8.count }
      let added = names.enumerated().map { #"{"id": \#($0 + 10), "content": "\#($1)", "special": true}"# }
      let json = """
        {"added_tokens": [\(added.joined(separator: ","))],
        "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "c": 2, "\u{E9}": 3}, "merges": []}}
        """
      let tokenizer = try Tokenizer(json: Array(json.utf8), file: "t.json")
      let text = Self.text(30...40, &random)
      #expect(try tokenizer.encode(text, special: .parse) == Self.reference(text, names))
    }
  }

  private static func text(_ length: ClosedRange<Int>, _ random: inout SeededRandom) -> String {
    let letters = ["a", "b", "c", "\u{E9}"]
    return (0..<Int.random(in: length, using: &random)).map { _ in letters[Int.random(in: 0..<4, using: &random)] }
      .joined()
  }

  private static func reference(_ text: String, _ names: [String]) -> [Int32] {
    var ids: [Int32] = []
    var rest = Substring(text)
    while let first = rest.first {
      if let place = names.firstIndex(where: { rest.hasPrefix($0) }) {
        ids.append(Int32(place + 10))
        rest = rest.dropFirst(names[place].count)
      } else {
        ids.append(Int32(["a", "b", "c", "\u{E9}"].firstIndex(of: String(first)) ?? -1))
        rest.removeFirst()
      }
    }
    return ids
  }

  /// Tokens of white space inside of white space that another token takes: the ids are those of the library. Where tokens
  /// of white space take some themselves, it panics for some of these texts.
  @Test(arguments: [
    ("<a>     b", [10, 11, 11, 12]), ("  <a>    <a> b", [11, 10, 11, 11, 10, 12]), ("    ", [11, 11]),
    ("<a> b  <a>", [10, 12, 11, 10]), ("  b  b<a>   a", [11, 0, 11, 0, 10, 11, 1, 0]),
  ])
  func whiteSpaceMayBeTakenTwice(_ text: String, _ ids: [Int32]) throws {
    #expect(try Self.spaces("").encode(text, special: .parse) == ids)
    for flags in [#", "lstrip": true"#, #", "rstrip": true"#, #", "lstrip": true, "rstrip": true"#] {
      #expect(throws: Never.self) { try Self.spaces(flags).encode(text, special: .parse) }
    }
  }

  private static func spaces(_ flags: String) throws -> Tokenizer {
    let json = """
      {"added_tokens": [{"id": 10, "content": "<a>", "special": true, "lstrip": true, "rstrip": true},
      {"id": 11, "content": "  ", "special": true\(flags)}, {"id": 12, "content": " b", "special": true}],
      "model": {"type": "BPE", "unk_token": "a", "vocab": {"a": 0, " ": 1}, "merges": []}}
      """
    return try Tokenizer(json: Array(json.utf8), file: "t.json")
  }
}
