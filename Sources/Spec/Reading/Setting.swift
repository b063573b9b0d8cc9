/// One `--set key.path=value`: an edit of the file before it is read.
struct Setting {
  /// The way to the value as typed; it stands in diagnostics in place of a line.
  let key: String
  private let steps: [String]
  private let value: SpecNode

  /// Reads the argument of `--set`. The path names keys with dots, and items of lists by number: `emit.0.gguf`, or
  /// `emit[0].gguf` as diagnostics print it. The value is a YAML scalar or a list or mapping in brackets.
  ///
  /// - Throws: what is wrong with the argument itself.
  init(_ argument: String) throws(SpecErrors) {
    guard let equals = argument.firstIndex(of: "=") else {
      throw SpecErrors(.setting(argument), "found no '=', expected KEY.PATH=VALUE")
    }
    key = String(argument[..<equals])
    steps = key.replacing("[", with: ".").replacing("]", with: "")
      .split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let position = SourcePosition.setting(key)
    guard !steps.contains("") else {
      throw SpecErrors(position, "found an empty part in the path, expected KEY.PATH=VALUE")
    }
    guard !steps.contains(SpecFiles.key) else {
      throw SpecErrors(position, "found extends, expected it in the file: --set changes what the files come to")
    }
    let text = argument[argument.index(after: equals)...]
    guard !text.isEmpty else {
      value = SpecNode(.plain(""), at: position)
      return
    }
    var yaml = YAMLText { _, _ in position }
    let (node, diagnostics) = yaml.parse(String(text))
    guard let node, diagnostics.isEmpty else {
      throw SpecErrors(diagnostics.map { Diagnostic($0.position, "\($0.message); quote the value where it is a text") })
    }
    switch node.content {
    case .mapping where text.first != "{", .list where text.first != "[":
      throw SpecErrors(position, "found \(node.words) without brackets, expected one word or {…} or […]")
    default: value = node
    }
  }

  /// Puts the value in its place. Mappings on the way are made where they are missing.
  ///
  /// - Throws: where the way leads through something that is no mapping and no list.
  func apply(to root: inout SpecNode) throws(SpecErrors) {
    try apply(steps[...], to: &root, reached: .root)
  }

  private func apply(_ steps: ArraySlice<String>, to node: inout SpecNode, reached: SpecPath) throws(SpecErrors) {
    guard let step = steps.first else {
      node = value
      return
    }
    let rest = steps.dropFirst()
    switch node.content {
    case .mapping(var entries):
      let path = reached.appending(step)
      if let index = entries.firstIndex(where: { $0.key == step }) {
        try apply(rest, to: &entries[index].value, reached: path)
      } else {
        var made = nothing
        try apply(rest, to: &made, reached: path)
        entries.append(SpecNode.Entry(key: step, keyPosition: .setting(key), value: made))
      }
      node.content = .mapping(entries)
    case .list(var items):
      guard let index = Int(step), (0...items.count).contains(index) else {
        throw refusal(
          "found the index \(Wording.quote(step)), expected 0 to \(items.count): \(reached) has "
            + "\(items.count) item\(items.count == 1 ? "" : "s")")
      }
      if index == items.count { items.append(nothing) }
      try apply(rest, to: &items[index], reached: reached.appending(index))
      node.content = .list(items)
    case .plain(step), .quoted(step):
      // `solver: gptq` is short for `solver: {gptq: {}}`, so its options can be reached.
      node = SpecNode(.mapping([.init(key: step, keyPosition: node.position, value: nothing)]), at: node.position)
      try apply(steps, to: &node, reached: reached)
    case .plain where node.isNothing:
      node = SpecNode(step == "0" ? .list([]) : .mapping([]), at: .setting(key))
      try apply(steps, to: &node, reached: reached)
    case .plain, .quoted:
      throw refusal("found \(node.words) at \(reached), expected a mapping or list to set \(Wording.quote(step)) in")
    }
  }

  private var nothing: SpecNode { SpecNode(.plain(""), at: .setting(key)) }

  private func refusal(_ message: String) -> SpecErrors { SpecErrors(.setting(key), message) }
}
