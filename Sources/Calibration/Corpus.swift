import Foundation
import Tensors

/// A text to calibrate or judge on: plain text, or JSON Lines with one document a line.
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

  /// The documents of the file; a plain text is one.
  package func documents() throws(CalibrationError) -> [String] {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let text = try text(of: file)
    let documents = try field.map { field throws(CalibrationError) in try lines(of: text, field: field) } ?? [text]
    guard documents.contains(where: { !$0.isEmpty }) else { throw .empty(path: path) }
    return documents
  }

  private func text(of file: MappedFile) throws(CalibrationError) -> String {
    let text = file.bytes.withUnsafeBytes { String(validating: $0, as: UTF8.self) }
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

  private func lines(of text: String, field: String) throws(CalibrationError) -> [String] {
    var documents: [String] = []
    // By bytes: to Swift, the end of a line written as "\r\n" is one character that differs from "\n".
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if Substring(line).allSatisfy(\.isWhitespace) { continue }
      guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else {
        throw .malformed(path: path, line: index + 1, reason: "found no JSON object; expected one on each line")
      }
      guard let document = object[field] as? String else {
        let known = object.keys.sorted().joined(separator: ", ")
        throw .malformed(
          path: path, line: index + 1, reason: "found no text under \"\(field)\"; the object has: \(known)")
      }
      documents.append(document)
    }
    return documents
  }
}
