/// Names that a pipeline file may write in any case and with `-` or `_`: types, and variants of the registries.
struct Spelling {
  /// A type that the file names, as it is spelled here.
  struct TypeName {
    let name: String
    let position: SourcePosition
    /// Whether mixes are meant too: of a whole product, and not of some tensors.
    let isWhole: Bool
  }

  private(set) var types: [TypeName] = []

  /// `Q4_K_M` and `q4-k-m` as `q4_k_m`.
  static func canonical(_ name: String) -> String { name.lowercased().replacing("-", with: "_") }

  /// The same file with names as this program spells them.
  mutating func normalized(_ root: SpecNode) -> SpecNode {
    walk(root, isOverride: false)
  }

  private mutating func walk(_ node: SpecNode, isOverride: Bool) -> SpecNode {
    switch node.content {
    case .plain, .quoted: return node
    case .list(let items):
      return SpecNode(.list(items.map { walk($0, isOverride: isOverride) }), at: node.position)
    case .mapping(let entries):
      let changed = entries.map { entry -> SpecNode.Entry in
        var value = walk(entry.value, isOverride: isOverride || entry.key == "overrides")
        switch entry.key {
        case "type":
          value = typed(value, isWhole: !isOverride)
        case "solver": value = Self.spelled(value)
        case "emit", "transform":
          if case .list(let items) = value.content {
            value = SpecNode(.list(items.map(Self.spelled)), at: value.position)
          }
        default: break
        }
        return SpecNode.Entry(key: entry.key, keyPosition: entry.keyPosition, value: value)
      }
      return SpecNode(.mapping(changed), at: node.position)
    }
  }

  /// The name of a type, or a budget with the names of those that are spent.
  private mutating func typed(_ node: SpecNode, isWhole: Bool) -> SpecNode {
    switch node.content {
    case .plain, .quoted:
      let value = Self.spelled(node)
      if let name = value.text { types.append(TypeName(name: name, position: value.position, isWhole: isWhole)) }
      return value
    case .list: return node
    case .mapping(let entries):
      let changed = entries.map { entry -> SpecNode.Entry in
        guard entry.key == "from", case .list(let items) = entry.value.content else { return entry }
        let list = SpecNode(.list(items.map { typed($0, isWhole: false) }), at: entry.value.position)
        return SpecNode.Entry(key: entry.key, keyPosition: entry.keyPosition, value: list)
      }
      return SpecNode(.mapping(changed), at: node.position)
    }
  }

  /// A name, or the only key of a mapping.
  private static func spelled(_ node: SpecNode) -> SpecNode {
    switch node.content {
    case .plain(let text): return SpecNode(.plain(node.isNothing ? text : canonical(text)), at: node.position)
    case .quoted(let text): return SpecNode(.quoted(canonical(text)), at: node.position)
    case .mapping(let entries) where entries.count == 1:
      let entry = SpecNode.Entry(
        key: canonical(entries[0].key), keyPosition: entries[0].keyPosition, value: entries[0].value)
      return SpecNode(.mapping([entry]), at: node.position)
    case .list, .mapping: return node
    }
  }
}
