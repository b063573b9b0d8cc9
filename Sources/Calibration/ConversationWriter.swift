import ChatTemplates
import Checkpoints
import JSON
import Tokenizers

/// Writes conversations as the model's chat template asks, with what Hugging Face's `apply_chat_template` gives it.
struct ConversationWriter {
  private let tokenizer: Tokenizer
  /// The corpus, for messages.
  private let path: String
  /// Templates that are parsed, by whether they are for tools.
  private var parsed: [Bool: ChatTemplate] = [:]

  init(_ tokenizer: Tokenizer, _ path: String) {
    self.tokenizer = tokenizer
    self.path = path
  }

  /// The text of one conversation.
  mutating func text(of conversation: Conversation) throws(CalibrationError) -> String {
    let template = try template(hasTools: conversation.tools != nil)
    var variables = tokenizer.specialNames.mapValues { JSONValue.string($0) }
    for (name, value) in conversation.variables.elements { variables[name] = value }
    if let tools = conversation.tools { variables["tools"] = .array(tools) }
    if let documents = conversation.documents { variables["documents"] = .array(documents) }
    do {
      return try template.render(
        messages: .array(ChatMessages.prepared(conversation.messages)), variables: variables)
    } catch {
      throw .chatTemplate(path: path, place: conversation.place, reason: "\(error)")
    }
  }

  private mutating func template(hasTools: Bool) throws(CalibrationError) -> ChatTemplate {
    if let known = parsed[hasTools] { return known }
    let choice = tokenizer.chatTemplates
    guard !choice.isEmpty else { throw .noChatTemplate(path: path) }
    guard let source = choice.template(hasTools: hasTools) else {
      let names = choice.named.map(\.name).sorted().joined(separator: ", ")
      throw .chatTemplate(
        path: path, place: nil, reason: "the model has no chat template called default; it has \(names)")
    }
    do {
      let template = try ChatTemplate(source)
      parsed[hasTools] = template
      return template
    } catch {
      throw .chatTemplate(path: path, place: nil, reason: "\(error)")
    }
  }
}
