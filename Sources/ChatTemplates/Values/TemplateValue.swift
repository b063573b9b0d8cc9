/// A value of Python, as far as templates meet them.
enum TemplateValue {
  /// What a name or key that does not exist gives; the text says what was looked for.
  case undefined(String)
  case none
  case bool(Bool)
  case integer(Int)
  case float(Double)
  case string(String)
  case list([TemplateValue])
  case tuple([TemplateValue])
  case dictionary(TemplateDictionary)
  case namespace(TemplateNamespace)
  case loop(TemplateLoopState)
  case callable(TemplateCallable)

  /// Whether Python takes it for true.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .integer(let value): value != 0
    case .float(let value): value != 0
    case .string(let text): !text.isEmpty
    case .list(let values), .tuple(let values): !values.isEmpty
    case .dictionary(let entries): !entries.isEmpty
    case .namespace, .loop, .callable: true
    }
  }

  var isUndefined: Bool {
    if case .undefined = self { true } else { false }
  }

  /// The kind of value, in Python's words.
  var typeName: String {
    switch self {
    case .undefined: "undefined"
    case .none: "None"
    case .bool: "bool"
    case .integer: "int"
    case .float: "float"
    case .string: "str"
    case .list: "list"
    case .tuple: "tuple"
    case .dictionary: "dict"
    case .namespace: "namespace"
    case .loop: "loop"
    case .callable: "function"
    }
  }

  /// A number, where this is one; Python counts truth values among them.
  var number: Double? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): Double(value)
    case .float(let value): value
    default: nil
    }
  }

  /// A whole number, where this is one.
  var integer: Int? {
    switch self {
    case .bool(let value): value ? 1 : 0
    case .integer(let value): value
    default: nil
    }
  }

  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }
}

/// A dictionary in the order of its keys' first appearance. Templates build and read small ones, so it is a list.
/// Looking for a key is charged (see `find`).
struct TemplateDictionary {
  struct Entry {
    let key: TemplateValue
    var value: TemplateValue
  }

  private(set) var entries: [Entry] = []

  var isEmpty: Bool { entries.isEmpty }
  var count: Int { entries.count }

  /// - Precondition: the key is not there.
  mutating func append(_ key: TemplateValue, _ value: TemplateValue) {
    entries.append(Entry(key: key, value: value))
  }

  mutating func replace(_ index: Int, _ value: TemplateValue) { entries[index].value = value }
}

/// What `namespace()` makes: the only value that templates can change.
final class TemplateNamespace {
  var attributes: TemplateDictionary

  init(_ attributes: TemplateDictionary) {
    self.attributes = attributes
  }
}

/// The variable `loop`.
final class TemplateLoopState {
  let values: [TemplateValue]
  var index = 0
  /// What `changed` saw last.
  var last: [TemplateValue]?

  init(_ values: [TemplateValue]) {
    self.values = values
  }

  func attribute(_ name: String) -> TemplateValue? {
    switch name {
    case "index": .integer(index + 1)
    case "index0": .integer(index)
    case "revindex": .integer(values.count - index)
    case "revindex0": .integer(values.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == values.count - 1)
    case "length": .integer(values.count)
    // They count levels of recursion, and recursive loops are not supported.
    case "depth": .integer(1)
    case "depth0": .integer(0)
    case "previtem": index > 0 ? values[index - 1] : .undefined("there is no previous item")
    case "nextitem": index + 1 < values.count ? values[index + 1] : .undefined("there is no next item")
    case "cycle", "changed": .callable(.method(.loop(self), name))
    default: nil
    }
  }
}

/// Something that can be called.
enum TemplateCallable {
  case global(String)
  indirect case method(TemplateValue, String)
  case macro(TemplateMacro, TemplateScope)
}

/// The variables of a part of a template.
final class TemplateScope {
  private var variables: [String: TemplateValue] = [:]
  private let outer: TemplateScope?

  init(inside outer: TemplateScope? = nil) {
    self.outer = outer
  }

  subscript(name: String) -> TemplateValue? {
    get { variables[name] ?? outer?[name] }
    set { variables[name] = newValue }
  }

  /// Forgets everything. Macros hold the scope that holds them, so no scope with a macro would ever go otherwise.
  func removeAll() { variables = [:] }
}
