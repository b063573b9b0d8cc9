import Foundation

/// What becomes of a model when keys of its configuration change, as the program that defines it has it.
/// `Tests/Fixtures/config-keys.py` and `adapter-keys.py` make the files.
package struct KeyFixture: Sendable {
  /// A change and what comes of it.
  package struct Outcome: Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
      case same, logits, tensors, refused
    }

    /// The keys that change.
    package let keys: [String]
    /// The whole configuration, changed.
    package let config: String
    package let kind: Kind
    /// Of the rows and columns that the script keeps, where they are others.
    package let logits: [Float]
    package let description: String
  }

  package let name: String
  /// A variant of families.json, or one of its adapters.
  package let base: String
  /// The configuration that the changes are made to.
  package let config: String
  /// All keys that the program reads.
  package let keys: [String]
  package let outcomes: [Outcome]

  package static let rows = [20, 39]
  package static let columns = 6

  package static let configs: [KeyFixture] = read("config-keys.json") { FamilyFixture.named($0).config }
  package static let adapters: [KeyFixture] = read("adapter-keys.json") { AdapterFixture.named($0).config }

  private static func read(_ file: String, _ config: (String) -> String) -> [KeyFixture] {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/\(file)")
    guard let data = try? Data(contentsOf: path),
      let entries = try? JSONSerialization.jsonObject(with: data) as? [[String: Any]]
    else { preconditionFailure("Tests/Fixtures/\(file) is not what its script writes") }
    return entries.map { entry in
      guard let name = entry["name"] as? String, let keys = entry["keys"] as? [String],
        let outcomes = entry["outcomes"] as? [[String: Any]], let same = entry["same"] as? [[String: Any]]
      else { preconditionFailure("\(file) has an entry that its script did not write") }
      let base = entry["base"] as? String ?? name
      let text = config(base)
      guard var members = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
        preconditionFailure("\(base) has no configuration")
      }
      members.merge(entry["changes"] as? [String: Any] ?? [:]) { $1 }
      let all = same.map { ["set": $0, "kind": "same"] } + outcomes
      return KeyFixture(
        name: name, base: base, config: json(members), keys: keys, outcomes: all.map { outcome($0, members, file) })
    }
  }

  private static func outcome(_ entry: [String: Any], _ config: [String: Any], _ file: String) -> Outcome {
    guard let changes = entry["set"] as? [String: Any], let text = entry["kind"] as? String,
      let kind = Outcome.Kind(rawValue: text)
    else { preconditionFailure("\(file) has an outcome that its script did not write") }
    var config = config
    // Of a model with several parts, keys of the model of text go by their full names.
    let prefix = "text_config."
    var part = config["text_config"] as? [String: Any] ?? [:]
    for (key, value) in changes {
      let new: Any? = value as? String == "(gone)" ? nil : value
      if key.hasPrefix(prefix) { part[String(key.dropFirst(prefix.count))] = new } else { config[key] = new }
    }
    if changes.keys.contains(where: { $0.hasPrefix(prefix) }) { config["text_config"] = part }
    let logits = (entry["logits"] as? String).flatMap { Data(base64Encoded: $0) }.map(FamilyFixture.floats) ?? []
    return Outcome(
      keys: changes.keys.sorted(), config: json(config), kind: kind, logits: logits, description: json(changes))
  }

  private static func json(_ members: [String: Any]) -> String {
    let data = try? JSONSerialization.data(withJSONObject: members, options: [.sortedKeys, .withoutEscapingSlashes])
    return String(decoding: data ?? Data(), as: UTF8.self)
  }
}
