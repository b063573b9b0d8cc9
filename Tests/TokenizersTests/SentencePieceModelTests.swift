import Checkpoints
import Foundation
import TestSupport
import Testing
import Tokenizers

@Suite struct SentencePieceModelTests {
  /// Made with PyPI's `sentencepiece` 0.2: `SentencePieceTrainer.train(model_type="bpe", vocab_size=46,
  /// normalization_rule_name="identity", remove_extra_whitespaces=False, user_defined_symbols=["<tool>"], pad_id=3)`.
  private static let tiny = """
    Cg4KBTx1bms+FQAAAAAYAgoMCgM8cz4VAAAAABgDCg0KBDwvcz4VAAAAABgDCg4KBTxwYWQ+FQAAAAAYAwoPCgY8dG9vbD4VAAAA\
    ABgECgkKAmhlFQAAAIAKCgoDdGhlFQAAgL8KCQoCbGwVAAAAwAoLCgTiloF3FQAAQMAKDAoF4paBaGUVAACAwAoOCgfiloFoZWxs\
    FQAAoMAKDQoG4paBdGhlFQAAwMAKDwoI4paBaGVsbG8VAADgwAoJCgJsZBUAAADBCgkKAm9yFQAAEMEKCwoEb3JsZBUAACDBCgsK\
    BHRoZXIVAAAwwQoPCgjiloF3b3JsZBUAAEDBCgkKAmVhFQAAUMEKDQoG4paBd2VhFQAAYMEKEQoK4paBd2VhdGhlchUAAHDBCgsK\
    BOKWgW8VAACAwQoPCgjiloFvdGhlchUAAIjBCgkKAmF0FQAAkMEKCQoCZWwVAACYwQoJCgJlchUAAKDBCgkKAmxvFQAAqMEKCQoC\
    b3QVAACwwQoJCgJybBUAALjBCgkKAnRoFQAAwMEKCQoCd2UVAADIwQoJCgJ3bxUAANDBCgsKBOKWgWgVAADYwQoLCgTiloF0FQAA\
    4MEKCgoDaGVsFQAA6MEKCgoD4paBFQAA8MEKCAoBZRUAAPjBCggKAWwVAAAAwgoICgFoFQAABMIKCAoBbxUAAAjCCggKAXQVAAAM\
    wgoICgFyFQAAEMIKCAoBdxUAABTCCggKAWQVAAAYwgoICgFhFQAAHMIKCAoBLBUAACDCEjwKEi90bXAvdG9rZ2VuL3NwLnR4dBIQ\
    L3RtcC90b2tnZW4vdGlueRgCIC76AQY8dG9vbD6IAgCYAgDYAgMaDgoIaWRlbnRpdHkSACAA
    """

  private func bytes() throws -> [UInt8] {
    try Array(#require(Data(base64Encoded: Self.tiny)))
  }

  private func load(_ bytes: [UInt8], _ files: [String: String] = [:]) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.model", bytes)
    for (name, contents) in files { try folder.write(name, contents) }
    return try .load(folder: folder.url.path)
  }

  /// What `SentencePieceProcessor.Encode` gives.
  @Test(arguments: [
    ("hello world, the  weather", [12, 17, 45, 11, 35, 20]), ("hell \u{E9} x \u{E9}\u{E9}", [10, 35, 0, 35, 0, 35, 0]),
    ("  the", [35, 35, 11]), ("", []), ("helloworldtheother\n", [12, 42, 15, 6, 39, 16, 0]),
  ])
  func givesTheIDsOfSentencePiece(_ text: String, _ ids: [Int32]) throws {
    let tokenizer = try load(bytes())
    #expect(try tokenizer.encode(text, special: .none) == ids)
    #expect(try tokenizer.encode(text, special: .addAndParse) == [1] + ids)
  }

  @Test func specialTokensComeFromTheModelAndTheFilesBesideIt() throws {
    let plain = try load(bytes())
    #expect([plain.bos, plain.eos, plain.unknown, plain.pad] == [1, 2, 0, 3])
    #expect(plain.addsBOS && !plain.addsEOS && plain.vocabularySize == 46)
    #expect(
      [plain.type(of: 0), plain.type(of: 1), plain.type(of: 4), plain.type(of: 5)] == [
        .unknown, .control, .userDefined, .normal,
      ])
    let configuration = """
      {"eos_token": "<|end|>", "add_bos_token": false, "add_eos_token": true,
      "added_tokens_decoder": {"47": {"content": "<|end|>", "special": true}, "0": {"content": "<unk>", "special": true},
      "46": {"content": "<more>", "special": false}}}
      """
    // Where the configuration lists tokens, the older file is not read.
    let files = ["tokenizer_config.json": configuration, "added_tokens.json": #"{"<other>": 46}"#]
    let tokenizer = try load(bytes(), files)
    #expect(tokenizer.eos == 47 && !tokenizer.addsBOS && tokenizer.addsEOS && tokenizer.vocabularySize == 48)
    #expect(tokenizer.text(of: 46) == "<more>" && tokenizer.type(of: 46) == .userDefined)
    #expect(tokenizer.type(of: 47) == .control && tokenizer.type(of: 0) == .unknown)
    #expect(try tokenizer.encode("<more>", special: .addAndParse) == [46, 47])
  }

  @Test func tokensStandInAFileOfTheirOwn() throws {
    let files = [
      "tokenizer_config.json": #"{"eos_token": "<|end|>"}"#, "added_tokens.json": #"{"<more>": 46, "<|end|>": 47}"#,
    ]
    let tokenizer = try load(bytes(), files)
    #expect(tokenizer.eos == 47 && tokenizer.text(of: 46) == "<more>" && tokenizer.type(of: 46) == .userDefined)
    #expect(try tokenizer.encode("<more><|end|>", special: .parse) == [46, 47])
  }

