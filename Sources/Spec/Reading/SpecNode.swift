/// One value of a pipeline file as it was written, with its position. What it means is decided by whoever reads it.
struct SpecNode: Sendable {
  /// One `key: value` of a mapping.
  struct Entry: Sendable {
    let key: String
    let keyPosition: SourcePosition
    var value: SpecNode
  }

  enum Content: Sendable {
    /// A scalar without quotes: a number, a truth value, nothing, or a text.
    case plain(String)
    /// A scalar in quotes or in block style: always a text.
    case quoted(String)
    case list([SpecNode])
    case mapping([Entry])
  }

  var content: Content
  let position: SourcePosition

  init(_ content: Content, at position: SourcePosition) {
    self.content = content
    self.position = position
  }

  /// Whether a key was left without a value.
  var isNothing: Bool {
    if case .plain(let text) = content { ["", "~", "null", "Null", "NULL"].contains(text) } else { false }
  }

  /// The text of a scalar.
  var text: String? {
    switch content {
    case .plain(let text): isNothing ? nil : text
    case .quoted(let text): text
    case .list, .mapping: nil
    }
  }

  /// The value in a sentence that begins with "found".
  var words: String {
    switch content {
    case .plain(let text): isNothing ? "nothing" : Double(text) == nil ? Wording.quote(text) : text
    case .quoted(let text): Wording.quote(text)
    case .list(let items): items.isEmpty ? "an empty list" : "a list"
    case .mapping(let entries): entries.isEmpty ? "an empty mapping" : "a mapping"
    }
  }

  /// The value under a key.
  subscript(key: String) -> Entry? {
    guard case .mapping(let entries) = content else { return nil }
    return entries.first { $0.key == key }
  }
}

extension SpecNode {
  /// Lays `overlay` over this value: mappings merge key by key, everything else is replaced.
  func merged(with overlay: SpecNode) -> SpecNode {
    guard case .mapping(var entries) = content, case .mapping(let changes) = overlay.content else { return overlay }
    for change in changes {
      if let index = entries.firstIndex(where: { $0.key == change.key }) {
        let value = entries[index].value.merged(with: change.value)
        entries[index] = Entry(key: change.key, keyPosition: change.keyPosition, value: value)
      } else {
        entries.append(change)
      }
    }
    return SpecNode(.mapping(entries), at: position)
  }

  /// A copy of a mapping without one key.
  func removing(_ key: String) -> SpecNode {
    guard case .mapping(let entries) = content else { return self }
    return SpecNode(.mapping(entries.filter { $0.key != key }), at: position)
  }
}
