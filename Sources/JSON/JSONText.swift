/// Text for JSON files.
package enum JSONText {
  /// A string in quotes, with what JSON does not allow inside escaped.
  package static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\r": quoted += "\\r"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 0x20:
        let digits = String(scalar.value, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// A whole document, indented by two spaces for each level, members in their order.
  package static func document(_ value: JSONValue) -> String {
    text(value, indentation: "") + "\n"
  }

  private static func text(_ value: JSONValue, indentation: String) -> String {
    let inner = indentation + "  "
    func list(_ items: [String], _ open: String, _ close: String) -> String {
      guard !items.isEmpty else { return open + close }
      return "\(open)\n\(items.map { inner + $0 }.joined(separator: ",\n"))\n\(indentation)\(close)"
    }
    switch value {
    case .null: return "null"
    case .bool(let value): return "\(value)"
    case .integer(let value): return "\(value)"
    // What Swift prints of a finite number is JSON; the parser gives no other of strict texts.
    case .number(let value): return value.isFinite ? "\(value)" : value < 0 ? "-Infinity" : "Infinity"
    case .string(let value): return quoted(value)
    case .array(let values): return list(values.map { text($0, indentation: inner) }, "[", "]")
    case .object(let members):
      return list(members.elements.map { "\(quoted($0.key)): \(text($0.value, indentation: inner))" }, "{", "}")
    }
  }
}

extension JSONValue {
  /// The value as one line of JSON, cut short where it is long; for messages.
  package var compactText: String {
    let text = oneLine
    return text.count <= 200 ? text : text.prefix(200) + "…"
  }

  private var oneLine: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .string(let text): JSONText.quoted(text)
    case .array(let values): "[\(values.map(\.oneLine).joined(separator: ", "))]"
    case .object(let members):
      "{\(members.elements.map { "\(JSONText.quoted($0.key)): \($0.value.oneLine)" }.joined(separator: ", "))}"
    }
  }
}
