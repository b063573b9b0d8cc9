import JSON

/// What this version does with one key of a configuration that another program defines.
package enum KeyUse: Sendable, Equatable {
  /// Its value is read.
  case read
  /// Whatever its value, weights and inputs are the same: why.
  case withoutEffect(String)
  /// Any value but null, false and what is empty is refused: why.
  case refused(String)
}

/// The keys of one object of a configuration, each with what becomes of it.
///
/// `Tests/Fixtures/quantization-keys.json` lists the keys that the programs' own classes have; a test asks of each of them
/// whether it is here.
package struct KeyTable: Sendable {
  /// What has them, for error messages: "GPTQ".
  package let owner: String
  package let uses: [String: KeyUse]

  /// - Parameters:
  ///   - read: keys whose values are read.
  ///   - withoutEffect: keys that change neither weights nor inputs, by the reason.
  ///   - refused: keys that this version cannot obey, each with the reason.
  init(_ owner: String, read: [String], withoutEffect: [String: [String]] = [:], refused: [String: String] = [:]) {
    self.owner = owner
    var uses: [String: KeyUse] = [:]
    for key in read { uses[key] = .read }
    for (reason, keys) in withoutEffect {
      for key in keys { uses[key] = .withoutEffect(reason) }
    }
    for (key, reason) in refused { uses[key] = .refused(reason) }
    self.uses = uses
  }

  /// Goes through all keys of an object.
  ///
  /// - Returns: the keys that the program does not have, which are not read, by their full names.
  /// - Throws: `.setting` for the first key whose value cannot be obeyed.
  func check(_ settings: JSONObject) throws(CheckpointError) -> [String] {
    try unknown(settings).map { settings.name($0) }
  }

  /// The same for an object that the program itself refuses to read with keys that it does not have.
  func checkAll(_ settings: JSONObject) throws(CheckpointError) {
    guard let key = try unknown(settings).first else { return }
    throw settings.error(
      key, found: settings.members[key]?.compactText ?? "nothing", expected: "no such key: \(owner) does not have it")
  }

  private func unknown(_ settings: JSONObject) throws(CheckpointError) -> [String] {
    var unknown: [String] = []
    for key in settings.keys {
      switch uses[key] {
      case .read?, .withoutEffect?: continue
      case .refused(let reason)?:
        guard let value = settings.value(key), !value.saysNothing else { continue }
        throw settings.error(key, found: value.compactText, expected: "nothing: \(reason)")
      case nil: unknown.append(key)
      }
    }
    return unknown
  }
}

extension JSONValue {
  /// Whether it is what stands for a setting that is not made.
  fileprivate var saysNothing: Bool {
    switch self {
    case .null, .bool(false): true
    case .array(let values): values.isEmpty
    case .object(let members): members.elements.isEmpty
    case .string(let text): text.isEmpty
    default: false
    }
  }
}
