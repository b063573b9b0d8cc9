import Tensors

/// Why a suite of questions cannot be asked.
package enum ValidationError: Error, Equatable, CustomStringConvertible {
  /// The operating system refused a file.
  case file(FileError)
  /// A line is not what a suite holds.
  case malformed(path: String, line: Int, found: String, expected: String)
  /// A suite without questions.
  case empty(path: String)
  /// The tokenizer failed on a text.
  case tokenizer(path: String, line: Int, reason: String)
  /// A token is beyond the model's embedding table.
  case tokenOutsideVocabulary(path: String, line: Int, token: Int32, vocabularySize: Int)
  /// A choice adds no token of its own to its context.
  case silentChoice(path: String, line: Int, choice: Int)
  /// An item is longer than any text that the model was trained on.
  case tooLong(path: String, line: Int, tokens: Int, context: Int)

  package var description: String {
    switch self {
    case .file(let error):
      error.description
    case .malformed(let path, let line, let found, let expected):
      "\(path):\(line): found \(found), expected \(expected)"
    case .empty(let path):
      "\(path): found no question, expected one JSON object on each line"
    case .tokenizer(let path, let line, let reason):
      "\(path):\(line): \(reason)"
    case .tokenOutsideVocabulary(let path, let line, let token, let size):
      """
      \(path):\(line): the tokenizer gave token \(token), but the model's embedding table has \(size) rows; \
      the tokenizer belongs to another model
      """
    case .silentChoice(let path, let line, let choice):
      """
      \(path):\(line): choices[\(choice)] adds no token to its context, so it has no likelihood; \
      move text from the context into the choices
      """
    case .tooLong(let path, let line, let tokens, let context):
      """
      \(path):\(line): found \(tokens) tokens, expected at most the \(context) that the model was trained for; \
      shorten the context
      """
    }
  }
}
