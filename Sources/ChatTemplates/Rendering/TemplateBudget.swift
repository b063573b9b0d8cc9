import JSON

/// What rendering one conversation may cost: steps, bytes and depth, each charged here and nowhere else.
///
/// A template comes with a model, so it may be written to never end or to fill the memory. The limits leave published
/// templates hundreds of times what they use; those of steps and bytes grow with the conversation.
final class TemplateBudget {
  /// The line of the template that is being rendered, for messages.
  var line = 1
  private let mostSteps: Int
  private let mostBytes: Int
  private var steps = 0
  private var bytes = 0
  private var depth = 0

  /// Levels of statements, expressions, macros and values inside each other; it bounds the stack.
  static let deepest = 1000
  /// Levels of values inside each other.
  static let deepestValue = 200

  /// - Parameter input: bytes of the conversation and the variables, about.
  init(input: Int) {
    mostSteps = 2_000_000 + 64 * input
    mostBytes = 24 << 20 + 64 * input
  }

  func failure(_ reason: String) -> ChatTemplateError { .rendering(line: line, reason: reason) }

  // MARK: - Steps

  /// Charges work.
  func take(steps count: Int = 1) throws(ChatTemplateError) {
    steps += count
    guard steps <= mostSteps else { throw failure("no end after \(mostSteps) steps") }
  }

  /// Charges work on a text.
  func read(bytes count: Int) throws(ChatTemplateError) { try take(steps: 1 + count / 64) }

  // MARK: - Bytes

  /// Charges what is about to be built. Nothing is ever given back, so that all values together stay below the limit.
  func build(bytes count: Int) throws(ChatTemplateError) {
    try hold(bytes: count)
    bytes += count
  }

  /// Charges a list that is about to be built.
  func build(elements count: Int) throws(ChatTemplateError) {
    try take(steps: count / 4)
    try build(bytes: count * MemoryLayout<TemplateValue>.stride)
  }

  /// Asks for room for something that is gone before anything else is built.
  func hold(bytes count: Int) throws(ChatTemplateError) {
    guard count <= mostBytes - bytes else { throw failure("its texts and lists take more than \(mostBytes) bytes") }
    try read(bytes: count)
  }

  /// Asks for room for work on the scalars of a text.
  func holdScalars(of text: String) throws(ChatTemplateError) { try hold(bytes: 8 * text.utf8.count) }

  // MARK: - Depth

  /// Counts a level; `leave` takes it off again.
  func enter() throws(ChatTemplateError) {
    guard depth < Self.deepest else { throw failure("nested deeper than \(Self.deepest) levels") }
    depth += 1
  }

  func leave() { depth -= 1 }

  /// Checks a value before it is put inside another: values nest as deep as code that walks them may recurse.
  func checkDepth(_ value: TemplateValue, level: Int = 1) throws(ChatTemplateError) {
    switch value {
    case .list(let values), .tuple(let values):
      try checkLevel(level, values.count)
      for value in values { try checkDepth(value, level: level + 1) }
    case .dictionary(let dictionary):
      try checkLevel(level, 2 * dictionary.count)
      for entry in dictionary.entries {
        try checkDepth(entry.key, level: level + 1)
        try checkDepth(entry.value, level: level + 1)
      }
    case .callable(.method(let value, _)):
      try checkLevel(level, 1)
      try checkDepth(value, level: level + 1)
    default: break
    }
  }

  private func checkLevel(_ level: Int, _ count: Int) throws(ChatTemplateError) {
    guard level < Self.deepestValue else { throw failure("values nest deeper than \(Self.deepestValue) levels") }
    try take(steps: 1 + count / 4)
  }

  /// Checks a value before a namespace holds it. Namespaces outlive the scope that fills them, so what has a scope, a
  /// loop or another namespace inside could close a circle.
  func checkIsData(_ value: TemplateValue) throws(ChatTemplateError) {
    try checkDepth(value)
    guard try isData(value) else {
      throw failure("a namespace holds numbers, texts, lists and dictionaries, and not a \(value.typeName)")
    }
  }

  private func isData(_ value: TemplateValue) throws(ChatTemplateError) -> Bool {
    switch value {
    case .namespace, .loop, .callable: return false
    case .list(let values), .tuple(let values):
      try take(steps: 1 + values.count / 4)
      for value in values where !(try isData(value)) { return false }
    case .dictionary(let dictionary):
      try take(steps: 1 + dictionary.count / 4)
      for entry in dictionary.entries {
        guard try isData(entry.key), try isData(entry.value) else { return false }
      }
    case .undefined, .none, .bool, .integer, .float, .string: break
    }
    return true
  }
}

extension JSONValue {
  /// About the bytes that it takes as text.
  var size: Int {
    switch self {
    case .null, .bool, .integer, .number: 8
    case .string(let text): 2 + text.utf8.count
    case .array(let values): values.reduce(2) { $0 + $1.size }
    case .object(let members): members.elements.reduce(2) { $0 + $1.key.utf8.count + $1.value.size }
    }
  }
}
