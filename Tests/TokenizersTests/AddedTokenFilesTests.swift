import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// What transformers makes of files beside a vocabulary, as `Fixtures/added-tokens.py` wrote it down.
struct AddedTokenFiles: Sendable, CustomTestStringConvertible {
  let vocabulary: String
  let name: String
  let files: [(name: String, content: String)]
  let added: [(id: Int32, isSpecial: Bool, content: String)]
  let names: [String: String]
  let count: Int
  let texts: [String]
  let ids: [[Int32]]
  /// What llama.cpp's converter finds, by its names.
  let specialIDs: [String: Int]
  /// The vocabulary's file.
  let content: String

  var testDescription: String { "\(vocabulary): \(name)" }

  private struct Broken: Error {}

  static func load() throws -> [AddedTokenFiles] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let path = folder.appending(path: "Fixtures/added-tokens.json").path(percentEncoded: false)
    let document = try #require(JSONValue(contentsOf: path).asMembers)
    let texts = try #require(document["texts"]?.asArray(of: \.asString))
    let words = try #require(document["vocab.txt"]?.asArray(of: \.asString)).map { $0 + "\n" }.joined()
    let json = JSONText.document(try #require(document["tokenizer.json"]))
    return try #require(document["cases"]?.asArray).map { entry in
      guard let members = entry.asMembers, let vocabulary = members["vocabulary"]?.asString,
        let name = members["name"]?.asString, let files = members["files"]?.asMembers,
        let added = members["added"]?.asMembers, let names = members["names"]?.asMembers,
        let count = members["count"]?.asInteger, let ids = members["ids"]?.asArray,
        let special = members["special_ids"]?.asMembers
      else { throw Broken() }
      return AddedTokenFiles(
        vocabulary: vocabulary, name: name, files: files.elements.map { ($0.key, JSONText.document($0.value)) },
        added: try added.elements.map { key, value in
          guard let id = Int32(key), let token = value.asMembers, let content = token["content"]?.asString,
            let isSpecial = token["special"]?.asBool
          else { throw Broken() }
          return (id, isSpecial, content)
        },
        names: Dictionary(uniqueKeysWithValues: names.elements.map { ($0.key, $0.value.asString ?? "") }), count: count,
        texts: texts, ids: try ids.map { try #require($0.asArray(of: \.asInteger)).map { Int32($0) } },
        specialIDs: Dictionary(uniqueKeysWithValues: special.elements.map { ($0.key, $0.value.asInteger ?? -1) }),
        content: vocabulary == "vocab.txt" ? words : json)
    }
  }

  func tokenizer() throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write(vocabulary, content)
    for file in files { try folder.write(file.name, file.content) }
    return try .load(folder: folder.url.path)
  }
}

@Suite struct AddedTokenFilesTests {
  @Test(arguments: try AddedTokenFiles.load())
  func tokensAreThoseOfTransformers(_ files: AddedTokenFiles) throws {
    let tokenizer = try files.tokenizer()
    #expect(tokenizer.vocabularySize == files.count)
    #expect(tokenizer.specialNames == files.names)
    for token in files.added {
      #expect(tokenizer.text(of: token.id) == token.content)
      // llama.cpp's converter takes what looks special for special.
      let isControl = token.isSpecial || token.content.hasPrefix("<|")
      #expect(tokenizer.type(of: token.id) == (isControl ? .control : .userDefined), "\(token.content)")
    }
    for (text, ids) in zip(files.texts, files.ids) {
      #expect(try tokenizer.encode(text, special: .addAndParse) == ids, "\(text)")
    }
  }

  /// Special ids are those of the names.
  @Test(arguments: try AddedTokenFiles.load())
  func specialIDsAreThoseOfTheirNames(_ files: AddedTokenFiles) throws {
    let tokenizer = try files.tokenizer()
    let ids = ["bos_token": tokenizer.bos, "eos_token": tokenizer.eos, "pad_token": tokenizer.pad]
    for (name, id) in ids {
      let text = try files.names[name].map { text in
        try #require(files.added.first { $0.content == text }).id
      }
      // BERT's texts end with a token that has another name.
      #expect(id == text || files.vocabulary == "vocab.txt" && text == nil, "\(name)")
    }
  }

