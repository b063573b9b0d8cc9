import Checkpoints
import Foundation
import JSON
import Tensors

extension Tokenizer {
  /// Loads the tokenizer of a Hugging Face folder: `tokenizer.json`, or else SentencePiece's `tokenizer.model` or BERT's
  /// `vocab.txt`, and the configuration files beside it.
  ///
  /// - Throws: `TokenizerError` naming the file, and in it the part, that is missing, malformed or not supported.
  package static func load(folder: String) throws(TokenizerError) -> Tokenizer {
    let path = folder + "/tokenizer.json"
    guard FileManager.default.fileExists(atPath: path) else {
      for name in ["tokenizer.model", "spiece.model"] where FileManager.default.fileExists(atPath: "\(folder)/\(name)")
      {
        return try loadSentencePiece("\(folder)/\(name)", configuration: TokenizerConfiguration(folder: folder))
      }
      let words = folder + "/vocab.txt"
      if FileManager.default.fileExists(atPath: words) {
        return try loadWordPieces(words, configuration: TokenizerConfiguration(folder: folder))
      }
      throw .reading(.missing(path: path, lookedFor: "tokenizer.json, tokenizer.model, spiece.model and vocab.txt"))
    }
    var json = TokenizerJSON(file: path, root: try JSONValue.read(path))
    return try json.tokenizer(configuration: TokenizerConfiguration(folder: folder))
  }

  /// Loads a file of one of these kinds, which its name tells; nil for another name. Nothing beside it is read.
  package static func load(file path: String) throws(TokenizerError) -> Tokenizer? {
    if path.hasSuffix(".json") {
      var json = TokenizerJSON(file: path, root: try JSONValue.read(path))
      return try json.tokenizer(configuration: TokenizerConfiguration())
    }
    if path.hasSuffix(".model") { return try loadSentencePiece(path, configuration: TokenizerConfiguration()) }
    if path.hasSuffix(".txt") { return try loadWordPieces(path, configuration: TokenizerConfiguration()) }
    return nil
  }

  /// Reads the contents of a `tokenizer.json` alone. What the files beside it would say is not known then.
  ///
  /// - Parameter file: the file's name, for messages.
  package init(json bytes: [UInt8], file: String) throws(TokenizerError) {
    var json = TokenizerJSON(file: file, root: try JSONValue.read(bytes, file: file))
    self = try json.tokenizer(configuration: TokenizerConfiguration())
  }
}

extension Tokenizer {
  /// Loads a SentencePiece model and what the files beside it say about its tokens.
  private static func loadSentencePiece(
    _ path: String, configuration: TokenizerConfiguration
  ) throws(TokenizerError) -> Tokenizer {
    let bytes: [UInt8]
    do {
      let file = try MappedFile(path: path)
      bytes = file.bytes.array()
    } catch {
      throw .reading(.file(error))
    }
    var vocabulary = try SentencePieceModel.vocabulary(bytes, file: path)
    if let flag = try configuration.flag("add_prefix_space") { vocabulary.addsSpacePrefix = flag }
    let added = try configuration.addTokens(to: &vocabulary)
    return try Tokenizer(vocabulary, file: path, configuration: configuration, added: added)
  }
}

extension JSONValue {
  /// Reads a file.
  static func read(_ path: String, _ dialect: JSONDialect = .strict) throws(TokenizerError) -> JSONValue {
    do { return try JSONValue(contentsOf: path, dialect) } catch { throw .reading(error) }
  }

  /// Reads bytes.
  static func read(_ bytes: [UInt8], file: String) throws(TokenizerError) -> JSONValue {
    do { return try JSONValue(unsafe bytes.span.bytes, path: file) } catch { throw .reading(error) }
  }
}
