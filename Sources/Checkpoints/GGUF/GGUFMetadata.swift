import JSON

/// The metadata of a GGUF file: keys and values in the order of the file.
package struct GGUFMetadata: Settings, Sendable {
  /// The file, for error messages.
  package let path: String
  package private(set) var entries: [(key: String, value: GGUFValue)] = []
  private var index: [UTF8Key: Int] = [:]

  /// Starts without entries. `path` names the file in errors.
  package init(path: String) {
    self.path = path
  }

  package var keys: [String] { entries.map { $0.key } }

  /// The value of a key. Setting replaces it in place, or appends it; nil does not remove.
  package subscript(key: String) -> GGUFValue? {
    get { index[UTF8Key(key)].map { entries[$0].value } }
    set {
      guard let newValue else { return }
      if let place = index[UTF8Key(key)] {
        entries[place].value = newValue
      } else {
        index[UTF8Key(key)] = entries.count
        entries.append((key, newValue))
      }
    }
  }

  /// Removes a key, if it is there. O(number of entries).
  package mutating func remove(_ key: String) {
    guard index[UTF8Key(key)] != nil else { return }
    let kept = entries.filter { UTF8Key($0.key) != UTF8Key(key) }
    entries = []
    index = [:]
    for entry in kept { self[entry.key] = entry.value }
  }

  package func value(_ key: String) -> GGUFValue? { self[key] }

  /// An error about a key, for rules that only the caller knows.
  package func error(_ key: String, expected: String) -> CheckpointError {
    .setting(path: path, key: key, found: self[key]?.summary ?? "nothing", expected: expected)
  }
}
