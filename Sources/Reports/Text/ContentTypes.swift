import Foundation
import JSON
import Mustache

/// Text in XML, attributes included.
///
/// It escapes scalar by scalar: a quotation mark followed by a combining accent is one `Character` and ends an attribute
/// all the same. Scalars that XML cannot hold, and other control characters, are shown as the replacement character. What
/// turns the direction of writing is written as the escape that JSON has for it, as terminals are shown it.
package struct XMLContent: MustacheContentType {
  package init() {}

  package func escapeText(_ text: String) -> String {
    var escaped = ""
    escaped.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      case "\n": escaped += "&#10;"
      case "\r": escaped += "&#13;"
      case "\t": escaped += "&#9;"
      default: escaped += Self.isAllowed(scalar) ? String(scalar).onOneLine : "\u{FFFD}"
      }
    }
    return escaped
  }

  /// Whether XML 1.0 allows a scalar, apart from tab and line ends.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value) && scalar.value != 0xFFFE && scalar.value != 0xFFFF
  }
}

/// Text in a line of Markdown, tables included.
struct MarkdownContent: MustacheContentType {
  package func escapeText(_ text: String) -> String {
    var escaped = ""
    let next = text.unicodeScalars.dropFirst().map(Optional.some) + [nil]
    for (scalar, following) in zip(text.unicodeScalars, next) {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "|", "~", "#", "$":
        escaped += "\\"
        escaped.unicodeScalars.append(scalar)
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "&": escaped += "&amp;"
      // No mention that notifies somebody, and no address or picture of a name between colons.
      case "@": escaped += "@\u{200B}"
      case ":": escaped += following.map { $0.properties.isWhitespace } ?? true ? ":" : ":\u{200B}"
      case _ where scalar.properties.generalCategory == .control: escaped += " "
      default: escaped += String(scalar).onOneLine.replacing("\\", with: "\\\\")
      }
    }
    return escaped
  }
}
