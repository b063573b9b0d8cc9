/// How to read one kind of value: a number within bounds, a word out of some, a path, a list, a mapping of options.
///
/// New kinds are new static members, so every reader can use them: `.number(in: .above(0))`, `.list(of: .path)`.
package struct ValueKind<Value> {
  /// Ends the sentence "expected …".
  let expected: String
  /// Reads a value; nil when it was reported as wrong.
  let read: (ValueReader) -> Value?
  /// Says a value for the manifest; nil for kinds whose parts were echoed one by one.
  let echo: ((Value) -> ResolvedValue)?
  /// What values it takes, as JSON Schema says it.
  let schema: (SchemaContext) -> ResolvedValue
}

extension ValueKind where Value == String {
  /// Any text; what YAML would take for a number or truth value is read as the text it is.
  package static var text: ValueKind { text("a text") }

  /// A text, called `expected` in diagnostics.
  package static func text(_ expected: String) -> ValueKind {
    ValueKind(expected: expected, read: { $0.scalar(expected) }, echo: { .text($0) }, schema: { _ in .anyText })
  }
}

extension ValueKind where Value == String {
  /// The name of a type, called `expected` in diagnostics; the plan knows which there are.
  static func type(_ expected: String) -> ValueKind {
    let text = ValueKind.text(expected)
    return ValueKind(
      expected: text.expected, read: text.read, echo: text.echo,
      schema: { _ in .object([("$ref", .text("#/definitions/\(PipelineSchema.type)"))]) })
  }
}

extension ValueKind where Value == FileLocation {
  /// A file or folder.
  package static var path: ValueKind {
    ValueKind(
      expected: "a path",
      read: { reader in
        guard let text = reader.scalar("a path") else { return nil }
        guard text != "~", !text.hasPrefix("~/") else {
          return reader.reject(
            "found the path \(Wording.quote(text)), expected it in full: only a shell knows what ~ stands for")
        }
        guard !text.contains("\0") else { return reader.reject("found a path with a NUL character, expected a path") }
        return reader.log.folders.locate(text, from: reader.position)
      },
      echo: { .text($0.written) }, schema: { _ in .anyText })
  }
}

extension ValueKind where Value == Bool {
  /// `true` or `false`; YAML's older yes, no, on and off are not guessed at.
  package static var truth: ValueKind {
    let truths = ["true": true, "True": true, "TRUE": true, "false": false, "False": false, "FALSE": false]
    return ValueKind(
      expected: "true or false",
      read: { reader in
        if case .plain(let text) = reader.node.content, let value = truths[text] { return value }
        return reader.mismatch("true or false")
      },
      echo: { .truth($0) }, schema: { _ in .object([("type", .text("boolean"))]) })
  }
}

extension ValueKind where Value == Int {
  /// A whole number, in decimal digits.
  package static func integer(in bounds: Bounds<Int> = .any) -> ValueKind {
    let expected = "a whole number\(bounds.words)"
    return ValueKind(
      expected: expected,
      read: { reader in
        guard case .plain(let text) = reader.node.content, let value = Int(text), bounds.contains(value) else {
          return reader.mismatch(expected)
        }
        return value
      },
      echo: { .integer($0) }, schema: { _ in .object([("type", .text("integer"))], bounds.limits) })
  }
}

extension ValueKind where Value == Double {
  /// A finite number.
  package static func number(in bounds: Bounds<Double> = .any) -> ValueKind {
    let expected = "a number\(bounds.words)"
    return ValueKind(
      expected: expected,
      read: { reader in
        // `Double` would also take hexadecimal digits, nan and inf.
        guard case .plain(let text) = reader.node.content, text.allSatisfy({ "0123456789+-.eE".contains($0) }),
          let value = Double(text), value.isFinite, bounds.contains(value)
        else { return reader.mismatch(expected) }
        return value
      },
      echo: { .number($0) }, schema: { _ in .object([("type", .text("number"))], bounds.limits) })
  }
}

