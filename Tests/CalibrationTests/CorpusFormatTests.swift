import Calibration
import TestSupport
import Testing

/// Files that hold JSON in one form or another, and files that hold something else.
struct CorpusFormatTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test(arguments: [
    ("a.jsonl", true), ("a.JSONL", true), ("a.Jsonl", true), ("a.ndjson", true), ("a.NDJSON", true), ("a.json", true),
    ("a.JSON", true), ("a.txt", false), ("json", false), ("a.jsonl.txt", false), ("a.json5", false),
    ("x.json/a", false),
  ])
  func namesSayWhatFilesHold(_ name: String, _ holdsObjects: Bool) {
    #expect(Corpus.holdsObjects(name) == holdsObjects)
  }

  /// JSON Lines, a list of objects on one line or many, and one object: all the same documents.
  @Test(arguments: [
    "{\"text\": \"a\"}\n{\"text\": \"b\"}\n", #"[{"text": "a"}, {"text": "b"}]"#,
    "[\n  {\"text\": \"a\"},\n  {\"text\": \"b\"}\n]\n",
    " \r\n[{\"text\": \"a\"},\r\n{\"text\": \"b\"}]\r\n", "\u{FEFF}[{\"text\": \"a\"}, {\"text\": \"b\"}]",
    "{\"text\": \"a\"}\r\n\r\n{\"text\": \"b\"}",
  ])
  func formsOfJSONAreTold(_ text: String) throws {
    let corpus = Corpus(path: try folder.write("a.json", text), field: "text")
    #expect(try corpus.documents() == [.text("a"), .text("b")])
  }

  @Test func anObjectOverSeveralLinesIsOneDocument() throws {
    let corpus = Corpus(path: try folder.write("a.json", "{\n  \"text\": \"a\",\n  \"id\": 7\n}\n"), field: "text")
    #expect(try corpus.documents() == [.text("a")])
  }

  @Test func conversationsMayStandInAList() throws {
    let text = #"[{"messages": [{"role": "user", "content": "x"}]}, {"messages": [{"role": "user", "content": "y"}]}]"#
    let documents = try Corpus(path: try folder.write("a.json", text), field: "messages").documents()
    #expect(documents.count == 2)
    guard case .conversation(let second) = documents[1] else {
      Issue.record("expected a conversation")
      return
    }
    #expect(second.place == .element(2))
  }

  /// Each with its place and kind.
  @Test(arguments: [
    ("{\"text\": \"a\", \"score\": NaN}", ":1: ", "at byte 24 found NaN"),
    ("{\"text\": \"a\", \"score\": -Infinity}", ":1: ", "found Infinity"),
    ("{\"text\": \"a\", \"score\": nan}", ":1: ", "found nan"), ("{\"text\": None}", ":1: ", "found None"),
    ("{\"text\": \"a\"}\n{\"text\": \"a \\ud83d b\"}", ":2: ", "half of a surrogate pair"),
    ("{\"text\": \"a \\ude00 b\"}", ":1: ", "half of a surrogate pair"),
    ("{\"text\": \"a\", \"text\": \"b\"}", ":1: ", "the key \"text\" a second time"),
    ("{\"text\": \"a\"}\n{\"text\": null}", ":2: ", "found null, no text under \"text\""),
    ("{\"text\": \"a\"}\n\u{FEFF}{\"text\": \"b\"}", ":2: ", "found a byte order mark"),
    ("{\"text\": {\"a\": 1}}", ":1: ", "found an object of 1 keys, no text under \"text\""),
    ("{'text': 'a'}", ":1: ", "expected a key in quotes"), ("{\"text\": \"a\u{1}\"}", ":1: ", "control character"),
    ("{\"text\": \"a\"},\n{\"text\": \"b\"}", ":1: ", "expected the end of the text"),
    ("[{\"text\": \"a\"},\n{\"text\": NaN}]", ":2: ", "found NaN"),
    ("[{\"text\": \"a\"},\n]", ":2: ", "expected a JSON value"),
    ("[{\"text\": \"a\"}, {\"text\": null}]", ": element 2: ", "found null, no text under \"text\""),
    ("[{\"text\": \"a\"}, \"b\"]", ": element 2: ", "found \"b\", no JSON object"),
    ("[{\"text\": \"a\"}, {\"id\": 1}]", ": element 2: ", "the object has: id"), ("[]", ": ", "found no text"),
    ("[[{\"text\": \"a\"}]]", ": element 1: ", "found an array of 1, no JSON object"),
  ])
  func placesAndKindsAreNamed(_ text: String, _ place: String, _ words: String) throws {
    let corpus = Corpus(path: try folder.write("a.jsonl", text), field: "text")
    let error = try #require(throws: CalibrationError.self) { try corpus.documents() }
    #expect("\(error)".hasPrefix(corpus.path + place) && "\(error)".contains(words), "\(error)")
  }

  /// Each by its first bytes, whatever its name.
  @Test(
    arguments: [
      ([0x1F, 0x8B, 8, 0], "a gzip archive"), ([0x50, 0x41, 0x52, 0x31, 0x15], "a Parquet file"),
      ([0x28, 0xB5, 0x2F, 0xFD, 4], "a Zstandard archive"), ([0x50, 0x4B, 3, 4, 20], "a zip archive"),
      ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], "an xz archive"), (Array("BZh91AY".utf8), "a bzip2 archive"),
      (Array("ARROW1\0\0".utf8), "an Arrow file"), (Array("%PDF-1.7".utf8), "a PDF document"),
      ([0xFF, 0xFE, 0x61, 0], "UTF-16 text"), ([0xFE, 0xFF, 0, 0x61], "UTF-16 text"),
    ] as [([UInt8], String)], ["a.txt", "a.jsonl"])
  func filesThatAreNoTextAreNamed(_ file: ([UInt8], String), _ name: String) throws {
    let corpus = Corpus(path: try folder.write(name, file.0), field: name == "a.txt" ? nil : "text")
    let error = try #require(throws: CalibrationError.self) { try corpus.documents() }
    #expect("\(error)".contains("found \(file.1)") && "\(error)".contains("expected UTF-8 text"), "\(error)")
  }
}
