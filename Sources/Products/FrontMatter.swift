import JSON

/// The YAML between two lines of `---` at the head of a model card, as far as another card takes it over: the lines of each key at
/// the outermost level, unread.
package struct FrontMatter: Sendable, Equatable {
  private var blocks: [(key: String, lines: [String])] = []

  package static func == (left: FrontMatter, right: FrontMatter) -> Bool {
    left.blocks.map(\.lines) == right.blocks.map(\.lines)
  }

  package init() {}

  /// - Parameter card: a whole card; one without such a head has no keys.
  package init(of card: String) {
    let lines = card.split(omittingEmptySubsequences: false) { $0.isNewline }.map { $0.filter { $0 != "\u{FEFF}" } }
    guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return }
    for line in lines[1..<end] {
      let text = String(line).onOneLine
      if let key = text.prefixMatch(of: #/([A-Za-z_][A-Za-z0-9_-]*):(\s|$)/#)?.output.1 {
        blocks.append((String(key), [text]))
      } else if let first = text.first, first == " " || first == "-", !blocks.isEmpty {
        blocks[blocks.count - 1].lines.append(text)
      }
    }
  }

  /// The lines of a key, its own first; nil where there is none.
  package subscript(key: String) -> [String]? { blocks.first { $0.key == key }?.lines }

  /// The elements of a list, written as in the file.
  package func items(_ key: String) -> [String] {
    guard let lines = self[key], let first = lines.first else { return [] }
    let rest = first.drop { $0 != ":" }.dropFirst().trimmed
    if rest.hasPrefix("["), rest.hasSuffix("]") {
      return rest.dropFirst().dropLast().split(separator: ",").map { $0.trimmed }.filter { !$0.isEmpty }
    }
    if !rest.isEmpty { return [rest] }
    return lines.dropFirst().map { $0[...].trimmed }.filter { $0.hasPrefix("- ") }.map { $0.dropFirst(2).trimmed }
  }

  /// Takes the lines of keys over, in this order, where they are there.
  package mutating func take(_ keys: [String], from other: FrontMatter) {
    for key in keys { if let lines = other[key] { blocks.append((key, lines)) } }
  }

  /// Sets a key that has no lines yet.
  package mutating func set(_ key: String, _ value: String) {
    guard self[key] == nil else { return }
    blocks.append((key, ["\(key): \(value)"]))
  }

  /// Sets a key to a list.
  package mutating func set(_ key: String, _ items: [String]) {
    blocks.append((key, ["\(key):"] + items.map { "- \($0)" }))
  }

  package var text: String { (["---"] + blocks.flatMap(\.lines) + ["---"]).joined(separator: "\n") }
}

extension Substring {
  /// Without white space at both ends.
  fileprivate var trimmed: String {
    let start = drop { $0.isWhitespace }
    return String(start.reversed().drop { $0.isWhitespace }.reversed())
  }
}
