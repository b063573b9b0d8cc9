import JSON

/// Messages as transformers (5.23) hands them to chat templates.
///
/// Exports of data sets have every member in every message, most of them null; templates ask whether a member is there.
/// And reasoning goes by three names, of which templates read the first.
package enum ChatMessages {
  /// The names of a message's reasoning, in the order in which they count.
  package static let reasoningKeys = ["reasoning_content", "thinking", "reasoning"]

  /// The messages without members that are null, and with reasoning under the names that templates read.
  ///
  /// What is no object stays as it is: the template will say what is wrong with it.
  package static func prepared(_ messages: [JSONValue]) -> [JSONValue] {
    messages.map { message in message.asMembers.map { .object(prepared($0)) } ?? message }
  }

  private static func prepared(_ message: JSONMembers) -> JSONMembers {
    var result = JSONMembers()
    let reasoning = reasoningKeys.lazy.compactMap { key in message[key].flatMap { $0 == .null ? nil : $0 } }.first
    // The places matter to templates that print a whole message: `thinking` comes first, whoever wrote it.
    if let reasoning { result.set("thinking", message["thinking"].flatMap { $0 == .null ? nil : $0 } ?? reasoning) }
    for (key, value) in message.elements where value != .null { result.set(key, value) }
    if let reasoning { result.set("reasoning_content", reasoning) }
    return result
  }
}
