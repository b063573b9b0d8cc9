import JSON

/// A chat template: how a model wants a conversation written as one text.
///
/// Templates are written in Jinja. This is the part of it that templates of published models use, with the settings and
/// the extras of Hugging Face's `apply_chat_template`. What is beyond it is an error that names the line.
package struct ChatTemplate: Sendable {
  private let nodes: [TemplateNode]

  /// Bytes; published templates have some thousands.
  private static let longest = 1 << 20

  /// Parses a template.
  ///
  /// - Throws: `ChatTemplateError.syntax`.
  package init(_ source: String) throws(ChatTemplateError) {
    guard source.utf8.count <= Self.longest else {
      throw .syntax(line: 1, reason: "it has \(source.utf8.count) bytes, and not at most \(Self.longest)")
    }
    nodes = try TemplateParser.parse(source)
  }

  /// The text of a conversation.
  ///
  /// - Parameters:
  ///   - messages: an array of objects, each with a `role` and a `content`.
  ///   - variables: further variables, such as `bos_token`. As in `apply_chat_template`, `tools` and `documents` are
  ///     there and none, and `add_generation_prompt` is false, unless they are given.
  /// - Throws: `ChatTemplateError.rendering` or `refused`.
  package func render(
    messages: JSONValue, variables: [String: JSONValue] = [:]
  ) throws(ChatTemplateError) -> String {
    let budget = TemplateBudget(input: variables.reduce(messages.size) { $0 + $1.key.utf8.count + $1.value.size })
    let scope = TemplateScope()
    for name in TemplateInterpreter.globals { scope[name] = .callable(.global(name)) }
    scope["tools"] = TemplateValue.none
    scope["documents"] = TemplateValue.none
    scope["add_generation_prompt"] = .bool(false)
    for (name, value) in variables { scope[name] = TemplateValue(value) }
    scope["messages"] = TemplateValue(messages)
    let interpreter = TemplateInterpreter(scope: scope, budget: budget)
    return try interpreter.render(nodes)
  }
}