  /// The converter knows the tokens of tokenizer.json alone; what it finds there is the same here.
  @Test(arguments: try AddedTokenFiles.load().filter { !$0.specialIDs.isEmpty })
  func specialIDsAreThoseOfTheConverter(_ files: AddedTokenFiles) throws {
    let tokenizer = try files.tokenizer()
    let ids = ["bos": tokenizer.bos, "eos": tokenizer.eos, "unk": tokenizer.unknown, "pad": tokenizer.pad]
    #expect(files.specialIDs.count == 3)
    for (name, id) in files.specialIDs { #expect(ids[name] == Int32(id), "\(name)") }
  }

  private static let template = #"{"content": "<|a|>", "special": true}"#

  /// Files that contradict the vocabulary, or themselves.
  @Test(arguments: [
    (#"{"added_tokens_decoder": {"300": \#(template)}}"#, "", "", "has the id 300 here and 259"),
    (#"{"added_tokens_decoder": {"5": \#(template)}}"#, "", "", "has the id 5 here and 259"),
    (#"{"added_tokens_decoder": {"259": {"content": "hi"}}}"#, "", "", "has the id 259 here and 258"),
    (#"{"added_tokens_decoder": {"259": \#(template), "260": \#(template)}}"#, "", "", "expected one id for a token"),
    (#"{"added_tokens_decoder": {"x": \#(template)}}"#, "", "", "added_tokens_decoder.x"),
    (#"{"added_tokens_decoder": {"-1": \#(template)}}"#, "", "", "has no id; expected one from 0"),
    (#"{"added_tokens_decoder": {"99999999999": \#(template)}}"#, "", "", "has no id; expected one from 0"),
    (#"{"added_tokens_decoder": {"259": "<|a|>"}}"#, "", "", "expected an object with a content"),
    (#"{"added_tokens_decoder": {"259": {"content": "<|a|>", "lstrip": 1}}}"#, "", "", "lstrip"),
    (#"{"added_tokens_decoder": ["<|a|>"]}"#, "", "", "added_tokens_decoder"),
    (#"{"eos_token": 7}"#, "", "", "eos_token"), (#"{"eos_token": ["<s>"]}"#, "", "", "eos_token"),
    (#"{"eos_token": {"text": "<s>"}}"#, "", "", "eos_token"),
    (#"{"additional_special_tokens": "<|a|>"}"#, "", "", "additional_special_tokens"),
    (#"{"extra_special_tokens": [7]}"#, "", "", "extra_special_tokens[0]"),
    (#"{}"#, #"{"<|a|>": 300}"#, "", "added_tokens.json"), (#"{}"#, #"{"<|a|>": "x"}"#, "", "added_tokens.json"),
    (#"{}"#, #"{"<|a|>": 259, "<|b|>": 259}"#, "", "expected one id for a token"),
    (#"{"eos_token": "<s>"}"#, "", #"{"eos_token": "</s>"}"#, "\"</s>\" in special_tokens_map.json"),
    (#"{}"#, "", #"{"eos_token": 7}"#, "special_tokens_map.json: eos_token"),
    (#"{"chat_template": 7}"#, "", "", "chat_template"), (#"{"chat_template": []}"#, "", "", "chat_template"),
    (#"{"chat_template": [{"name": "x"}]}"#, "", "", "chat_template[0]"),
    (#"{"chat_template": [{"name": "x", "template": ""}, {"name": "x", "template": ""}]}"#, "", "", "second template"),
  ])
  func contradictionsAreNamed(_ config: String, _ added: String, _ map: String, _ words: String) throws {
    let all = try AddedTokenFiles.load()
    let vocabulary = try #require(all.first { $0.vocabulary == "tokenizer.json" }).content
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", vocabulary)
    try folder.write("tokenizer_config.json", config)
    if !added.isEmpty { try folder.write("added_tokens.json", added) }
    if !map.isEmpty { try folder.write("special_tokens_map.json", map) }
    let error = try #require(throws: TokenizerError.self) { try Tokenizer.load(folder: folder.url.path) }
    #expect("\(error)".contains(words), "\(error)")
  }
}
