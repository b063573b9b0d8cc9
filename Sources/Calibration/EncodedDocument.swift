import ChatTemplates
import Checkpoints
import Tokenizers

/// The tokens of one document.
package struct EncodedDocument: Sendable, Equatable {
  package let ids: [Int32]
  /// Whether a chat template wrote it, so that it holds its own first and last tokens.
  package let isConversation: Bool
}

extension Tokenizer {
  /// The tokens of all documents of a corpus. Conversations are written by the model's chat template, and the special
  /// tokens that it names are parsed.
  ///
  /// - Parameters:
  ///   - unit: what of a plain text is one document.
  ///   - special: what becomes of special tokens in texts.
  package func encode(
    _ corpus: Corpus, _ unit: Corpus.Unit = .file, special: SpecialTokens = .none
  ) throws(CalibrationError) -> [EncodedDocument] {
    var template: ChatTemplate?
    var result: [EncodedDocument] = []
    for document in try corpus.documents(unit) {
      switch document {
      case .text(let text):
        result.append(EncodedDocument(ids: try ids(of: text, special, corpus), isConversation: false))
      case .conversation(let messages, let tools, let line):
        let parsed = if let template { template } else { try parsedTemplate(for: corpus) }
        template = parsed
        var variables = templateVariables
        if let tools { variables["tools"] = tools }
        let text: String
        do {
          text = try parsed.render(messages: messages, variables: variables)
        } catch {
          throw .chatTemplate(path: corpus.path, line: line, reason: "\(error)")
        }
        result.append(EncodedDocument(ids: try ids(of: text, .parse, corpus), isConversation: true))
      }
    }
    return result
  }

  private func ids(of text: String, _ special: SpecialTokens, _ corpus: Corpus) throws(CalibrationError) -> [Int32] {
    do { return try encode(text, special: special) } catch { throw .tokenizer(path: corpus.path, reason: "\(error)") }
  }

  private func parsedTemplate(for corpus: Corpus) throws(CalibrationError) -> ChatTemplate {
    guard let chatTemplate else { throw .noChatTemplate(path: corpus.path) }
    do { return try ChatTemplate(chatTemplate) } catch {
      throw .chatTemplate(path: corpus.path, line: nil, reason: "\(error)")
    }
  }

  /// The names of special tokens, as `apply_chat_template` gives them to templates.
  private var templateVariables: [String: JSONValue] {
    let tokens = ["bos_token": bos, "eos_token": eos, "unk_token": unknown, "pad_token": pad, "sep_token": separator]
    return tokens.compactMapValues { id in id.flatMap { text(of: $0) }.map { .string($0) } }
  }
}
