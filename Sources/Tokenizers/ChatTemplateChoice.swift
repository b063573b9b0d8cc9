/// The chat templates of a model: one, or several with names.
package struct ChatTemplateChoice: Sendable, Equatable {
  /// A template for some purpose.
  package struct Named: Sendable, Equatable {
    package let name: String
    package let template: String
  }

  /// The name of the template for conversations with tools.
  package static let withTools = "tool_use"

  /// The template that serves where no other is asked for; nil where there are none, or none of that kind.
  package var standard: String?
  /// The others, in the order of the files.
  package var named: [Named] = []

  package init(standard: String? = nil, named: [Named] = []) {
    self.standard = standard
    self.named = named
  }

  package var isEmpty: Bool { standard == nil && named.isEmpty }

  /// The template that transformers takes for a conversation.
  ///
  /// - Parameter hasTools: whether tools are given, be they none.
  package func template(hasTools: Bool) -> String? {
    hasTools ? named.first { $0.name == Self.withTools }?.template ?? standard : standard
  }
}
