import JSON
import Testing

@Suite struct JSONTests {
  @Test func readsEveryKindOfValue() throws {
    let text = #" {"a": [null, true, false, -12, 1.5e2, "x\n\u00e9\ud83d\ude00\/"], "b": {}, "c": [], "d": 1e400000} "#
    expectError(saying: ["1:91", "1e400000", "Double"]) { _ = try parse(text) }
    let members = try #require(parse(text.replacing(#", "d": 1e400000"#, with: "")).asMembers)
    #expect(members.elements.map { $0.key } == ["a", "b", "c"])
    #expect(
      members["a"]?.asArray == [.null, .bool(true), .bool(false), .integer(-12), .number(150), .string("x\né😀/")])
  }

  @Test func integersThatDoNotFitBecomeNumbers() throws {
    #expect(try parse("1000000000000000019884624838656") == .number(1_000_000_000_000_000_019_884_624_838_656))
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("-9223372036854775808") == .integer(.min))
  }

  @Test func keysAreToldApartByTheirBytes() throws {
    let members = try #require(parse("{\"\u{e9}\": 1, \"e\u{301}\": 2}").asMembers)
    #expect(members["\u{e9}"] == .integer(1))
    #expect(members["e\u{301}"] == .integer(2))
  }

  static let malformed: [Malformed] = [
    ("empty", "", ["1:1", "the end of the text", "a JSON value"]),
    ("trailing text", "{} x", ["1:4", "'x'", "the end of the text"]),
    ("trailing comma in an object", "{\"a\":1,}", ["1:8", "'}'", "a key in quotes"]),
    ("trailing comma in an array", "[1,]", ["1:4", "']'", "a JSON value"]),
    ("missing colon", "{\"a\" 1}", ["1:6", "colon after the key \"a\""]),
    ("missing comma", "[1 2]", ["1:4", "'2'", "a comma or a closing bracket"]),
    ("repeated key", "{\"a\":1,\n \"a\":2}", ["2:2", "the key \"a\" a second time"]),
    ("repeated key, one escaped", "{\"a\":1,\"\\u0061\":2}", ["the key \"a\" a second time"]),
    ("leading zero", "01", ["1:2", "'1'"]),
    ("bare minus", "-", ["a digit"]),
    ("fraction without digits", "1.", ["a digit"]),
    ("exponent without digits", "1e+", ["a digit"]),
    ("plus sign", "+1", ["'+'"]),
    ("NaN", "NaN", ["NaN, which JSON does not have"]),
    ("infinity", "[-Infinity]", ["Infinity, which JSON does not have"]),
    ("None", "{\"a\": None}", ["1:7", "None, which JSON does not have"]), ("a word", "info", ["'i'"]),
    ("a mark inside", "[\u{FEFF}1]", ["1:2", "a byte order mark"]),
    ("half a word", "tru", ["'t'", "true"]),
    ("open string", "\"abc", ["1:1", "a string that does not end"]),
    ("control character", "\"a\nb\"", ["byte 10", "control character"]),
    ("unknown escape", "\"\\x\"", ["1:2", "an unknown escape"]),
    ("short unicode escape", "\"\\u12\"", ["four hexadecimal digits"]),
    ("lone high surrogate", "\"\\ud800\"", ["half of a surrogate pair"]),
    ("lone low surrogate", "\"\\udc00\"", ["half of a surrogate pair"]),
    ("high surrogate before a letter", "\"\\ud800\\u0041\"", ["half of a surrogate pair"]),
    ("nesting without end", String(repeating: "[", count: 100_000), ["1:129", "deeper nesting", "128"]),
    ("open object", "{\"a\":1", ["the end of the text"]),
  ].map { Malformed(name: $0.0, bytes: Array($0.1.utf8), says: $0.2) }

  @Test(arguments: malformed) func refuses(_ input: Malformed) {
    expectError(saying: input.says) { _ = try JSONValue(input.bytes.span.bytes) }
  }

  /// Only where it is asked for; NaN is nowhere.
  @Test func infinityIsReadAsPythonWritesIt() throws {
    func read(_ text: String) throws -> JSONValue {
      let bytes = Array(text.utf8)
      return try JSONValue(bytes.span.bytes, .python)
    }
    let value = try read("[-1,\n Infinity, -Infinity]")
    #expect(value == .array([.integer(-1), .number(.infinity), .number(-.infinity)]))
    #expect(try read(JSONText.document(value)) == value)
    for wrong in ["NaN", "Infinite", "-Infinit", "-", "infinity"] {
      #expect(throws: JSONError.self) { _ = try read(wrong) }
    }
  }

  @Test func refusesStringsThatAreNotUTF8() {
    let bytes: [UInt8] = [0x22, 0xC3, 0x28, 0x22]
    expectError(saying: ["1:1", "not UTF-8"]) { _ = try JSONValue(bytes.span.bytes) }
  }
}

/// One malformed text: its name is the test's argument, its error must say all of `says`.
struct Malformed: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  let says: [String]

  var testDescription: String { name }
}

private func parse(_ text: String) throws -> JSONValue {
  try JSONValue(Array(text.utf8).span.bytes)
}

private func expectError(
  saying says: [String], sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
  let error = #expect(throws: JSONError.self, sourceLocation: sourceLocation) { try body() }
  let text = error?.description ?? ""
  for fragment in says {
    #expect(text.contains(fragment), "\"\(text)\" lacks \"\(fragment)\"", sourceLocation: sourceLocation)
  }
}
