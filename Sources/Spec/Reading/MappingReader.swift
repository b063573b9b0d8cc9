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
  private var known: [String] = []
  private var refused: [String] = []

  init(_ entries: [SpecNode.Entry], _ reader: ValueReader) {
    self.entries = entries
    self.reader = reader
  }

  package var path: SpecPath { reader.path }
  /// Where the mapping begins.
  package var position: SourcePosition { reader.position }
  var log: ReadingLog { reader.log }

  /// The keys that the file gives, in its order.
  package var keys: [String] { entries.map(\.key) }

  /// A value that must be there.
  ///
  /// - Returns: nil when it is missing or wrong, which was reported.
  package mutating func required<Value>(_ key: String, _ kind: ValueKind<Value>) -> Value? {
    if let value = child(key) { return value.read(kind) }
    // A slip in the key is told once, where it stands.
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
    child(key)?.read(kind)
  }

  /// A value with a default, which is echoed like a written one.
  package mutating func value<Value>(
    _ key: String, _ kind: ValueKind<Value>, default fallback: @autoclosure () -> Value
  ) -> Value {
    if let value = child(key) { return value.read(kind) ?? fallback() }
    let value = fallback()
    if let echo = kind.echo { log.echo(path.appending(key), echo(value)) }
    return value
  }

  /// A list that may be empty or left out, which is the same.
  package mutating func list<Item>(_ key: String, of kind: ValueKind<Item>) -> [Item] {
    guard let value = child(key), !value.isEmptyList else {
      log.echo(path.appending(key), .list([]))
      return []
    }
    return value.read(.list(of: kind)) ?? []
  }

  /// A value that, when left out, is read as if `word` had been written.
  package mutating func value<Value>(_ key: String, _ kind: ValueKind<Value>, assuming word: String) -> Value? {
    let assumed = SpecNode(.plain(word), at: position)
    return (child(key) ?? ValueReader(node: assumed, path: path.appending(key), log: log)).read(kind)
  }

  /// A key that the language has and this version does not support yet.
  package mutating func refuse(_ key: String, _ message: String) {
    refused.append(key)
    if let entry = entries.first(where: { $0.key == key }) { log.report(entry.keyPosition, message) }
  }

  /// Reports a mistake that concerns several keys, at the mapping itself.
  package func report(_ message: String) {
    log.report(position, message)
  }

  /// Reports a mistake that concerns one key: at its value, or at the mapping when it was left out.
  package func report(at key: String, _ message: String) {
    log.report(entries.first { $0.key == key }?.value.position ?? position, message)
  }

  private mutating func child(_ key: String) -> ValueReader? {
    known.append(key)
    guard let entry = entries.first(where: { $0.key == key }) else { return nil }
    return ValueReader(node: entry.value, path: path.appending(key), log: log)
  }

  /// Reports every key that nothing asked for.
  func reportUnknownKeys() {
    for entry in entries where !known.contains(entry.key) && !refused.contains(entry.key) {
      let found = "the unknown key \(Wording.quote(entry.key)) \(path.inWords)"
      if let home = Examples.home(of: entry.key, at: path) {
        log.report(
          entry.keyPosition, "found the key \(Wording.quote(entry.key)) at the top level, expected it in \(home)")
      } else if known.isEmpty {
        log.report(entry.keyPosition, "found \(found), expected none: it takes no options")
      } else {
        log.report(entry.keyPosition, Wording.unknown(found, named: entry.key, known: known))
      }
    }
  }
}
