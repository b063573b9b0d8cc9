import ArgumentParser
import Calibration
import Foundation
import Models
import Pipeline
import Spec
import Tokenizers

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize",
    abstract:
      "Prints the token ids of a text on one line, or of each document of a JSON Lines file or a list of objects.")

  @Argument(
    help: "A Hugging Face folder, a GGUF file, or a tokenizer.json, tokenizer.model or vocab.txt.", completion: .file())
  var model: String
  @Option(help: ArgumentHelp("The file to read.", valueName: "file"), completion: .file())
  var text: String
  @Option(
    help: """
      Reads the text as JSON Lines, or a list of objects, and takes this field of each: a text, or a list of messages for the model's chat \
      template. (default: \(Defaults.field) for .jsonl, .ndjson and .json files)
      """)
  var field: String?
  @Flag(help: "Adds the special tokens that the model expects, and reads those that the text spells.")
  var special = false
  @OptionGroup var format: FormatOptions

  func run() throws {
    do {
      let tokenizer = try Tokenizer(path: model)
      let field = field ?? (Corpus.holdsObjects(text) ? Defaults.field : nil)
      let corpus = Corpus(path: text, field: field, special: special ? .addAndParse : .none)
      // A corpus must hold text; a text to be cut need not.
      let isEmpty = (try? FileManager.default.attributesOfItem(atPath: text))?[.size] as? Int == 0
      let documents = isEmpty ? (field == nil ? [[]] : []) : try tokenizer.encode(corpus).map(\.ids)
      guard !format.json else { return Answer.give(TokenizeAnswer(documents: documents), "tokenize") }
      Terminal.answer(documents.map { $0.map(String.init).joined(separator: " ") }.joined(separator: "\n"))
    } catch {
      throw Failure(because: error)
    }
  }
}

/// The ids of each document; a plain text is one.
struct TokenizeAnswer: Encodable {
  let documents: [[Int32]]
}
