import JSON

/// Why a chat template could not be read, or a conversation not rendered. Lines count from 1, in the template.
package enum ChatTemplateError: Error, Equatable, CustomStringConvertible {
  /// The template is no Jinja, or a part of Jinja that this program does not know.
  case syntax(line: Int, reason: String)
  /// The template is understood, but cannot be rendered for this conversation.
  case rendering(line: Int, reason: String)
  /// The template itself refuses the conversation (`raise_exception`).
  case refused(line: Int, message: String)

  package var description: String { text.onOneLine }

  private var text: String {
    switch self {
    case .syntax(let line, let reason): "line \(line) of the chat template is not understood: \(reason)"
    case .rendering(let line, let reason): "line \(line) of the chat template fails: \(reason)"
    case .refused(let line, let message): "line \(line) of the chat template refuses the conversation: \(message)"
    }
  }
}
