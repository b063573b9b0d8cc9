import Checkpoints
import Foundation
import TestSupport
import Testing

@Suite struct SafetensorsWriterTests {
  @Test func whatIsWrittenReadsBackTheSame() throws {
    let folder = try TemporaryFolder()
    let source = try SafetensorsFile(
      path: folder.write("source.safetensors", [UInt8](base64: SafetensorsFileTests.fixture)))
    let path = folder.path("copy.safetensors")
    let types = ["ids": "I64", "a.norm": "F32", "scalar": "F32", "b.weight": "F16"]
    let plan = try source.tensors.all.map { tensor in
      SafetensorsPlannedTensor(name: tensor.name, shape: tensor.shape, type: try #require(types[tensor.name]))
    }
    var writer = try SafetensorsWriter(path: path, metadata: source.metadata, tensors: plan)
    for tensor in source.tensors.all {
      try tensor.withBytes { bytes in
        try writer.append(bytes.extracting(0..<3), to: tensor.name)
        try writer.append(bytes.extracting(3..<bytes.byteCount), to: tensor.name)
      }
    }
    try writer.finish().publish()
    // The reference implementation writes the same header and pads it the same way.
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: source.path)))
  }

  @Test func namesAreEscaped() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.safetensors")
    let name = "a\"\\\n\t\u{1}é"
    var writer = try SafetensorsWriter(
      path: path, metadata: [("k\"", name)],
      tensors: [
        SafetensorsPlannedTensor(name: "empty", shape: [0], type: "U8"),
        SafetensorsPlannedTensor(name: name, shape: [2], type: "U8"),
      ])
    try writer.append(([1, 2] as [UInt8]).span.bytes, to: name)
    try writer.finish().publish()
    let file = try SafetensorsFile(path: path)
    #expect(file.tensors.all.map(\.name) == ["empty", name])
    #expect(file.metadata.map(\.key) == ["k\""] && file.metadata.map(\.value) == [name])
  }

  @Test func refusesBytesThatWereNotPlanned() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.safetensors")
    do {
      var writer = try SafetensorsWriter(
        path: path,
        tensors: [
          SafetensorsPlannedTensor(name: "a", shape: [2], type: "U8"),
          SafetensorsPlannedTensor(name: "b", shape: [2], type: "U8"),
        ])
      let three: [UInt8] = [1, 2, 3]
      expectCheckpointError(saying: ["tensor b", "2 bytes of tensor a first"]) {
        try writer.append(three.span.bytes, to: "b")
      }
      expectCheckpointError(saying: ["tensor a: given 3 bytes, expected 2 for [2] of U8"]) {
        try writer.append(three.span.bytes, to: "a")
      }
      do {
        _ = try writer.finish()
        Issue.record("both tensors lack bytes")
      } catch {
        #expect(error.description.hasSuffix("tensor a: given 0 bytes, expected 2 for [2] of U8"))
      }
    }
    #expect(try folder.contents() == [])
  }

  @Test func refusesPlansThatTheFormatCannotHold() throws {
    let folder = try TemporaryFolder()
    func plan(_ name: String, _ shape: [Int], _ type: String) throws {
      let tensor = SafetensorsPlannedTensor(name: name, shape: shape, type: type)
      _ = try SafetensorsWriter(path: folder.path("m.safetensors"), tensors: [tensor, tensor])
    }
    expectCheckpointError(saying: ["tensor a", "a name that is taken"]) { try plan("a", [1], "U8") }
    expectCheckpointError(saying: ["tensor __metadata__", "none __metadata__"]) { try plan("__metadata__", [1], "U8") }
    expectCheckpointError(saying: ["tensor a", "the type Q4"]) { try plan("a", [1], "Q4") }
    expectCheckpointError(saying: ["tensor a", "[3]", "whole bytes"]) { try plan("a", [3], "F4") }
    expectCheckpointError(saying: ["tensor a", "[-1]"]) { try plan("a", [-1], "U8") }
    #expect(try folder.contents() == [])
  }
}
