import JSON

/// A JSON object that knows its file and its place there, so that each error can name both.
package struct JSONObject: Settings, Sendable {
  /// The file, for error messages.
  package let path: String
  /// The keys that lead here from the file's top, joined by dots and ending in one; empty at the top.
  private let prefix: String
  package let members: JSONMembers

  package init(path: String, members: JSONMembers) {
    self.init(path: path, prefix: "", members: members)
  }

  private init(path: String, prefix: String, members: JSONMembers) {
    self.path = path
    self.prefix = prefix
    self.members = members
  }

  /// Reads a file whose one value is an object.
  package init(contentsOf path: String, _ dialect: JSONDialect = .strict) throws(CheckpointError) {
    let value = try JSONValue(contentsOf: path, dialect)
    guard case .object(let members) = value else {
      throw .malformed(path: path, part: .text(line: 1, column: 1), found: value.summary, expected: "an object")
    }
    self.init(path: path, members: members)
  }

  /// The keys in the order of the file.
  package var keys: [String] { members.elements.map { $0.key } }

  /// Whether a key is there with a value other than null.
  package func has(_ key: String) -> Bool {
    value(key) != nil
  }

  /// An error about a key of this object, for rules that only the caller knows.
  package func error(_ key: String, expected: String) -> CheckpointError {
    error(key, found: members[key]?.summary ?? "nothing", expected: expected)
  }

  /// An error about a key of this object that says in its own words what was found.
  package func error(_ key: String, found: String, expected: String) -> CheckpointError {
    .setting(path: path, key: prefix + key, found: found, expected: expected)
  }

  /// A key with all that lead to it from the file's top.
  package func name(_ key: String) -> String { prefix + key }

  /// The same place with other members.
  package func replacing(_ members: JSONMembers) -> JSONObject {
    JSONObject(path: path, prefix: prefix, members: members)
  }

  /// The value of a key; null counts as none.
  package func value(_ key: String) -> JSONValue? {
    members[key].flatMap { $0 == .null ? nil : $0 }
  }
}

extension JSONObject {
  package func array(_ key: String) throws(CheckpointError) -> [JSONValue] {
    try required(key, "an array", \.asArray)
  }

  /// A nested object.
  package func object(_ key: String) throws(CheckpointError) -> JSONObject {
    let members = try required(key, "an object", \.asMembers)
    return child(key, of: members)
  }

  package func optionalObject(_ key: String) throws(CheckpointError) -> JSONObject? {
    guard let members = try optional(key, "an object", \.asMembers) else { return nil }
    return child(key, of: members)
  }

  /// The objects of an array.
  package func objects(_ key: String) throws(CheckpointError) -> [JSONObject] {
    let all = try required(key, "an array of objects") { $0.asArray(of: \.asMembers) }
    return all.indices.map { child("\(key)[\($0)]", of: all[$0]) }
  }

  private func child(_ key: String, of members: JSONMembers) -> JSONObject {
    JSONObject(path: path, prefix: "\(prefix)\(key).", members: members)
  }
}

extension JSONValue: SettingValue {}
