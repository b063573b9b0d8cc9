import Checkpoints
import TestSupport
import Tensors
import Testing

@Suite struct HuggingFaceFolderTests {
  @Test func opensASingleFile() throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", #"{"model_type": "llama", "hidden_size": 2}"#)
    try folder.write("generation_config.json", #"{"eos_token_id": 2}"#)
    try folder.write("tokenizer.json", "{}")
    try folder.write("model.safetensors", shard(["w"]))
    let model = try HuggingFaceFolder(path: folder.url.path)
    #expect(try model.config.integer("hidden_size") == 2)
    #expect(try model.generationConfig?.integer("eos_token_id") == 2)
    #expect(model.tokenizerFiles == ["tokenizer.json"])
    #expect(model.weightFiles == [folder.path("model.safetensors")])
    #expect(try model.matrix("w").array() == [1, 0])
  }

  @Test func joinsShards() throws {
    let folder = try sharded(index: #"{"metadata":{},"weight_map":{"b":"2.safetensors","a":"1.safetensors"}}"#)
    let model = try HuggingFaceFolder(path: folder.url.path)
    #expect(model.tensors.all.map(\.name) == ["a", "b"])
    #expect(model.weightFiles == [folder.path("1.safetensors"), folder.path("2.safetensors")])
    #expect(try model.matrix("b").array() == [1, 0])
  }

  /// What is there instead of the weights, or of the index that says which of them stands where.
  @Test(arguments: [
    (["model-00001-of-00001.safetensors"], "it has model-00001-of-00001.safetensors, and no index"),
    (["a.safetensors", "b.safetensors"], "it has a.safetensors and b.safetensors, and no index"),
    (["1.safetensors", "2.safetensors", "3.safetensors"], "it has 3 files such as 1.safetensors, and no index"),
    (["pytorch_model.bin"], "it has pytorch_model.bin, which is not read"), ([], "model.safetensors.index.json"),
  ])
  func weightsUnderOtherNamesAreNamed(files: [String], words: String) throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    for name in files { try folder.write(name, shard(["w"])) }
    expectCheckpointError(saying: [words]) { _ = try HuggingFaceFolder(path: folder.url.path) }
  }

