/// The metadata of a GGUF file: keys and values in the order of the file.
///
/// `optional…` readers answer nil where the key is absent; every other disagreement is an error that names the file.
package struct GGUFMetadata: Sendable {
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

  /// An error about a key, for rules that only the caller knows.
  package func error(_ key: String, expected: String) -> CheckpointError {
    .setting(path: path, key: key, found: self[key]?.summary ?? "nothing", expected: expected)
  }

  private func required<T>(_ key: String, _ expected: String, _ read: (GGUFValue) -> T?) throws(CheckpointError) -> T {
    guard let result = self[key].flatMap(read) else { throw error(key, expected: expected) }
    return result
  }

  private func optional<T>(
    _ key: String, _ expected: String, _ read: (GGUFValue) -> T?
  ) throws(CheckpointError) -> T? {
    guard self[key] != nil else { return nil }
    return try required(key, expected, read)
  }
}

extension GGUFMetadata {
  /// A value of any integer type.
  package func integer(_ key: String) throws(CheckpointError) -> Int {
    try required(key, "an integer", \.asInteger)
  }

  package func optionalInteger(_ key: String) throws(CheckpointError) -> Int? {
    try optional(key, "an integer", \.asInteger)
  }

  /// A value of any integer type, of at least 1, such as a size.
  package func positiveInteger(_ key: String) throws(CheckpointError) -> Int {
    try required(key, "an integer of at least 1") { $0.asInteger.flatMap { $0 >= 1 ? $0 : nil } }
  }

  /// A value of any integer or floating-point type.
  package func number(_ key: String) throws(CheckpointError) -> Double {
    try required(key, "a number", \.asNumber)
  }

  package func optionalNumber(_ key: String) throws(CheckpointError) -> Double? {
    try optional(key, "a number", \.asNumber)
  }

  package func string(_ key: String) throws(CheckpointError) -> String {
    try required(key, "a string", \.asString)
  }

  package func optionalString(_ key: String) throws(CheckpointError) -> String? {
    try optional(key, "a string", \.asString)
  }

  package func bool(_ key: String) throws(CheckpointError) -> Bool {
    try required(key, "true or false", \.asBool)
  }

  package func optionalBool(_ key: String) throws(CheckpointError) -> Bool? {
    try optional(key, "true or false", \.asBool)
  }

  package func strings(_ key: String) throws(CheckpointError) -> [String] {
    try required(key, "an array of strings") { $0.asArray(of: \.asString) }
  }

  package func optionalStrings(_ key: String) throws(CheckpointError) -> [String]? {
    try optional(key, "an array of strings") { $0.asArray(of: \.asString) }
  }

  package func integers(_ key: String) throws(CheckpointError) -> [Int] {
    try required(key, "an array of integers") { $0.asArray(of: \.asInteger) }
  }

  package func optionalIntegers(_ key: String) throws(CheckpointError) -> [Int]? {
    try optional(key, "an array of integers") { $0.asArray(of: \.asInteger) }
  }

  package func numbers(_ key: String) throws(CheckpointError) -> [Double] {
    try required(key, "an array of numbers") { $0.asArray(of: \.asNumber) }
  }

  package func optionalNumbers(_ key: String) throws(CheckpointError) -> [Double]? {
    try optional(key, "an array of numbers") { $0.asArray(of: \.asNumber) }
  }
}
