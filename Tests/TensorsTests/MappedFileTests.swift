import Foundation
import TestSupport
import Tensors
import Testing

struct MappedFileTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func contentIsThatOfTheFile() throws {
    let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let path = try folder.write("content.bin", content)
    let file = try MappedFile(path: path)
    #expect(file.path == path)
    #expect(file.count == 10_000)
    #expect(file.bytes.withUnsafeBytes { Array($0) } == content)
  }

  @Test func pagesComeBackAfterTheirRelease() throws {
    let content = [UInt8](repeating: 9, count: 20_000)
    let file = try MappedFile(path: try folder.write("released.bin", content))
    file.release(0..<file.count)
    file.release(1..<2)
    file.release(0..<0)
    #expect(file.bytes.withUnsafeBytes { Array($0) } == content)
  }

  @Test func anEmptyFileHasNoBytes() throws {
    let file = try MappedFile(path: try folder.write("empty.bin", [UInt8]()))
    #expect(file.count == 0)
    #expect(file.bytes.byteCount == 0)
    file.release(0..<0)
  }

  @Test func aMissingFileIsNamed() {
    let path = folder.path("missing.bin")
    #expect(throws: FileError(path: path, reason: "cannot open it: No such file or directory")) {
      try MappedFile(path: path)
    }
  }

  @Test func aFolderIsNoFile() throws {
    let error = #expect(throws: FileError.self) { try MappedFile(path: folder.url.path) }
    #expect(error?.path == folder.url.path)
    #expect(error?.description.contains("no regular file") == true)
  }

  @Test func aPipeIsNoFile() throws {
    let path = folder.path("pipe")
    try #require(mkfifo(path, 0o600) == 0)
    let error = #expect(throws: FileError.self) { try MappedFile(path: path) }
    #expect(error?.description.contains("no regular file") == true)
  }
}
