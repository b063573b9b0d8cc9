/// A piece of a template's source.
struct TemplateToken: Sendable, Equatable {
  let line: Int
  let kind: Kind

  enum Kind: Sendable, Equatable {
    /// Text between tags, after white space was taken off as the tags ask.
    case text(String)
    case variableStart
    case variableEnd
    case blockStart
    case blockEnd
    case name(String)
    case string(String)
    case integer(Int)
    case float(Double)
    case symbol(String)
    case end
  }

  /// What this is, for messages.
  var summary: String {
    switch kind {
    case .text: "text"
    case .variableStart: "\"{{\""
    case .variableEnd: "\"}}\""
    case .blockStart: "\"{%\""
    case .blockEnd: "\"%}\""
    case .name(let name): "\"\(name)\""
    case .string(let text): "the text \"\(text.prefix(40))\""
    case .integer(let number): "\(number)"
    case .float(let number): "\(number)"
    case .symbol(let symbol): "\"\(symbol)\""
    case .end: "the end of the template"
    }
  }
}