  /// Spaces around a token go with it where its file says so, and a row may get another text.
  @Test func flagsAndOtherTextsAreObeyed() throws {
    let configuration = """
      {"added_tokens_decoder": {"46": {"content": "<|a|>", "lstrip": true, "rstrip": true, "special": true},
      "4": {"content": "<renamed>", "special": true}}}
      """
    let tokenizer = try load(bytes(), ["tokenizer_config.json": configuration])
    #expect(tokenizer.text(of: 4) == "<renamed>" && tokenizer.type(of: 4) == .control)
    #expect(try tokenizer.encode("  <|a|>  <|a|>", special: .parse) == [46, 46])
  }

  /// Where llama.cpp's converter would leave rows empty, transformers would give another id.
  @Test(arguments: [
    (#"{"added_tokens_decoder": {"47": {"content": "<|a|>"}}}"#, "has the id 47 here and 46 in the tokenizer"),
    (#"{"added_tokens_decoder": {"5": {"content": "<s>"}}}"#, "has the id 5 here and 1 in the tokenizer"),
  ])
  func rowsThatProgramsDoNotAgreeOnAreRefused(_ configuration: String, _ words: String) throws {
    let error = try #require(throws: TokenizerError.self) {
      try load(bytes(), ["tokenizer_config.json": configuration])
    }
    #expect("\(error)".contains(words), "\(error)")
  }

  /// Fields are copied and changed here by hand: type 1, length 2 and so on as the wire format has them.
  @Test(
    arguments: [
      ([], "it holds no pieces"), ([0x0A], "ends inside a number"), ([0x0A, 0x05, 0x41], "5 bytes, and 1 are left"),
      ([0x0B], "kind 3"), ([0x00, 0x00], "without a number"),
      (Array(repeating: 0x80, count: 12), "more than ten bytes"),
      ([0x0A, 0x03, 0x0A, 0x01, 0xFF], "is no UTF-8"), ([0x0A, 0x02, 0x18, 0x09], "unknown type 9"),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61], "no trainer_spec"),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x07], "no trainer_spec and normalizer_spec"),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x07, 0x1A, 0x00], "found 7"),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x03, 0xC0, 0x01, 0x01, 0x1A, 0x00], "treat_whitespace_as_suffix"),
      (
        [0x61, 0x62, 0x63].flatMap { [0x0A, 0x03, 0x0A, 0x01, $0] } + [0x12, 0x00, 0x1A, 0x03, 0x12, 0x01, 0x41],
        "precompiled_charsmap: 1 bytes; expected at least 4"
      ),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x02, 0x1A, 0x00], "remove_extra_whitespaces"),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x02, 0x1A, 0x03, 0x12, 0x01, 0x41], "table of replacements"),
      (
        [0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x02, 0x1A, 0x04, 0x20, 0x00, 0x28, 0x00], "escape_whitespaces"
      ),
      ([0x0A, 0x03, 0x0A, 0x01, 0x61, 0x12, 0x02, 0x18, 0x02, 0x1A, 0x02, 0x20, 0x00], "bos_token_id: 1 is no token"),
    ] as [([UInt8], String)])
  func namesWhatIsWrong(_ bytes: [UInt8], _ message: String) throws {
    let error = try #require(throws: TokenizerError.self) { try load(bytes) }
    #expect("\(error)".contains(message) && "\(error)".contains("tokenizer.model"), "\(error)")
  }

  @Test func truncatedFilesNeverCrash() throws {
    let whole = try bytes()
    var refused = 0
    for length in stride(from: 0, to: whole.count, by: 7) {
      do { _ = try load(Array(whole[..<length])) } catch {
        refused += 1
      }
    }
    // The normalizer's message comes last; without it the file asks for what is not done.
    #expect(refused == (whole.count + 6) / 7)
  }

  @Test(arguments: ["added_tokens.json", "tokenizer_config.json"])
  func tokensWithoutAnIDAreRefused(_ name: String) throws {
    let contents =
      name == "added_tokens.json" ? #"{"<x>": -1}"# : #"{"added_tokens_decoder": {"x": {"content": "<x>"}}}"#
    let error = try #require(throws: TokenizerError.self) { try load(bytes(), [name: contents]) }
    #expect("\(error)".contains(name) && "\(error)".contains("<x>"), "\(error)")
  }

  /// llama.cpp's vocabulary of Llama 2 was made from this very file.
  @Test(.enabled(if: SharedMaterial.isPresent, "needs ../shared"))
  func llama2IsTheVocabularyOfLlamaCpp() throws {
    let model = try Data(contentsOf: URL(filePath: SharedMaterial.path("tokenizers/llama2-tokenizer.model")))
    let read = try load(Array(model)).ggufVocabulary()
    let expected = try GGUFVocabulary(
      GGUFFile(path: SharedMaterial.path("tokenizers/ggml-vocab-llama-spm.gguf")).metadata)
    let isSame = [
      "tokens": read.tokens == expected.tokens, "types": read.types == expected.types,
      "scores": read.scores == expected.scores,
    ]
    #expect(isSame.filter { !$0.value }.isEmpty)
    #expect(read.bos == expected.bos && read.eos == expected.eos && read.unknown == expected.unknown)
    #expect(read.addsBOS == true && read.addsEOS == false)
  }
}
