import Checkpoints
import TestSupport
import Testing

@Suite struct GGUFSplitTests {
  @Test func joinsTheParts() throws {
    let folder = try TemporaryFolder()
    let paths = try write(folder)
    let file = try GGUFFile(path: paths[0])
    #expect(file.parts == paths)
    #expect(file.tensors.all.map(\.name) == ["t0", "t1", "t2"])
    #expect(try file.tensor("t2").path == paths[2])
  }

  @Test func aMissingPartIsNamed() throws {
    let folder = try TemporaryFolder()
    let paths = try write(folder, parts: 2)
    expectCheckpointError(saying: [folder.path("m-00003-of-00003.gguf"), "one of the 3 parts"]) {
      _ = try GGUFFile(path: paths[0])
    }
  }

  @Test func onlyTheFirstPartIsOpened() throws {
    let folder = try TemporaryFolder()
    let paths = try write(folder)
    expectCheckpointError(saying: [paths[1], "split.no", "found 1", "open the first part"]) {
      _ = try GGUFFile(path: paths[1])
    }
  }

  @Test func theNameMustTellTheOthers() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("m.gguf", part(0, of: 3, total: 3))
    expectCheckpointError(saying: [path, "split.count", "-00001-of-00003.gguf"]) { _ = try GGUFFile(path: path) }
  }

  @Test func partsThatDisagreeAreRefused() throws {
    let folder = try TemporaryFolder()
    let paths = try write(folder)
    try folder.write("m-00002-of-00003.gguf", part(2, of: 3, total: 3))
    expectCheckpointError(saying: [paths[1], "split.no", "found 2, expected 1"]) { _ = try GGUFFile(path: paths[0]) }
    try folder.write("m-00002-of-00003.gguf", part(1, of: 4, total: 3))
    expectCheckpointError(saying: [paths[1], "split.count", "found 4, expected 3"]) { _ = try GGUFFile(path: paths[0]) }
    try folder.write("m-00002-of-00003.gguf", part(1, of: 3, total: 3, tensor: "t0"))
    expectCheckpointError(saying: [paths[1], "tensor t0", "a second time"]) { _ = try GGUFFile(path: paths[0]) }
    try folder.write("m-00002-of-00003.gguf", part(1, of: 3, total: 3))
    try folder.write("m-00001-of-00003.gguf", part(0, of: 3, total: 4))
    expectCheckpointError(saying: [paths[0], "split.tensors.count", "found 4, expected 3"]) {
      _ = try GGUFFile(path: paths[0])
    }
  }
}

/// A part with one tensor.
private func part(_ number: Int, of count: Int, total: Int, tensor: String? = nil) -> [UInt8] {
  func short(_ value: Int) -> [UInt8] { GGUFBytes.typed(2, [UInt8](littleEndian: UInt16(value))) }
  return GGUFBytes(
    keys: [
      ("split.no", short(number)), ("split.count", short(count)),
      ("split.tensors.count", GGUFBytes.typed(5, [UInt8](littleEndian: Int32(total)))),
    ],
    tensors: [.init(name: tensor ?? "t\(number)", sides: [2])], data: 8
  ).bytes
}

/// Writes the parts of a model in three files, or fewer of them.
private func write(_ folder: TemporaryFolder, parts: Int = 3) throws -> [String] {
  try (0..<parts).map { try folder.write("m-0000\($0 + 1)-of-00003.gguf", part($0, of: 3, total: 3)) }
}
