import Checkpoints
import JSON

/// A key of `tokenizer_config.json` that transformers knows, and what becomes of it here.
///
/// The list of keys is made from transformers' classes by `Tests/Fixtures/tokenizer-config-keys.py`.
package struct TokenizerKey: Sendable {
  package enum Treatment: Sendable {
    /// It is obeyed. A value of another kind is an error.
    case read
    /// It does not change ids, for this reason.
    case withoutEffect(String)
    /// It would change ids in a way that is not done: every other value than these is an error.
    case refused(unless: [JSONValue], because: String)
  }

  package let name: String
  package let treatment: Treatment

  /// Refuses what is asked for and not done.
  static func check(_ configuration: JSONValue, file: String) throws(TokenizerError) {
    for (name, value) in configuration.asMembers?.elements ?? [] where !value.isNull {
      guard case .refused(let neutral, let reason)? = named[name]?.treatment, !neutral.contains(value) else { continue }
      throw .unsupported(
        file: file, part: name, found: value.summary,
        supported: "\((["no value"] + neutral.map(\.words)).joined(separator: ", ")) (\(reason))")
    }
  }

  /// The keys of a file that nothing here, and nothing of transformers, reads.
  static func unknown(in configuration: JSONValue) -> [String] {
    (configuration.asMembers?.elements ?? []).map(\.key).filter { named[$0] == nil && !$0.hasSuffix("_token") }
  }

  private static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

extension JSONValue {
  /// A value that is no more than a few words.
  fileprivate var words: String {
    switch self {
    case .array(let values) where values.isEmpty: "[]"
    case .object(let members) where members.elements.isEmpty: "{}"
    default: summary
    }
  }
}
