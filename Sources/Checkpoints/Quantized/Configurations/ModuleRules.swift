import Patterns

/// Settings of modules whose names match patterns: `dynamic`, as GPTQModel defines it.
package struct ModuleRules: Sendable, Equatable {
  /// What a rule says of the modules that it matches.
  package struct Overrides: Sendable, Equatable {
    package var bits: Int?
    /// The inner nil is a scale for a whole row.
    package var columnsPerGroup: Int??
    package var isSymmetric: Bool?
    package var sortsColumns: Bool?
  }

  private struct Rule: Sendable, Equatable {
    /// It must match the beginning of a name.
    let pattern: PythonPattern
    /// Nil where modules are not quantized.
    let overrides: Overrides?
  }

  private let rules: [Rule]
  /// Keys of rules that GPTQModel does not have.
  let unread: [String]

  /// What is known about a module.
  package enum Answer: Sendable, Equatable {
    /// No rule matches its name.
    case usual
    case overrides(Overrides)
    /// It is not quantized: what the rule's pattern is.
    case plain(pattern: String)
  }

  /// - Parameters:
  ///   - dynamic: nil where there are no rules.
  ///   - bits: widths that rules may ask for.
  /// - Throws: `.setting` for a pattern that is no regular expression, or a value that is not known.
  init(_ dynamic: JSONObject?, bits: [Int]) throws(CheckpointError) {
    var rules: [Rule] = []
    var unread: [String] = []
    for key in dynamic?.keys ?? [] {
      guard let dynamic else { continue }
      let isPlain = key.hasPrefix("-:")
      let pattern = try dynamic.pattern(
        isPlain || key.hasPrefix("+:") ? String(key.dropFirst(2)) : key, of: key)
      guard !isPlain else {
        rules.append(Rule(pattern: pattern, overrides: nil))
        continue
      }
      let rule = try dynamic.object(key)
      unread += try GPTQKeys.rule.check(rule)
      rules.append(Rule(pattern: pattern, overrides: try Self.overrides(rule, bits)))
    }
    // GPTQModel asks the rules that leave modules alone first, wherever they stand.
    self.rules = rules.filter { $0.overrides == nil } + rules.filter { $0.overrides != nil }
    self.unread = unread
  }

  private static func overrides(_ rule: JSONObject, _ bits: [Int]) throws(CheckpointError) -> Overrides {
    var overrides = Overrides()
    if rule.has("bits") { overrides.bits = try rule.bits(bits) }
    if rule.has("group_size") { overrides.columnsPerGroup = .some(try rule.columnsPerGroup()) }
    overrides.isSymmetric = try rule.optionalBool("sym")
    overrides.sortsColumns = try rule.optionalBool("desc_act")
    try rule.checkWords()
    return overrides
  }

  /// What the first rule that matches a module's name says.
  package func answer(for module: String) -> Answer {
    guard let rule = rules.first(where: { $0.pattern.matches(module, .beginning) }) else { return .usual }
    return rule.overrides.map { Answer.overrides($0) } ?? .plain(pattern: rule.pattern.source)
  }
}

extension JSONObject {
  /// Checks `pack_dtype`: codes fill words of 32 bits.
  func checkWords() throws(CheckpointError) {
    if let type = try optionalString("pack_dtype"), type != "int32" {
      throw error("pack_dtype", expected: "int32")
    }
  }

  /// `bits`, one of some.
  func bits(_ known: [Int], _ key: String = "bits") throws(CheckpointError) -> Int {
    let bits = try integer(key)
    guard known.contains(bits) else {
      throw error(key, expected: known.map(String.init).joined(separator: ", "))
    }
    return bits
  }

  /// `group_size`; nil for −1, which stands for a whole row.
  func columnsPerGroup(_ key: String = "group_size") throws(CheckpointError) -> Int? {
    let size = try integer(key)
    guard size == -1 || 1...HeaderLimits.longestSide ~= size else {
      throw error(key, expected: "-1, or a number of inputs")
    }
    return size == -1 ? nil : size
  }

  /// The one of several names of a setting that has a value: the first. Others must say the same.
  func agreed(_ keys: [String]) throws(CheckpointError) -> String? {
    let said = keys.filter { has($0) }
    guard let first = said.first else { return nil }
    for other in said.dropFirst() where !says(other, the: first) {
      throw error(
        other, found: value(other)?.compactText ?? "null",
        expected: "what \(name(first)) says, \(value(first)?.compactText ?? "null"): they are names of one setting")
    }
    return first
  }

  /// Whether two keys have one value, but for the case of letters.
  private func says(_ key: String, the other: String) -> Bool {
    guard let left = value(key)?.asString, let right = value(other)?.asString else { return value(key) == value(other) }
    return left.lowercased() == right.lowercased()
  }
}
