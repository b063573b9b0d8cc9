import Tokenizers

/// The tokens of one document.
package struct EncodedDocument: Sendable, Equatable {
  package let ids: [Int32]
  /// Whether a chat template wrote it, so that it holds its own first and last tokens.
  package let isConversation: Bool
  /// How often its text spells each special token that became plain text.
  package var spelled: [Int32: Int] = [:]
}

extension Tokenizer {
  /// The tokens of all documents of a corpus. Conversations are written by the model's chat template, and the special
  /// tokens that it names are parsed.
  ///
  /// - Parameter unit: what of a plain text is one document.
  package func encode(_ corpus: Corpus, _ unit: Corpus.Unit = .file) throws(CalibrationError) -> [EncodedDocument] {
    let special = corpus.special
    var writer = ConversationWriter(self, corpus.path)
    var result: [EncodedDocument] = []
    for document in try corpus.documents(unit) {
      switch document {
      case .text(let text):
        let spelled = special == .none ? specialTokens(spelledIn: text) : [:]
        result.append(
          EncodedDocument(ids: try ids(of: text, special, corpus), isConversation: false, spelled: spelled))
      case .conversation(let conversation):
        let text = try writer.text(of: conversation)
        result.append(EncodedDocument(ids: try ids(of: text, .parse, corpus), isConversation: true))
      }
    }
    return result
  }

  private func ids(of text: String, _ special: SpecialTokens, _ corpus: Corpus) throws(CalibrationError) -> [Int32] {
    do { return try encode(text, special: special) } catch { throw .tokenizer(path: corpus.path, reason: "\(error)") }
  }
}

/// Special tokens that the texts of a corpus spell, and that were plain text to the tokenizer.
package struct SpelledTokens: Sendable, Equatable {
  package struct Count: Sendable, Equatable {
    package let token: String
    package let times: Int
  }

  /// The corpus.
  package let path: String
  /// The most frequent first.
  package let counts: [Count]

  /// Sums up documents; nil where none spells any.
  init?(_ documents: [EncodedDocument], of corpus: Corpus, _ tokenizer: Tokenizer) {
    var sums: [Int32: Int] = [:]
    for document in documents { sums.merge(document.spelled, uniquingKeysWith: +) }
    guard !sums.isEmpty else { return nil }
    path = corpus.path
    counts = sums.map { Count(token: tokenizer.text(of: $0.key) ?? "", times: $0.value) }
      .sorted { ($1.times, $0.token) < ($0.times, $1.token) }
  }

  /// What to tell the user.
  ///
  /// - Parameter remedy: how to have them read as tokens, such as "`special: true`".
  package func warning(_ remedy: String) -> String {
    let listed = counts.prefix(5).map { "\"\($0.token)\" \($0.times == 1 ? "once" : "\($0.times) times")" }
    let more = counts.count > 5 ? " and \(counts.count - 5) more" : ""
    return "found special tokens of the model as plain text in \(path): \(listed.joined(separator: ", "))\(more); "
      + "\(remedy) reads them as tokens"
  }
}
