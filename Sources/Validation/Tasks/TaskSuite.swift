import Checkpoints
import Foundation
import JSON
import Tensors

/// One multiple-choice question.
package struct TaskItem: Sendable, Equatable {
  /// Where it stands in its file, counted from 1.
  package let line: Int
  package let context: String
  /// Two or more texts that may follow the context; a space between them belongs to the choice.
  package let choices: [String]
  /// The place of the right one.
  package let answer: Int

  package init(line: Int, context: String, choices: [String], answer: Int) {
    self.line = line
    self.context = context
    self.choices = choices
    self.answer = answer
  }
}

/// Multiple-choice questions from a file of JSON Lines: `{"context": "2 + 2 =", "choices": [" 4", " 5"], "answer": 0}`.
package struct TaskSuite: Sendable, Equatable {
  package let name: String
  package let path: String
  package let items: [TaskItem]

  package init(name: String, path: String, items: [TaskItem]) {
    self.name = name
    self.path = path
    self.items = items
  }

  /// Reads a suite. Blank lines are skipped, and so are members beside the three: suites carry subjects and sources.
  package init(name: String, contentsOf path: String) throws(ValidationError) {
    let file: MappedFile
    do { file = try MappedFile(path: path) } catch { throw .file(error) }
    let bytes = file.bytes.array()
    var items: [TaskItem] = []
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      if line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }) {
        continue
      }
      items.append(try TaskItem(Array(line), path: path, line: index + 1))
    }
    guard !items.isEmpty else { throw .empty(path: path) }
    self.init(name: name, path: path, items: items)
  }
}

extension TaskItem {
  fileprivate init(_ bytes: [UInt8], path: String, line: Int) throws(ValidationError) {
    func malformed(_ found: String, _ expected: String) -> ValidationError {
      .malformed(path: path, line: line, found: found, expected: expected)
    }
    let value: JSONValue
    do { value = try JSONValue(unsafe bytes.span.bytes, path: path) } catch {
      guard case .malformed(_, .text(_, let column), let found, let expected) = error else {
        throw malformed("\(error)", "one JSON object on each line")
      }
      throw malformed("\(found) in column \(column)", expected)
    }
    guard case .object(let members) = value else { throw malformed(value.summary, "a JSON object") }
    func member(_ key: String, _ expected: String) throws(ValidationError) -> JSONValue {
      guard let value = members[key] else {
        let keys = members.elements.map { $0.key }.joined(separator: ", ")
        throw malformed("no \"\(key)\", only \(keys.isEmpty ? "{}" : keys)", expected)
      }
      return value
    }
    let context = try member("context", "a text under \"context\"")
    guard case .string(let context) = context else {
      throw malformed("\(context.summary) under \"context\"", "a text")
    }
    let choices = try member("choices", "an array of texts under \"choices\"")
    guard let texts = choices.asArray(of: \.asString), texts.count >= 2 else {
      throw malformed("\(choices.summary) under \"choices\"", "an array of two or more texts")
    }
    if let empty = texts.firstIndex(of: "") { throw malformed("an empty text in choices[\(empty)]", "a text") }
    let answer = try member("answer", "the place of the right choice under \"answer\", counted from 0")
    guard case .integer(let answer) = answer, texts.indices.contains(answer) else {
      throw malformed("\(answer.summary) under \"answer\"", "a number from 0 to \(texts.count - 1)")
    }
    self.init(line: line, context: context, choices: texts, answer: answer)
  }
}