  static let malformedIndexes: [Malformed] = [
    ("no JSON", "{", ["model.safetensors.index.json:1:2"]),
    ("no object", "3", ["found 3", "an object"]),
    ("no map", "{}", ["weight_map", "nothing", "an object"]),
    ("shard that is no text", #"{"weight_map":{"a":1}}"#, ["weight_map.a", "found 1", "a string"]),
    ("shard outside the folder", #"{"weight_map":{"a":"../1.safetensors"}}"#, ["weight_map.a", "../1", "same folder"]),
    ("parent folder", #"{"weight_map":{"a":".."}}"#, ["weight_map.a", "same folder"]),
    ("the folder itself", #"{"weight_map":{"a":"."}}"#, ["weight_map.a", "same folder"]),
    (
      "a slash that Swift takes for another character", #"{"weight_map":{"a":"../\u0301x"}}"#,
      ["weight_map.a", "same folder"]
    ),
    ("a slash with another mark", #"{"weight_map":{"a":"/\u20DDetc"}}"#, ["weight_map.a", "same folder"]),
    ("a name with a zero byte", #"{"weight_map":{"a":"1.safetensors\u0000"}}"#, ["weight_map.a", "same folder"]),
    ("no shard name", #"{"weight_map":{"a":""}}"#, ["weight_map.a", "same folder"]),
    (
      "missing shard", #"{"weight_map":{"a":"1.safetensors","b":"3.safetensors"}}"#,
      ["3.safetensors", "a shard of 1 tensors, the first b"]
    ),
    (
      "tensor in another shard", #"{"weight_map":{"a":"2.safetensors","b":"1.safetensors"}}"#,
      ["tensor a", "2.safetensors", "1.safetensors, which holds it"]
    ),
    (
      "tensor in no shard", #"{"weight_map":{"a":"1.safetensors","b":"2.safetensors","c":"2.safetensors"}}"#,
      ["tensor c", "none does"]
    ),
    ("tensor that is not listed", #"{"weight_map":{"x":"1.safetensors"}}"#, ["tensor x", "none does"]),
    (
      "repeated key", #"{"weight_map":{"a":"1.safetensors","a":"1.safetensors"}}"#, ["the key \"a\" a second time"]
    ),
  ].map { Malformed(name: $0.0, bytes: Array($0.1.utf8), says: $0.2) }

  @Test(arguments: malformedIndexes) func refusesIndex(_ input: Malformed) throws {
    let folder = try sharded(index: String(decoding: input.bytes, as: UTF8.self))
    expectCheckpointError(saying: input.says) { _ = try HuggingFaceFolder(path: folder.url.path) }
  }

  @Test func refusesATensorOfAShardThatTheIndexLacks() throws {
    let folder = try sharded(index: #"{"weight_map":{"a":"1.safetensors"}}"#)
    try folder.write("1.safetensors", shard(["a", "stray"]))
    expectCheckpointError(saying: ["tensor stray", "no entry in weight_map", "1.safetensors"]) {
      _ = try HuggingFaceFolder(path: folder.url.path)
    }
  }

  @Test func refusesATensorThatTwoShardsHold() throws {
    let folder = try sharded(index: #"{"weight_map":{"a":"1.safetensors","b":"2.safetensors"}}"#)
    try folder.write("2.safetensors", shard(["a", "b"]))
    expectCheckpointError(saying: ["2.safetensors", "tensor a", "in this shard and in 1.safetensors"]) {
      _ = try HuggingFaceFolder(path: folder.url.path)
    }
  }

  @Test func saysWhatIsMissing() throws {
    let folder = try TemporaryFolder()
    expectCheckpointError(saying: [folder.path("none"), "a folder with config.json"]) {
      _ = try HuggingFaceFolder(path: folder.path("none"))
    }
    expectCheckpointError(saying: [folder.path("config.json"), "the description of the model"]) {
      _ = try HuggingFaceFolder(path: folder.url.path)
    }
    try folder.write("config.json", "{}")
    expectCheckpointError(saying: ["model.safetensors or model.safetensors.index.json"]) {
      _ = try HuggingFaceFolder(path: folder.url.path)
    }
    try folder.write("pytorch_model.bin", "")
    expectCheckpointError(saying: ["it has pytorch_model.bin"]) { _ = try HuggingFaceFolder(path: folder.url.path) }
  }

  @Test(
    .enabled(if: SharedMaterial.isPresent, "needs ../shared"), arguments: ["wikicode-6m", "stories260k"]
  ) func readsTrainedModels(_ name: String) throws {
    let model = try HuggingFaceFolder(path: SharedMaterial.path("models/\(name)"))
    let hidden = try model.config.positiveInteger("hidden_size")
    let vocabulary = try model.config.positiveInteger("vocab_size")
    let embeddings = try model.tensor("model.embed_tokens.weight")
    #expect(embeddings.shape == [vocabulary, hidden])
    #expect(model.tokenizerFiles.contains("tokenizer.json"))
    for tensor in model.tensors.all { #expect(try tensor.matrix().count == tensor.elementCount) }
    let all = try embeddings.matrix()
    let some = try embeddings.rows(3..<7)
    #expect(some.array() == all.copy(rows: 3..<7).array())
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "needs ../shared")) func readsALargeTokenizerAsJSON() throws {
    let object = try JSONObject(contentsOf: SharedMaterial.path("tokenizers/gpt2-tokenizer.json"))
    #expect(try object.object("model").object("vocab").keys.count == 50257)
  }
}

/// A folder of two shards that hold `a` and `b`.
private func sharded(index: String) throws -> TemporaryFolder {
  let folder = try TemporaryFolder()
  try folder.write("config.json", "{}")
  try folder.write("model.safetensors.index.json", index)
  try folder.write("1.safetensors", shard(["a"]))
  try folder.write("2.safetensors", shard(["b"]))
  return folder
}

/// A safetensors file of BF16 tensors `[2]` that hold 1 and 0.
private func shard(_ names: [String]) -> [UInt8] {
  let entries = names.enumerated().map { index, name in
    #""\#(name)":{"dtype":"BF16","shape":[2],"data_offsets":[\#(4 * index),\#(4 * index + 4)]}"#
  }
  let data = names.flatMap { _ in [0x80, 0x3F, 0, 0] as [UInt8] }
  return container("{\(entries.joined(separator: ","))}", data: data)
}
