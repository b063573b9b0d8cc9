import Calibration
import TestSupport
import Tensors
import Testing

struct CorpusTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test(arguments: ["one line", "two\nlines\n", "ends of\r\nlines", "ünïcödé 🙂", "\n"])
  func plainTextIsOneDocument(text: String) throws {
    #expect(try Corpus(path: try folder.write("text.txt", text)).documents() == [.text(text)])
  }

  @Test(arguments: [
    #"{"text": "a"}"#, "{\"text\": \"a\"}\n", "\n{\"text\": \"a\"}\n\n  \t\n", "\r\n{\"text\": \"a\"}\r\n",
    #"{"id": 7, "text": "a", "more": {"text": "b"}}"#,
  ])
  func blankLinesAndOtherFieldsAreNoDocuments(text: String) throws {
    #expect(try Corpus(path: try folder.write("a.jsonl", text), field: "text").documents() == [.text("a")])
  }

  @Test(arguments: ["\n", "\r\n"])
  func everyLineIsADocument(end: String) throws {
    let lines = [#"{"text": "first\nof two lines"}"#, #"{"text": ""}"#, #"{"text": "ü \ud83d\ude42"}"#]
    let path = try folder.write("b.jsonl", lines.joined(separator: end))
    #expect(
      try Corpus(path: path, field: "text").documents()
        == [.text("first\nof two lines"), .text(""), .text("ü 🙂")])
  }

  /// Each with the line at fault and a part of the reason.
  @Test(arguments: [
    ("{\"text\": \"a\"}\n{\"body\": \"b\", \"id\": 1}", 2, "list of messages; the object has: body, id"),
    ("{\"text\": \"a\"}\n\n{\"text\": 7}", 3, "no text under \"text\""), ("{\"text\": null}", 1, "no text under"),
    ("{\"text\": \"a\"}\r\n{\"text\": \"b\"\r\n", 2, "no JSON object"), ("1", 1, "found 1, no JSON object"),
    ("plain text", 1, "no JSON object"), ("{\"text\": \"a\"}\n\"text\"", 2, "no JSON object"),
    ("{\"text\": \"a\"} {\"text\": \"b\"}", 1, "no JSON object"), ("{}", 1, "no text under"),
  ])
  func linesThatAreNoDocumentsAreNamed(text: String, line: Int, reason: String) throws {
    let path = try folder.write("c.jsonl", text)
    let error = #expect(throws: CalibrationError.self) { try Corpus(path: path, field: "text").documents() }
    guard case .malformed(path: path, line: line, reason: let found) = error else {
      Issue.record("expected line \(line) to be malformed, not \(String(describing: error))")
      return
    }
    #expect(found.contains(reason))
    #expect(error?.description.hasPrefix("\(path):\(line): ") == true)
  }

  @Test(
    arguments: [
      ([0xFF], 1), ([0x61, 0x0A, 0x62, 0x0A, 0xC3, 0x28], 3), ([0x61, 0x0A, 0xC3, 0x0A, 0x62], 2),
      ([0x0A, 0x0A, 0xED, 0xA0, 0x80], 3), ([0x61, 0x0A, 0xE2, 0x82], 2), ([0xC0, 0x80, 0x0A, 0xFF], 1),
    ] as [([UInt8], Int)], [nil, "text"])
  func bytesThatAreNotUTF8AreNamedByLine(bytes: ([UInt8], Int), field: String?) throws {
    let path = try folder.write("d.txt", bytes.0)
    #expect(
      throws: CalibrationError.malformed(path: path, line: bytes.1, reason: "found bytes that are not UTF-8")
    ) {
      try Corpus(path: path, field: field).documents()
    }
  }

  @Test(arguments: [("", nil), ("", "text"), ("\n\n", "text"), (#"{"text": ""}"#, "text")] as [(String, String?)])
  func nothingToReadIsAnError(text: String, field: String?) throws {
    let path = try folder.write("e.txt", text)
    #expect(throws: CalibrationError.empty(path: path)) { try Corpus(path: path, field: field).documents() }
  }

  @Test func filesThatCannotBeReadAreNamed() {
    for path in [folder.path("missing.txt"), folder.url.path] {
      let error = #expect(throws: CalibrationError.self) { try Corpus(path: path).documents() }
      guard case .file(let cause) = error else {
        Issue.record("expected a file error, not \(String(describing: error))")
        continue
      }
      #expect(cause.path == path)
    }
  }
}
