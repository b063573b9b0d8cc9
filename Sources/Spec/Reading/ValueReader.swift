/// One value of the file, about to be read as some `ValueKind`.
package struct ValueReader {
  let node: SpecNode
  package let path: SpecPath
  let log: ReadingLog

  package var position: SourcePosition { node.position }

  var isEmptyList: Bool {
    if case .list(let items) = node.content { items.isEmpty } else { false }
  }

  /// Reads the value, notes its position and what was understood.
  package func read<Value>(_ kind: ValueKind<Value>) -> Value? {
    log.place(path, at: position)
    guard let value = kind.read(self) else { return nil }
    if let echo = kind.echo { log.echo(path, echo(value)) }
    return value
  }

  /// The text of a scalar that is not empty.
  func scalar(_ expected: String) -> String? {
    guard let text = node.text, !text.isEmpty else { return mismatch(expected) }
    return text
  }

  /// Reports a mistake at this value; the result is nil, for `return`.
  package func reject<Value>(_ message: String) -> Value? {
    log.report(position, message)
    return nil
  }

  /// Reports that the value is of another kind than expected.
  package func mismatch<Value>(_ expected: String) -> Value? {
    reject("found \(node.words), expected \(expected)\(Examples.ending(expected, at: path))")
  }

  /// The reader of an item of this list.
  func item(_ index: Int, _ node: SpecNode) -> ValueReader {
    ValueReader(node: node, path: path.appending(index), log: log)
  }

  /// The reader of another value in this one's place.
  func replacing(_ node: SpecNode) -> ValueReader {
    ValueReader(node: node, path: path, log: log)
  }
}
