import Checkpoints
import Tensors
import Tokenizers

/// A text to calibrate or judge on: plain text, or JSON with one document an object, which is a text or a conversation.
package struct Corpus: Sendable, Equatable {
  package let path: String
  /// How much of all tokens should come from here, relative to the other corpora.
  package let share: Double
  /// The field of each object that holds the text; nil for plain text.
  package let field: String?
  /// Whether texts that spell special tokens mean them.
  package let special: SpecialTokens

  package init(path: String, share: Double = 1, field: String? = nil, special: SpecialTokens = .none) {
    self.path = path
    self.share = share
    self.field = field
    self.special = special
  }

  /// Whether a file's name says that it holds JSON, by its ending in any case: JSON Lines, or one list of objects.
  package static func holdsObjects(_ path: String) -> Bool {
    let name = path.lowercased()
    return [".jsonl", ".ndjson", ".json"].contains { name.hasSuffix($0) }
  }

  /// What of a plain text is one document.
  package enum Unit: Sendable {
    case file
    /// Every line that holds more than white space.
    case lines
  }

  /// The documents of the file. A byte order mark at the start of the file is no part of its text.
  ///
  /// - Parameter unit: what of a plain text is one; of JSON every object is.
  package func documents(_ unit: Unit = .file) throws(CalibrationError) -> [CorpusDocument] {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let text = try text(of: file)
    let documents: [CorpusDocument]
    if let field {
      documents = try ObjectReader(path: path, field: field).documents(of: text)
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
    if let kind = unsafe file.bytes.withUnsafeBytes({ unsafe OtherKindOfFile(startingWith: $0.prefix(64)) }) {
      throw .noText(path: path, found: kind.found, advice: kind.advice)
    }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let text = unsafe file.bytes.withUnsafeBytes { bytes in
      unsafe String(validating: bytes.starts(with: mark) ? bytes[mark.count...] : bytes[...], as: UTF8.self)
    }
    guard let text else {
      throw .malformed(path: path, line: lineOfFirstInvalidByte(file), reason: "found bytes that are not UTF-8")
    }
    return text
  }

  /// The line that first fails to decode; only called for files that fail as a whole.
  private func lineOfFirstInvalidByte(_ file: MappedFile) -> Int {
    let lines = file.bytes.array().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    return 1 + (lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? lines.count)
  }
}

/// One document of a corpus.
package enum CorpusDocument: Sendable, Equatable {
  case text(String)
  case conversation(Conversation)

  var isEmpty: Bool {
    if case .text(let text) = self { text.isEmpty } else { false }
  }
}
