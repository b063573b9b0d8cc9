import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct GGUFWriterTests {
  @Test func whatIsWrittenReadsBackTheSame() throws {
    let folder = try TemporaryFolder()
    let source = try GGUFFile(path: folder.write("source.gguf", [UInt8](base64: ggufFixture)))
    let path = folder.path("copy.gguf")
    var writer = try GGUFWriter(path: path, metadata: source.metadata, tensors: try plan(source))
    for tensor in source.tensors.all {
      // In two pieces, to cross the writer's buffer in the middle of a tensor.
      try tensor.withBytes { bytes in
        try writer.append(bytes.extracting(0..<5), to: tensor.name)
        try writer.append(bytes.extracting(5..<bytes.byteCount), to: tensor.name)
      }
    }
    #expect(writer.next == nil)
    let file = try writer.finish()
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try GGUFFile(path: file.temporaryPath).tensors.all.count == 3)
    try file.publish()
    // The other program's header and padding are the same, so the files are.
    #expect(try Data(contentsOf: URL(filePath: path)) == Data(contentsOf: URL(filePath: source.path)))
    #expect(try folder.contents() == ["copy.gguf", "source.gguf"])
  }

  @Test func tensorsLargerThanTheBufferAndOtherAlignmentsSurvive() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new/deep/m.gguf")
    var metadata = GGUFMetadata(path: path)
    metadata["general.alignment"] = .uint32(128)
    metadata["nested"] = .array(.array, [.array(.uint8, [.uint8(1)]), .strings(["x"])])
    let large = (0..<900_000).map { Float($0) }
    var writer = try GGUFWriter(
      path: path, metadata: metadata,
      tensors: [tensor("a", [3]), tensor("empty", [0, 4]), tensor("large", [900, 1000]), tensor("z", [1])])
    try writer.append(floats([1, 2, 3]).span.bytes, to: "a")
    #expect(writer.next?.name == "large")
    try writer.append(floats(large).span.bytes, to: "large")
    try writer.append(floats([7]).span.bytes, to: "z")
    try writer.finish().publish()
    let file = try GGUFFile(path: path)
    #expect(file.metadata["nested"] == metadata["nested"])
    #expect(try file.matrix("large").array() == large)
    #expect(try file.matrix("a").array() == [1, 2, 3] && file.matrix("z").array() == [7])
    #expect(try file.tensor("empty").shape == [0, 4])
  }

  @Test func valuesArePatchedInPlace() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.gguf")
    var metadata = GGUFMetadata(path: path)
    metadata["planish.kld"] = .float32(.nan)
    metadata["planish.digest"] = .string("----")
    var writer = try GGUFWriter(path: path, metadata: metadata, tensors: [tensor("w", [1])])
    try writer.patch("planish.digest", .string("beef"))
    try writer.append(floats([1]).span.bytes, to: "w")
    let file = try writer.finish()
    try file.patch("planish.kld", .float32(0.25))
    expectCheckpointError(saying: [path, "planish.kld", "float64 of 8 bytes", "float32 of 4 bytes"]) {
      try file.patch("planish.kld", .float64(0.25))
    }
    expectCheckpointError(saying: ["planish.digest", "string of 11 bytes", "string of 12 bytes"]) {
      try file.patch("planish.digest", .string("abc"))
    }
    expectCheckpointError(saying: ["other", "no such key"]) { try file.patch("other", .bool(true)) }
    try file.publish()
    let read = try GGUFFile(path: path)
    #expect(read.metadata["planish.kld"] == .float32(0.25) && read.metadata["planish.digest"] == .string("beef"))
    #expect(try read.matrix("w").array() == [1])
  }

  @Test func refusesBytesThatWereNotPlanned() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.gguf")
    do {
      var writer = try GGUFWriter(
        path: path, metadata: GGUFMetadata(path: path), tensors: [tensor("a", [2]), tensor("b", [2])])
      expectCheckpointError(saying: ["tensor b", "given 4 bytes", "8 bytes of tensor a first"]) {
        try writer.append(floats([0]).span.bytes, to: "b")
      }
      expectCheckpointError(saying: ["tensor a", "given 12 bytes", "8 for [2] of f32"]) {
        try writer.append(floats([1, 2, 3]).span.bytes, to: "a")
      }
      try writer.append(floats([1, 2]).span.bytes, to: "a")
      try writer.append(floats([1]).span.bytes, to: "b")
      do {
        _ = try writer.finish()
        Issue.record("a tensor lacks bytes")
      } catch {
        #expect(error.description.hasSuffix("tensor b: given 4 bytes, expected 8 for [2] of f32"))
      }
    }
    #expect(try folder.contents() == [])
  }

  @Test func refusesBytesAfterTheLastTensor() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("m.gguf")
    var writer = try GGUFWriter(path: path, metadata: GGUFMetadata(path: path), tensors: [])
    expectCheckpointError(saying: ["tensor a", "no more tensors"]) {
      try writer.append(floats([0]).span.bytes, to: "a")
    }
    try writer.finish().publish()
    #expect(try GGUFFile(path: path).tensors.all.isEmpty)
  }

  /// A plan that GGUF cannot hold, and what the error says.
  struct Misfit: CustomTestStringConvertible {
    let testDescription: String
    let name: String
    let shape: [Int]
    let says: [String]
  }

  static let misfits = [
    Misfit(testDescription: "part of a block", name: "a", shape: [4, 48], says: ["[4, 48]", "blocks of 32", "q8_0"]),
    Misfit(testDescription: "no sides", name: "a", shape: [], says: ["tensor a", "0 sides", "1 to 4"]),
    Misfit(testDescription: "five sides", name: "a", shape: [1, 1, 1, 1, 32], says: ["tensor a", "5 sides"]),
    Misfit(testDescription: "negative side", name: "a", shape: [-1, 32], says: ["tensor a", "[-1, 32]"]),
    Misfit(testDescription: "overflow", name: "a", shape: [1 << 31, 1 << 31, 32], says: ["tensor a", "2147483648"]),
    Misfit(
      testDescription: "long name", name: String(repeating: "n", count: 64), shape: [32],
      says: ["a name of 64 bytes", "at most 63"]),
    Misfit(testDescription: "taken name", name: "first", shape: [32], says: ["tensor first", "a second time"]),
  ]

  @Test(arguments: misfits) func refusesPlansThatGGUFCannotHold(_ plan: Misfit) throws {
    let folder = try TemporaryFolder()
    let path = folder.path("sub/m.gguf")
    let type = try #require(GGUFTensorType.named("q8_0"))
    expectCheckpointError(saying: [path] + plan.says) {
      let first = GGUFPlannedTensor(name: "first", shape: [32], type: type)
      let second = GGUFPlannedTensor(name: plan.name, shape: plan.shape, type: type)
      _ = try GGUFWriter(path: path, metadata: GGUFMetadata(path: path), tensors: [first, second])
    }
    #expect(try folder.contents() == [])
  }

  @Test func refusesAnAlignmentThatIsNoPowerOfTwo() {
    var metadata = GGUFMetadata(path: "m.gguf")
    metadata["general.alignment"] = .uint32(33)
    expectCheckpointError(saying: ["general.alignment", "found 33", "power of two"]) {
      _ = try GGUFWriter(path: "/nowhere/m.gguf", metadata: metadata, tensors: [])
    }
  }
}

private func tensor(_ name: String, _ shape: [Int]) -> GGUFPlannedTensor {
  GGUFPlannedTensor(name: name, shape: shape, type: GGUFTensorType.all[0])
}

/// The tensors of a file, to be written again.
private func plan(_ file: GGUFFile) throws -> [GGUFPlannedTensor] {
  try file.tensors.all.map { tensor in
    GGUFPlannedTensor(
      name: tensor.name, shape: tensor.shape, type: try #require(GGUFTensorType.named(tensor.storage.name)))
  }
}

private func floats(_ values: [Float]) -> [UInt8] {
  values.flatMap { [UInt8](littleEndian: $0.bitPattern) }
}
