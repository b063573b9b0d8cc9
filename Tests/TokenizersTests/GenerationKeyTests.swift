import Foundation
import JSON
import TestSupport
import Testing
import Tokenizers

/// The keys of transformers' `GenerationConfig`, as `Fixtures/generation-config-keys.py` lists them.
@Suite struct GenerationKeyTests {
  private static let added = """
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "added_tokens": [{"id": 282, "content": "<s>", "special": true}, {"id": 283, "content": "</s>", "special": true}]
    """

  private func load(_ generation: String) throws -> Tokenizer {
    let folder = try TemporaryFolder()
    try folder.write("tokenizer.json", TinyBytePairs.json(.bytes, parts: Self.added))
    try folder.write("tokenizer_config.json", #"{"tokenizer_class": "GPT2Tokenizer"}"#)
    try folder.write("generation_config.json", generation)
    return try .load(folder: folder.url.path)
  }

  @Test func everyKeyHasATreatment() throws {
    let path = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/generation-config-keys.json")
    let document = try #require(JSONValue(contentsOf: path.path(percentEncoded: false)).asMembers)
    let listed = try #require(document["keys"]?.asArray(of: \.asString))
    let known = GenerationKey.read + GenerationKey.withoutEffect
    #expect(Set(known) == Set(listed))
    #expect(Set(known).count == known.count, "a key stands in the list twice")
  }

  /// Each id that is read is the special token of that name, and one that is no token is refused by the key's name.
  @Test(arguments: GenerationKey.read)
  func idsAreRead(_ key: String) throws {
    let plain = try load("{}")
    let changed = try load("{\"\(key)\": 65}")
    let ids: (Tokenizer) -> [Int32?] = { [$0.bos, $0.eos, $0.pad] }
    #expect(ids(changed) != ids(plain) && ids(changed).contains(65))
    let error = try #require(throws: TokenizerError.self) { try load("{\"\(key)\": 100000}") }
    #expect("\(error)".contains("generation_config.json") && "\(error)".contains(key), "\(error)")
  }

  /// Whatever its value, a key without effect leaves the tokenizer as it is, and is not told as unknown.
  @Test(arguments: GenerationKey.withoutEffect)
  func keysWithoutEffectHaveNone(_ key: String) throws {
    let plain = try load("{}")
    for value in ["null", "true", "7", #""x""#, #"["x"]"#, #"{"x": "y"}"#] {
      let changed = try load("{\"\(key)\": \(value)}")
      #expect(changed.unreadKeys.isEmpty)
      #expect(changed.specialNames == plain.specialNames)
      #expect(
        try changed.encode("<s>a b</s>", special: .addAndParse) == plain.encode("<s>a b</s>", special: .addAndParse))
    }
  }

  @Test func unknownKeysAreNamedWithTheirFile() throws {
    let unread = try load(#"{"temperatura": 1, "eos_token_id": 283}"#).unreadKeys
    #expect(unread.map(\.file) == ["generation_config.json"])
    #expect(unread.flatMap(\.keys) == ["temperatura"])
  }
}
