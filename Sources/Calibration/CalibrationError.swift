import Tensors

/// Why no calibration tokens could be had.
package enum CalibrationError: Error, Equatable, CustomStringConvertible {
  /// The operating system refused a file.
  case file(FileError)
  /// A corpus is not valid UTF-8, JSON, or lacks a field.
  case malformed(path: String, line: Int, reason: String)
  /// The same of an object in a list, counted from 1.
  case malformedElement(path: String, element: Int, reason: String)
  /// A corpus is a file of another kind.
  case noText(path: String, found: String, advice: String)
  /// A corpus has no text.
  case empty(path: String)
  /// A corpus is shorter than its share.
  case tooShort(path: String, tokens: Int, needed: Int, context: Int)
  /// A corpus has fewer whole texts than its share.
  case tooFewTexts(path: String, texts: Int, tokens: Int, needed: Int)
  /// More corpora than sequences, so that one would not be heard.
  case silentCorpus(path: String, sequences: Int)
  /// A corpus holds conversations, and the model does not say how it wants them written.
  case noChatTemplate(path: String)
  /// The model's chat template is not understood, or fails for a conversation.
  case chatTemplate(path: String, place: CorpusPlace?, reason: String)
  /// The tokenizer failed on a text.
  case tokenizer(path: String, reason: String)
  /// A token is beyond the model's embedding table.
  case tokenOutsideVocabulary(path: String, token: Int32, vocabularySize: Int)

  package var description: String {
    switch self {
    case .file(let error):
      error.description
    case .malformed(let path, let line, let reason):
      "\(path):\(line): \(reason)"
    case .malformedElement(let path, let element, let reason):
      "\(path): element \(element): \(reason)"
    case .noText(let path, let found, let advice):
      "\(path): found \(found), expected UTF-8 text; \(advice)"
    case .empty(let path):
      "\(path): found no text; expected at least one sequence of tokens"
    case .tooShort(let path, let tokens, let needed, let context):
      """
      \(path): found \(tokens) tokens, which make \(tokens / context) sequences of \(context); its share is \
      \(needed) tokens; give more text, lower `tokens`, or give another corpus a larger share
      """
    case .tooFewTexts(let path, let texts, let tokens, let needed):
      """
      \(path): found \(texts) texts with \(tokens) tokens in all; its share is \(needed) tokens; give more texts, lower \
      `tokens`, or give another corpus a larger share
      """
    case .silentCorpus(let path, let sequences):
      "\(path): its share of \(sequences) sequences is less than one; raise its share or `tokens`"
    case .noChatTemplate(let path):
      """
      \(path): found conversations, but the model has no chat template; expected one in tokenizer_config.json \
      (chat_template), in chat_template.jinja, or in a GGUF file under tokenizer.chat_template
      """
    case .chatTemplate(let path, .line(let line), let reason):
      "\(path):\(line): \(reason)"
    case .chatTemplate(let path, let place, let reason):
      "\(path): \(place.map { "\($0): " } ?? "")\(reason)"
    case .tokenizer(let path, let reason):
      "\(path): \(reason)"
    case .tokenOutsideVocabulary(let path, let token, let size):
      """
      \(path): the tokenizer gave token \(token), but the model's embedding table has \(size) rows; \
      the tokenizer belongs to another model
      """
    }
  }
}
