import ArgumentParser
import Calibration
import Foundation
import Models
import Pipeline
import Tokenizers

struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Prints the token ids of a text on one line.")

  @Argument(help: "A Hugging Face folder or a GGUF file.", completion: .file())
  var model: String
  @Option(help: "The text to read.", completion: .file())
  var text: String
  @Flag(help: "Adds the special tokens that the model expects, and reads those that the text spells.")
  var special = false
  @Flag(help: "Prints one JSON document instead of a line.")
  var json = false

  func run() throws {
    do {
      let tokenizer = try Tokenizer(path: model)
      let document = try Corpus(path: text).documents().joined()
      let ids = try tokenizer.encode(document, special: special ? .addAndParse : .none)
      Terminal.answer(json ? RecordEncoding.encode(["ids": ids]) : ids.map(String.init).joined(separator: " "))
    } catch {
      throw Failure(because: error)
    }
  }
}
