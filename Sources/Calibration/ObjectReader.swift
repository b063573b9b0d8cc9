import Checkpoints
import JSON

/// Reads documents out of JSON: JSON Lines, one list of objects, or a single object.
struct ObjectReader {
  let path: String
  /// The field that holds the text or the messages.
  let field: String

  /// - Throws: `CalibrationError.malformed` or `malformedElement` naming the place of what is no document.
  func documents(of text: String) throws(CalibrationError) -> [CorpusDocument] {
    let start = text.utf8.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    if start == UInt8(ascii: "[") { return try elements(of: text) }
    var documents: [CorpusDocument] = []
    // By bytes: to Swift, the end of a line written as "\r\n" is one character that differs from "\n".
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if Substring(line).allSatisfy(\.isWhitespace) { continue }
      let value: JSONValue
      do {
        value = try JSONValue(unsafe Array(line).span.bytes, path: path)
      } catch {
        // An object that is spread over lines is the only one of its file.
        if documents.isEmpty, let only = try? JSONValue(unsafe Array(text.utf8).span.bytes, path: path).asMembers {
          return [try document(only, at: .element(1))]
        }
        throw .malformed(path: path, line: index + 1, reason: "found no JSON object on this line: \(Self.words(error))")
      }
      guard let object = value.asMembers else {
        throw .malformed(
          path: path, line: index + 1, reason: "found \(value.summary), no JSON object; expected one on each line")
      }
      documents.append(try document(object, at: .line(index + 1)))
    }
    return documents
  }

  private func elements(of text: String) throws(CalibrationError) -> [CorpusDocument] {
    let list: [JSONValue]
    do {
      list = try JSONValue(unsafe Array(text.utf8).span.bytes, path: path).asArray ?? []
    } catch {
      var line = 1
      if case .malformed(_, .text(let place, _), _, _) = error { line = place }
      throw .malformed(path: path, line: line, reason: "found no list of JSON objects: \(Self.words(error))")
    }
    var documents: [CorpusDocument] = []
    for (index, value) in list.enumerated() {
      guard let object = value.asMembers else {
        throw .malformedElement(
          path: path, element: index + 1, reason: "found \(value.summary), no JSON object; expected a list of objects")
      }
      documents.append(try document(object, at: .element(index + 1)))
    }
    return documents
  }

  /// What is wrong with a text of JSON, without the file and the line.
  private static func words(_ error: CheckpointError) -> String {
    guard case .malformed(_, .text(_, let column), let found, let expected) = error else { return "\(error)" }
    return "at byte \(column) found \(found), expected \(expected)"
  }

  private func document(_ object: JSONMembers, at place: CorpusPlace) throws(CalibrationError) -> CorpusDocument {
    switch object[field] {
    case .string(let text):
      return .text(text)
    case .array(let messages):
      do {
        return .conversation(try Conversation(object, messages: messages, field: field, place: place))
      } catch {
        throw malformed(place, error.reason)
      }
    case let other:
      let known = object.elements.map(\.key).sorted().joined(separator: ", ")
      let found = other.map { "found \($0.summary), no text under" } ?? "found no text under"
      throw malformed(place, "\(found) \"\(field)\", and no list of messages; the object has: \(known)")
    }
  }

  private func malformed(_ place: CorpusPlace, _ reason: String) -> CalibrationError {
    switch place {
    case .line(let line): .malformed(path: path, line: line, reason: reason)
    case .element(let element): .malformedElement(path: path, element: element, reason: reason)
    }
  }
}
