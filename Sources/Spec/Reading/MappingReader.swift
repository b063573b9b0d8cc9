/// Reads the keys of one mapping: each accessor reports what is wrong and reading goes on, so one pass finds everything.
///
/// ```swift
/// init?(reading options: inout MappingReader) {
///   damping = options.value("damping", .number(in: .above(0)), default: 0.01)
///   order = options.value("order", .word, default: .activation)
/// }
/// ```
/// Ask for every key before leaving early: a key that was never asked for is reported as unknown.
package struct MappingReader {
  private let entries: [SpecNode.Entry]
  private let reader: ValueReader
  /// Every key that was asked for, in that order.
  private(set) var asked: [MappingSchema.Key] = []
  /// What was asked of several keys together.
  private(set) var rules: [MappingSchema.Rule] = []
  /// Keys of which it was asked whether they are given before they were read.
  private(set) var questions: [String] = []
  private var refused: [String] = []
  /// Keys that are taken to be given while a mapping is only described.
  private let assumed: Set<String>

  init(_ entries: [SpecNode.Entry], _ reader: ValueReader, assuming assumed: Set<String> = []) {
    self.entries = entries
    self.reader = reader
    self.assumed = assumed
  }

  package var path: SpecPath { reader.path }
  /// Where the mapping begins.
  package var position: SourcePosition { reader.position }
  var log: ReadingLog { reader.log }

  /// Whether the file gives a key.
  package mutating func gives(_ key: String) -> Bool {
    questions.append(key)
    return has(key)
  }

  private func has(_ key: String) -> Bool { assumed.contains(key) || entries.contains { $0.key == key } }

  private func hasAny(of keys: [String]) -> Bool { keys.contains(where: has) }

  /// A value that must be there.
  ///
  /// - Returns: nil when it is missing or wrong, which was reported.
  package mutating func required<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
    if let value = child(key, kind, isRequired: true) { return value.read(kind) }
    // A slip in the key is told once, where it stands.
    let known = asked.map(\.name)
    guard !entries.contains(where: { !known.contains($0.key) && Wording.closest(to: $0.key, among: [key]) != nil })
    else {
      return nil
    }
    report(
      "the key '\(key)' is missing \(path.inWords), expected \(kind.expected)\(Examples.ending(kind.expected, at: path.appending(key)))"
    )
    return nil
  }

  /// A value that may be left out.
  ///
  /// - Returns: nil when it was left out, or is wrong, which was reported.
  package mutating func optional<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
    child(key, kind)?.read(kind)
  }

  /// A value with a default, which is echoed like a written one.
  package mutating func value<Value>(
    _ key: String, _ kind: ValueKind<Value>, default fallback: @autoclosure () -> Value
  ) -> Value {
    if let value = child(key, kind) { return value.read(kind) ?? fallback() }
    let value = fallback()
    if let echo = kind.echo {
      let echoed = echo(value)
      log.echo(path.appending(key), echoed)
      asked[asked.count - 1].fallback = echoed
    }
    return value
  }

  /// A list that may be empty or left out, which is the same.
  package mutating func list<Item>(_ key: String, of kind: ValueKind<Item>) -> [Item] {
    let list = ValueKind<[Item]>.list(of: kind)
    guard let value = child(key, list, mayBeEmpty: true), !value.isEmptyList else {
      log.echo(path.appending(key), .list([]))
      return []
    }
    return value.read(list) ?? []
  }

  /// A value that, when left out, is read as if `word` had been written.
  package mutating func value<Value>(_ key: String, _ kind: ValueKind<Value>, assuming word: String) -> Value? {
    let assumed = SpecNode(.plain(word), at: position)
    return (child(key, kind) ?? ValueReader(node: assumed, path: path.appending(key), log: log)).read(kind)
  }

  /// A key that has no place here, though it has in others like this; the message says why.
  package mutating func refuse(_ key: String, _ message: String) {
    refused.append(key)
    if let entry = entries.first(where: { $0.key == key }) { log.report(entry.value.position, message) }
  }

  /// Asks for at least one of several keys.
  ///
  /// - Parameter others: what else the mapping may hold, where a slip in a key is to be told at that key only.
  package mutating func require(oneOf keys: [String], beside others: [String]? = nil, _ message: String) {
    rules.append(.oneOf(keys))
    guard !hasAny(of: keys), entries.allSatisfy({ others?.contains($0.key) ?? true }) else { return }
    report(message)
  }

  /// Asks for one or more keys, whichever they are.
  package mutating func requireAny(_ message: String) {
    rules.append(.notEmpty)
    if entries.isEmpty { report(message) }
  }

  /// Refuses a key beside another.
  package mutating func refuse(_ key: String, beside other: String, _ message: String) {
    rules.append(.apart(key, other))
    if has(key), has(other) { report(at: key, message) }
  }

  /// Refuses a key without one of several others.
  package mutating func refuse(_ key: String, withoutOneOf others: [String], _ message: String) {
    rules.append(.needs(key, others))
    if has(key), !hasAny(of: others) { report(at: key, message) }
  }

  /// Reports a mistake that concerns several keys, at the mapping itself.
  package func report(_ message: String) {
    log.report(position, message)
  }

  /// Reports a mistake that concerns one key: at its value, or at the mapping when it was left out.
  package func report(at key: String, _ message: String) {
    log.report(entries.first { $0.key == key }?.value.position ?? position, message)
  }

  private mutating func child<Value>(
    _ key: String, _ kind: ValueKind<Value>, isRequired: Bool = false, mayBeEmpty: Bool = false
  ) -> ValueReader? {
    asked.append(.init(name: key, isRequired: isRequired, mayBeEmpty: mayBeEmpty, schema: kind.schema))
    guard let entry = entries.first(where: { $0.key == key }) else { return nil }
    return ValueReader(node: entry.value, path: path.appending(key), log: log)
  }

  /// Reports every key that nothing asked for.
  func reportUnknownKeys() {
    let known = asked.map(\.name)
    for entry in entries where !known.contains(entry.key) && !refused.contains(entry.key) {
      let found = "the unknown key \(Wording.quote(entry.key)) \(path.inWords)"
      if let home = Examples.home(of: entry.key, at: path) {
        log.report(
          entry.keyPosition, "found the key \(Wording.quote(entry.key)) at the top level, expected it in \(home)")
      } else if known.isEmpty {
        log.report(entry.keyPosition, "found \(found), expected none: it takes no options")
      } else {
        let names = known + [SpecFiles.key]
        log.report(entry.keyPosition, Wording.unknown(found, named: entry.key, known: names, listed: known))
      }
    }
  }
}