extension ValueKind
where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
  /// One word of an enumeration.
  package static var word: ValueKind {
    let known = Value.allCases.map { $0.rawValue }
    return ValueKind(
      expected: "one of \(known.joined(separator: ", "))",
      read: { reader in
        guard let text = reader.node.text else { return reader.mismatch("one of \(known.joined(separator: ", "))") }
        if let value = Value(rawValue: text) { return value }
        return reader.reject(Wording.unknown(Wording.quote(text), named: text, known: known))
      },
      echo: { .text($0.rawValue) }, schema: { _ in .object([("enum", .list(known.map { .text($0) }))]) })
  }
}

extension ValueKind where Value == TensorGlob {
  /// A pattern over tensor names.
  package static var tensors: ValueKind {
    ValueKind(
      expected: "a pattern over tensor names",
      read: { reader in
        guard let text = reader.scalar("a pattern over tensor names") else { return nil }
        do throws(TensorGlob.Malformed) {
          return try TensorGlob(text)
        } catch {
          return reader.reject("found \(error.reason)")
        }
      },
      echo: { .text($0.pattern) }, schema: { _ in .anyText })
  }
}

extension ValueKind {
  /// A list of one or more items that are all of one kind; nil when any of them is wrong. A list that may be empty is
  /// read by `MappingReader.list(_:of:)`.
  package static func list<Item>(of item: ValueKind<Item>) -> ValueKind where Value == [Item] {
    ValueKind(
      expected: "a list",
      read: { reader in
        guard case .list(let nodes) = reader.node.content else { return reader.mismatch("a list") }
        guard !nodes.isEmpty else { return reader.reject("found an empty list, expected at least one item") }
        // Every item is read, so that every mistake is found, before the list as a whole is judged.
        let items = nodes.enumerated().map { reader.item($0.offset, $0.element).read(item) }
        let values = items.compactMap { $0 }
        return values.count == items.count ? values : nil
      },
      echo: nil,
      schema: { context in
        .object([("type", .text("array")), ("minItems", .integer(1)), ("items", item.schema(context.whole))])
      })
  }

  /// One item, or a list of one or more of them; nil when any of them is wrong.
  package static func oneOrMore<Item>(of item: ValueKind<Item>) -> ValueKind where Value == [Item] {
    let list = ValueKind.list(of: item)
    return ValueKind(
      expected: "\(item.expected) or a list",
      read: { reader in
        if case .list = reader.node.content { return list.read(reader) }
        return reader.read(item).map { [$0] }
      },
      echo: nil,
      schema: { .object([("anyOf", .list([item.schema($0), list.schema($0)]))]) })
  }

  /// A mapping, read by `body`; keys that `body` did not ask for are reported as unknown.
  package static func mapping(_ body: @escaping (inout MappingReader) -> Value?) -> ValueKind {
    ValueKind(
      expected: "a mapping",
      read: { reader in
        guard case .mapping(let entries) = reader.node.content else { return reader.mismatch("a mapping") }
        var mapping = MappingReader(entries, reader)
        let value = body(&mapping)
        mapping.reportUnknownKeys()
        return value
      },
      echo: nil,
      schema: { MappingSchema(body).schema($0) })
  }

  /// A mapping that may be shortened to the value of its most important key: `a.txt` for `{path: a.txt}`.
  package static func mapping(
    orOnly key: String, _ body: @escaping (inout MappingReader) -> Value?
  ) -> ValueKind {
    let mapping = ValueKind.mapping(body)
    return ValueKind(
      expected: "a \(key) or a mapping",
      read: { reader in
        guard reader.node.text != nil else {
          if case .mapping = reader.node.content { return mapping.read(reader) }
          return reader.mismatch("a \(key) or a mapping")
        }
        let entry = SpecNode.Entry(key: key, keyPosition: reader.position, value: reader.node)
        return mapping.read(reader.replacing(SpecNode(.mapping([entry]), at: reader.position)))
      },
      echo: nil,
      schema: { .object([("anyOf", .list([.anyText, mapping.schema($0)]))]) })
  }

  /// The same, whose keys the reference and the schema describe under a name of their own wherever it stands.
  package func described(as name: String) -> ValueKind {
    ValueKind(expected: expected, read: read, echo: echo, schema: { schema($0.named(name)) })
  }
}
