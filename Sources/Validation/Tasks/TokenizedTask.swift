import Checkpoints
import JSON
import Tensors
import Tokenizers

/// A question in tokens.
package struct TokenizedItem: Sendable, Equatable {
  /// For each choice the tokens that come before it; almost always the same for all.
  package let contexts: [[Int32]]
  /// For each choice its own tokens, one or more.
  package let choices: [[Int32]]
  /// For each choice the number of its characters (Unicode scalars), by which `accuracy_norm` divides.
  package let lengths: [Int]
  package let answer: Int

  package init(contexts: [[Int32]], choices: [[Int32]], lengths: [Int], answer: Int) {
    self.contexts = contexts
    self.choices = choices
    self.lengths = lengths
    self.answer = answer
  }
}

/// A suite in the tokens of one model.
package struct TokenizedTask: Sendable, Equatable {
  package let name: String
  package let items: [TokenizedItem]
  /// SHA-256 of all questions, choices and answers as texts.
  package let sha256: String

  package init(name: String, items: [TokenizedItem], sha256: String) {
    self.name = name
    self.items = items
    self.sha256 = sha256
  }
}

extension TokenizedTask {
  /// Cuts every item into tokens as lm-evaluation-harness does (`_encode_pair` in `lm_eval/api/model.py`).
  ///
  /// White space at the end of the context is moved to the choice. Context and whole text are tokenized each by itself,
  /// and the tokens of the choice are those of the whole text beyond the number of the context's. An empty context
  /// becomes the beginning-of-sequence token or, without one, the end-of-sequence token. Unlike there, an item that is
  /// longer than the model's context is an error, and nothing is cut.
  ///
  /// - Parameters:
  ///   - vocabularySize: rows of the model's embedding table.
  ///   - contextLength: the longest text that the model was trained for.
  package init(
    _ suite: TaskSuite, _ tokenizer: Tokenizer, vocabularySize: Int, contextLength: Int
  ) throws(ValidationError) {
    var items: [TokenizedItem] = []
    for item in suite.items {
      let place = Place(path: suite.path, line: item.line, vocabularySize: vocabularySize, contextLength: contextLength)
      items.append(try TokenizedItem(item, tokenizer, at: place))
    }
    self.init(name: suite.name, items: items, sha256: Self.digest(suite.items))
  }

  /// One digest over several suites.
  package static func digest(_ tasks: [TokenizedTask]) -> String {
    var digest = SHA256()
    for task in tasks { digest.update(task.sha256) }
    return digest.hexadecimal()
  }

  private static func digest(_ items: [TaskItem]) -> String {
    var digest = SHA256()
    for item in items {
      let choices = item.choices.map(JSONText.quoted).joined(separator: ",")
      digest.update("[\(JSONText.quoted(item.context)),[\(choices)],\(item.answer)]\n")
    }
    return digest.hexadecimal()
  }
}

/// What errors name and limits are.
private struct Place {
  let path: String
  let line: Int
  let vocabularySize: Int
  let contextLength: Int
}

extension TokenizedItem {
  fileprivate init(_ item: TaskItem, _ tokenizer: Tokenizer, at place: Place) throws(ValidationError) {
    var context = item.context[...]
    while let last = context.last, last.isWhitespace { context.removeLast() }
    let space = String(item.context[context.endIndex...])
    let seen = try Self.encode(String(context), tokenizer, place)
    var contexts: [[Int32]] = []
    var choices: [[Int32]] = []
    for (index, choice) in item.choices.enumerated() {
      var own = try Self.encode(String(context) + space + choice, tokenizer, place)
      own.removeFirst(min(seen.count, own.count))
      var before = seen
      if context.isEmpty, tokenizer.addsBOS == false, let start = tokenizer.bos ?? tokenizer.eos {
        before = [start]
      }
      guard !own.isEmpty, !before.isEmpty else {
        throw .silentChoice(path: place.path, line: place.line, choice: index)
      }
      guard before.count + own.count <= place.contextLength else {
        throw .tooLong(
          path: place.path, line: place.line, tokens: before.count + own.count, context: place.contextLength)
      }
      contexts.append(before)
      choices.append(own)
    }
    self.init(
      contexts: contexts, choices: choices, lengths: item.choices.map(\.unicodeScalars.count), answer: item.answer)
  }

  private static func encode(
    _ text: String, _ tokenizer: Tokenizer, _ place: Place
  ) throws(ValidationError) -> [Int32] {
    var tokens: [Int32] = []
    if tokenizer.addsBOS, let bos = tokenizer.bos { tokens.append(bos) }
    do { tokens += try tokenizer.encode(text, special: .none) } catch {
      throw .tokenizer(path: place.path, line: place.line, reason: "\(error)")
    }
    if let alien = tokens.first(where: { $0 < 0 || $0 >= place.vocabularySize }) {
      throw .tokenOutsideVocabulary(
        path: place.path, line: place.line, token: alien, vocabularySize: place.vocabularySize)
    }
    return tokens
  }
}
