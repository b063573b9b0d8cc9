import Checkpoints
import TestSupport
import Testing

@Suite struct JSONTests {
  @Test func readsEveryKindOfValue() throws {
    let text = #" {"a": [null, true, false, -12, 1.5e2, "x\n\u00e9\ud83d\ude00\/"], "b": {}, "c": [], "d": 1e400000} "#
    expectCheckpointError(saying: ["t.json:1:91", "1e400000", "Double"]) { _ = try parse(text) }
    let object = try JSONObject(text.replacing(#", "d": 1e400000"#, with: ""))
    #expect(object.keys == ["a", "b", "c"])
    #expect(
      try object.array("a") == [.null, .bool(true), .bool(false), .integer(-12), .number(150), .string("x\né😀/")])
  }

  @Test func integersThatDoNotFitBecomeNumbers() throws {
    #expect(try parse("1000000000000000019884624838656") == .number(1_000_000_000_000_000_019_884_624_838_656))
    #expect(try parse("9223372036854775807") == .integer(.max))
    #expect(try parse("-9223372036854775808") == .integer(.min))
  }

  @Test func keysAreToldApartByTheirBytes() throws {
    let object = try JSONObject("{\"\u{e9}\": 1, \"e\u{301}\": 2}")
    #expect(try object.integer("\u{e9}") == 1)
    #expect(try object.integer("e\u{301}") == 2)
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
    expectCheckpointError(saying: ["t.json:"] + input.says) {
      _ = try JSONValue(input.bytes.span.bytes, path: "t.json")
    }
  }

  @Test func refusesStringsThatAreNotUTF8() {
    let bytes: [UInt8] = [0x22, 0xC3, 0x28, 0x22]
    expectCheckpointError(saying: ["1:1", "not UTF-8"]) { _ = try JSONValue(bytes.span.bytes, path: "t.json") }
  }

  @Test func accessorsNameTheKeyAndBothKinds() throws {
    let object = try JSONObject(
      #"{"n": 3, "x": 1.5, "s": "text", "deep": {"list": [{"k": null, "flag": 1}]}, "z": 0, "mixed": [1, "a"]}"#)
    #expect(try object.integer("n") == 3 && object.number("n") == 3 && object.number("x") == 1.5)
    #expect(try object.optionalInteger("absent") == nil)
    let inner = try object.object("deep").objects("list")[0]
    #expect(try inner.optionalString("k") == nil && !inner.has("k"))

    expectCheckpointError(saying: ["t.json: absent: found nothing, expected an integer"]) {
      _ = try object.integer("absent")
    }
    expectCheckpointError(saying: ["n: found 3, expected a string"]) { _ = try object.string("n") }
    expectCheckpointError(saying: ["x: found 1.5, expected an integer"]) { _ = try object.optionalInteger("x") }
    expectCheckpointError(saying: ["s: found \"text\", expected a number"]) { _ = try object.number("s") }
    expectCheckpointError(saying: ["z: found 0, expected an integer of at least 1"]) {
      _ = try object.positiveInteger("z")
    }
    expectCheckpointError(saying: ["mixed: found an array of 2, expected an array of integers"]) {
      _ = try object.integers("mixed")
    }
    expectCheckpointError(saying: ["deep.list[0].flag: found 1, expected true or false"]) { _ = try inner.bool("flag") }
    expectCheckpointError(saying: ["deep.list[0].k: found null, expected a string"]) { _ = try inner.string("k") }
  }

  @Test func aFileThatIsNoObjectSaysWhatItIs() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("config.json", "[1]")
    expectCheckpointError(saying: [path, "an array of 1", "an object"]) { _ = try JSONObject(contentsOf: path) }
  }
}

private func parse(_ text: String) throws -> JSONValue {
  try JSONValue(Array(text.utf8).span.bytes, path: "t.json")
}

extension JSONObject {
  fileprivate init(_ text: String) throws {
    let value = try parse(text)
    self.init(path: "t.json", members: try #require(value.asMembers))
  }
}
