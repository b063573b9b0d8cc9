/// What a folder calls the parts of a model in which a model of text is one among several.
package struct WrapperNames: Sendable, Equatable {
  /// Takes the place of `model.` in the names of the model of text.
  package let base: String
  /// The module of the output matrix.
  package let head: String
  /// Modules of all other parts. Folder products carry them as they are.
  package let carried: [String]

  package init(base: String, head: String, carried: [String]) {
    self.base = base
    self.head = head
    self.carried = carried
  }

  /// As a model of text by itself has them.
  static let own = WrapperNames(base: "model.", head: "lm_head", carried: [])

  /// What a name that begins as it does in a model of text is here.
  package func name(_ own: String) -> String { renamed(own, from: .own) ?? own }

  /// A module's name here, by the one that it has elsewhere; nil where it is none of the model of text.
  package func renamed(_ module: String, from other: WrapperNames) -> String? {
    if module == other.head || module.hasPrefix(other.head + ".") { return head + module.dropFirst(other.head.count) }
    return module.hasPrefix(other.base) ? base + module.dropFirst(other.base.count) : nil
  }

  /// Whether a tensor belongs to another part.
  func carries(_ tensor: String) -> Bool { carried.contains { tensor.hasPrefix("\($0).") } }
}

extension CheckpointNames {
  /// The same in a folder that holds more than a model of text.
  func within(_ wrapped: WrapperNames?) -> CheckpointNames {
    guard let wrapped else { return self }
    var result = self
    result.before = before.map { ($0.role, $0.role == .output ? wrapped.head : wrapped.name($0.name)) }
    result.after = after.map { ($0.role, wrapped.name($0.name)) }
    result.ofEnds = ofEnds.map { ($0.role, wrapped.name($0.name)) }
    result.blockPrefix = wrapped.name(blockPrefix)
    return result
  }
}
