import ChatTemplates
import Checkpoints
import JSON

/// A conversation of a corpus, and what its object says of how to write it.
package struct Conversation: Sendable, Equatable {
  package let messages: [JSONValue]
  /// `tools`; nil where the object has none, or null.
  package let tools: [JSONValue]?
  /// `documents`, for templates that cite them.
  package let documents: [JSONValue]?
  /// Further variables of the template: `chat_template_kwargs`, and `add_generation_prompt`.
  package let variables: JSONMembers
  /// Where it stands.
  package let place: CorpusPlace

  /// Variables that have places of their own, or change what is done with the text.
  private static let reserved = [
    "messages", "conversation", "tools", "documents", "chat_template", "continue_final_message", "tokenize",
  ]

  /// Reads the members of an object whose `field` holds `messages`.
  ///
  /// - Throws: the reason why they are no conversation.
  init(_ object: JSONMembers, messages: [JSONValue], field: String, place: CorpusPlace) throws(Malformed) {
    self.messages = messages
    self.place = place
    try Self.check(messages, field)
    tools = try Self.objects("tools", in: object)
    documents = try Self.objects("documents", in: object)
    var variables = JSONMembers()
    if let more = object["chat_template_kwargs"], more != .null {
      guard let members = more.asMembers else {
        throw Malformed("found \(more.summary) under \"chat_template_kwargs\", expected an object")
      }
      if let name = members.elements.map(\.key).first(where: Self.reserved.contains) {
        throw Malformed("found \"\(name)\" in \"chat_template_kwargs\", which is no variable of a template")
      }
      variables = members
    }
    if let flag = object["add_generation_prompt"], flag != .null {
      guard flag.asBool != nil else {
        throw Malformed("found \(flag.summary) under \"add_generation_prompt\", expected true or false")
      }
      variables.set("add_generation_prompt", flag)
    }
    self.variables = variables
  }

  /// Why an object is no conversation.
  struct Malformed: Error {
    let reason: String
    init(_ reason: String) { self.reason = reason }
  }

  private static func objects(_ key: String, in object: JSONMembers) throws(Malformed) -> [JSONValue]? {
    guard let value = object[key], value != .null else { return nil }
    guard let list = value.asArray, list.allSatisfy({ $0.asMembers != nil }) else {
      throw Malformed("found \(value.summary) under \"\(key)\", expected a list of objects")
    }
    return list
  }

  private static func check(_ messages: [JSONValue], _ field: String) throws(Malformed) {
    guard !messages.isEmpty else { throw Malformed("found no messages under \"\(field)\"; expected at least one") }
    for (place, message) in messages.enumerated() {
      guard let members = message.asMembers, members["role"]?.asString != nil else {
        throw Malformed("found \(message.summary) as \(field)[\(place)]; expected an object with a role and a content")
      }
      guard (["content", "tool_calls"] + ChatMessages.reasoningKeys).contains(where: { members[$0] != nil }) else {
        throw Malformed("\(field)[\(place)] has no content")
      }
    }
  }
}

/// Where a document stands in its file, counted from 1.
package enum CorpusPlace: Sendable, Equatable, CustomStringConvertible {
  /// A line of JSON Lines.
  case line(Int)
  /// An element of one list.
  case element(Int)

  package var description: String {
    switch self {
    case .line(let line): "line \(line)"
    case .element(let element): "element \(element)"
    }
  }
}
