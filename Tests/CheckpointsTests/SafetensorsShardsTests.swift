import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsShardsTests {
  private static let tensors = ["a", "b", "c", "d"].enumerated().map { index, name in
    SafetensorsPlannedTensor(name: name, shape: [index + 1, 4], type: "F16")
  }

  private func write(to folder: String, shardBytes: Int) throws {
    var shards = try SafetensorsShards(folder: folder, tensors: Self.tensors, shardBytes: shardBytes)
    let total = shards.tensorBytes
    #expect(total == 80)
    for tensor in Self.tensors {
      for _ in 0..<tensor.shape[0] {
        try shards.append([UInt8](repeating: UInt8(tensor.shape[0]), count: 8).span.bytes, to: tensor.name)
      }
    }
    try shards.finish()
  }

  @Test(arguments: [
    (80, ["model.safetensors"]),
    (79, ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "model.safetensors.index.json"]),
    (
      24,
      [
        "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors", "model-00003-of-00003.safetensors",
        "model.safetensors.index.json",
      ]
    ),
    (1, (1...4).map { "model-0000\($0)-of-00004.safetensors" } + ["model.safetensors.index.json"]),
  ])
  func tensorsAreCutIntoFilesThatReadBackAsOne(shardBytes: Int, files: [String]) throws {
    let folder = try TemporaryFolder()
    try folder.write("config.json", "{}")
    try write(to: folder.path(""), shardBytes: shardBytes)
    #expect(try folder.contents() == ["config.json"] + files)
    let model = try HuggingFaceFolder(path: folder.path(""))
    #expect(model.tensors.all.map(\.name).sorted() == ["a", "b", "c", "d"])
    for tensor in Self.tensors {
      let stored = try model.tensor(tensor.name)
      #expect(stored.shape == tensor.shape)
      stored.withBytes { bytes in
        let same = (0..<bytes.byteCount).allSatisfy {
          bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self) == UInt8(tensor.shape[0])
        }
        #expect(same)
      }
      #expect(try SafetensorsFile(path: stored.path).metadata.map(\.value) == ["pt"])
    }
    guard files.count > 1 else { return }
    let index = try JSONObject(contentsOf: folder.path("model.safetensors.index.json"))
    #expect(try index.object("metadata").integer("total_size") == 80)
  }

  @Test func bytesThatAreMissingAreNamed() throws {
    let folder = try TemporaryFolder()
    for (given, says) in [(["a"], "b"), (["a", "b"], "c")] {
      expectCheckpointError(saying: [says]) {
        var shards = try SafetensorsShards(folder: folder.path(""), tensors: Self.tensors, shardBytes: 24)
        for name in given {
          let rows = name == "a" ? 1 : 2
          try shards.append([UInt8](repeating: 0, count: 8 * rows).span.bytes, to: name)
        }
        try shards.finish()
      }
    }
  }

  @Test func tensorsOutOfTurnAreRefused() throws {
    let folder = try TemporaryFolder()
    expectCheckpointError(saying: ["tensor b", "8 bytes of tensor a first"]) {
      var shards = try SafetensorsShards(folder: folder.path(""), tensors: Self.tensors, shardBytes: 8)
      try shards.append([0, 0].span.bytes, to: "b")
    }
    #expect(try folder.contents() == [])
  }

  @Test func typesThatTheFormatLacksAreRefused() throws {
    let folder = try TemporaryFolder()
    expectCheckpointError(saying: ["tensor w", "int4"]) {
      _ = try SafetensorsShards(
        folder: folder.path(""), tensors: [SafetensorsPlannedTensor(name: "w", shape: [1], type: "int4")], shardBytes: 1
      )
    }
  }
}
