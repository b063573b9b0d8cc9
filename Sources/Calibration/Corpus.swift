import Checkpoints
import Tensors

/// A text to calibrate or judge on: plain text, or JSON Lines with one document a line, which is a text or a conversation.
package struct Corpus: Sendable, Equatable {
  package let path: String
  /// How much of all tokens should come from here, relative to the other corpora.
  package let share: Double
  /// The string field of each JSON Lines object; nil for plain text.
  package let field: String?

  package init(path: String, share: Double = 1, field: String? = nil) {
    self.path = path
    self.share = share
    self.field = field
  }

  /// What of a plain text is one document.
  package enum Unit: Sendable {
    case file
    /// Every line that holds more than white space.
    case lines
  }

  /// The documents of the file. A byte order mark at the start of the file is no part of its text.
  ///
  /// - Parameter unit: what of a plain text is one; of JSON Lines every line is.
  package func documents(_ unit: Unit = .file) throws(CalibrationError) -> [CorpusDocument] {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let text = try text(of: file)
    let documents: [CorpusDocument]
    if let field {
      documents = try lines(of: text, field: field)
    } else if unit == .lines {
      let lines = text.utf8.split(whereSeparator: { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") })
      documents = lines.map(Substring.init).filter { !$0.allSatisfy(\.isWhitespace) }.map { .text(String($0)) }
    } else {
      documents = [.text(text)]
    }
    guard documents.contains(where: { !$0.isEmpty }) else { throw .empty(path: path) }
    return documents
  }

  private func text(of file: MappedFile) throws(CalibrationError) -> String {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = file.bytes.withUnsafeBytes { bytes in
      String(validating: bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...], as: UTF8.self)
    }
    guard let text else {
      throw .malformed(path: path, line: lineOfFirstInvalidByte(file), reason: "found bytes that are not UTF-8")
    }
    return text
  }

  /// The line that first fails to decode; only called for files that fail as a whole.
  private func lineOfFirstInvalidByte(_ file: MappedFile) -> Int {
    file.bytes.withUnsafeBytes { bytes in
      var line = 1
      for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
        if String(validating: part, as: UTF8.self) == nil { return line }
        line += 1
      }
      return line
    }
  }

  private func lines(of text: String, field: String) throws(CalibrationError) -> [CorpusDocument] {
    var documents: [CorpusDocument] = []
    // By bytes: to Swift, the end of a line written as "\r\n" is one character that differs from "\n".
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if Substring(line).allSatisfy(\.isWhitespace) { continue }
      guard let object = (try? JSONValue(Array(line).span.bytes, path: path))?.asMembers else {
        throw .malformed(path: path, line: index + 1, reason: "found no JSON object; expected one on each line")
      }
      switch object[field] {
      case .string(let text): documents.append(.text(text))
      case .array(let messages):
        try check(messages, line: index + 1, field: field)
        documents.append(.conversation(messages: .array(messages), tools: object["tools"], line: index + 1))
      default:
        let known = object.elements.map(\.key).sorted().joined(separator: ", ")
        throw .malformed(
          path: path, line: index + 1,
          reason: "found no text under \"\(field)\", and no list of messages; the object has: \(known)")
      }
    }
    return documents
  }

  private func check(_ messages: [JSONValue], line: Int, field: String) throws(CalibrationError) {
    func malformed(_ reason: String) -> CalibrationError { .malformed(path: path, line: line, reason: reason) }
    guard !messages.isEmpty else { throw malformed("found no messages under \"\(field)\"; expected at least one") }
    for (place, message) in messages.enumerated() {
      guard let members = message.asMembers, members["role"]?.asString != nil else {
        throw malformed("found \(message.summary) as \(field)[\(place)]; expected an object with a role and a content")
      }
      guard members["content"] != nil || members["tool_calls"] != nil else {
        throw malformed("\(field)[\(place)] has no content")
      }
    }
  }
}

/// One document of a corpus.
package enum CorpusDocument: Sendable, Equatable {
  case text(String)
  /// A list of messages, each with a role and a content, and the tools that the line names, if any.
  case conversation(messages: JSONValue, tools: JSONValue?, line: Int)

  var isEmpty: Bool {
    if case .text(let text) = self { text.isEmpty } else { false }
  }
}
