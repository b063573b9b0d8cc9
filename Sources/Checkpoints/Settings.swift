/// A value of a configuration or of a file's metadata, asked for by the kind that it should be of.
package protocol SettingValue {
  /// An integer of any width that fits an `Int`.
  var asInteger: Int? { get }
  /// An integer or a floating-point number.
  var asNumber: Double? { get }
  var asString: String? { get }
  var asBool: Bool? { get }
  /// The elements of an array.
  associatedtype Elements: Sequence<Self>
  var asArray: Elements? { get }
}

extension SettingValue {
  /// A number; files may hold infinity, which hardly anything can be.
  fileprivate var asFiniteNumber: Double? { asNumber.flatMap { $0.isFinite ? $0 : nil } }

  /// An array whose elements are all of one kind.
  package func asArray<T>(of element: (Self) -> T?) -> [T]? {
    guard let values = asArray else { return nil }
    var read: [T] = []
    for value in values {
      guard let element = element(value) else { return nil }
      read.append(element)
    }
    return read
  }
}

/// Keys and values that a file holds. Every disagreement is an error that names the file, the key, what was found and
/// what was expected; readers called `optional…` answer nil where the key has no value.
package protocol Settings {
  associatedtype Value: SettingValue
  /// The value of a key; nil where there is none.
  func value(_ key: String) -> Value?
  /// An error about a key, for rules that only the caller knows.
  func error(_ key: String, expected: String) -> CheckpointError
}

extension Settings {
  /// Reads a value that must be there.
  func required<T>(_ key: String, _ expected: String, _ read: (Value) -> T?) throws(CheckpointError) -> T {
    guard let result = value(key).flatMap(read) else { throw error(key, expected: expected) }
    return result
  }

  /// Reads an optional value.
  func optional<T>(_ key: String, _ expected: String, _ read: (Value) -> T?) throws(CheckpointError) -> T? {
    guard value(key) != nil else { return nil }
    return try required(key, expected, read)
  }

  package func integer(_ key: String) throws(CheckpointError) -> Int {
    try required(key, "an integer", \.asInteger)
  }

  package func optionalInteger(_ key: String) throws(CheckpointError) -> Int? {
    try optional(key, "an integer", \.asInteger)
  }

  /// An integer of at least 1, such as a size.
  package func positiveInteger(_ key: String) throws(CheckpointError) -> Int {
    try required(key, "an integer of at least 1, and of a size that tensors have") {
      $0.asInteger.flatMap { 1...HeaderLimits.longestSide ~= $0 ? $0 : nil }
    }
  }

  /// A number, written with or without a fraction.
  package func number(_ key: String) throws(CheckpointError) -> Double {
    try required(key, "a number", \.asFiniteNumber)
  }

  package func optionalNumber(_ key: String) throws(CheckpointError) -> Double? {
    try optional(key, "a number", \.asFiniteNumber)
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
    try required(key, "an array of numbers") { $0.asArray(of: \.asFiniteNumber) }
  }

  package func optionalNumbers(_ key: String) throws(CheckpointError) -> [Double]? {
    try optional(key, "an array of numbers") { $0.asArray(of: \.asFiniteNumber) }
  }
}
