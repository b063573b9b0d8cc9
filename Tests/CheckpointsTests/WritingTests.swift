import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct WritingTests {
  @Test func publishedFilesReplaceTheOldOnes() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("report.json")
    try AtomicFile.write("old and longer", to: path)
    let file = try AtomicFile.prepare(bytes("new").span.bytes, for: path)
    #expect(try text(path) == "old and longer")
    #expect(try text(file.temporaryPath) == "new")
    #expect(TemporaryFiles.all.contains(file.temporaryPath))
    let temporaryPath = file.temporaryPath
    try file.publish()
    #expect(try text(path) == "new")
    #expect(try folder.contents() == ["report.json"])
    #expect(!TemporaryFiles.all.contains(temporaryPath))
  }

  @Test func filesThatAreLetGoLeaveNothing() throws {
    let folder = try TemporaryFolder()
    func abandon() throws {
      _ = try AtomicFile.prepare(bytes("x").span.bytes, for: folder.path("a/b/c.txt"))
    }
    try abandon()
    #expect(try folder.contents() == [])
  }

  @Test func foldersThatAreStillUsedStay() throws {
    let folder = try TemporaryFolder()
    let kept = try AtomicFile.prepare(bytes("kept").span.bytes, for: folder.path("new/kept.txt"))
    func abandon() throws {
      _ = try AtomicFile.prepare(bytes("x").span.bytes, for: folder.path("new/inner/gone.txt"))
    }
    try abandon()
    #expect(try folder.contents() == ["new", "new/.kept.txt.planish-tmp"])
    try kept.publish()
    #expect(try folder.contents() == ["new", "new/kept.txt"])
    try abandon()
    #expect(try folder.contents() == ["new", "new/kept.txt"])
  }

  @Test func anInterruptRemovesFilesAndTheFoldersMadeForThem() throws {
    let folder = try TemporaryFolder()
    let files = TemporaryFiles()
    try folder.write("old/kept.txt", "x")
    for name in ["old/.a.tmp", "new/deep/.b.tmp", "new/.c.tmp", "done/.d.tmp"] {
      try files.makeFolders(above: folder.path(name))
      try files.create(folder.path(name)) { _ = try folder.write(name, "part") }
    }
    files.published(folder.path("done/.d.tmp"))
    files.removeAll()
    #expect(try folder.contents() == ["done", "done/.d.tmp", "old", "old/kept.txt"])
  }

  @Test func whatAKilledProcessLeftIsOverwritten() throws {
    let folder = try TemporaryFolder()
    try folder.write(".a.txt.planish-tmp", "a long rest of an earlier run")
    try AtomicFile.write("new", to: folder.path("a.txt"))
    #expect(try text(folder.path("a.txt")) == "new")
    #expect(try folder.contents() == ["a.txt"])
  }

  /// Whatever somebody put under the temporary name, nothing outside of it changes.
  @Test(arguments: [true, false])
  func temporaryNamesAreNotFollowed(toAFolder: Bool) throws {
    let folder = try TemporaryFolder()
    try folder.write("precious/file.txt", "precious")
    try folder.link(".a.txt.planish-tmp", to: toAFolder ? "precious" : "precious/file.txt")
    try AtomicFile.write("new", to: folder.path("a.txt"))
    #expect(try text(folder.path("a.txt")) == "new")
    #expect(try text(folder.path("precious/file.txt")) == "precious")
    #expect(try folder.contents() == ["a.txt", "precious", "precious/file.txt"])
  }

  /// Another name of a file is no leftover that may be emptied.
  @Test func hardLinksUnderATemporaryNameKeepTheirContent() throws {
    let folder = try TemporaryFolder()
    try folder.write("precious.txt", "precious")
    try FileManager.default.linkItem(
      atPath: folder.path("precious.txt"), toPath: folder.path(".a.txt.planish-tmp"))
    try AtomicFile.write("new", to: folder.path("a.txt"))
    #expect(try text(folder.path("precious.txt")) == "precious")
    #expect(try text(folder.path("a.txt")) == "new")
  }

  @Test func leftoversOfAFolderGiveWayToAFile() throws {
    let folder = try TemporaryFolder()
    try folder.write(".a.planish-tmp/model.safetensors", "part")
    try AtomicFile.write("new", to: folder.path("a"))
    #expect(try folder.contents() == ["a"])
  }

  /// A name that is a link keeps leading where it led, and what is written is there.
  @Test(arguments: [true, false])
  func linksLeadToWhatIsPublished(exists: Bool) throws {
    let folder = try TemporaryFolder()
    try folder.write("disk/other.txt", "other")
    if exists { try folder.write("disk/a.txt", "old") }
    try folder.link("step", to: "disk/a.txt")
    try folder.link("a.txt", to: "step")
    try AtomicFile.write("new", to: folder.path("a.txt"))
    #expect(try text(folder.path("disk/a.txt")) == "new")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("a.txt")) == "step")
    #expect(try folder.contents() == ["a.txt", "disk", "disk/a.txt", "disk/other.txt", "step"])
  }

  @Test func linksInACircleAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.link("a", to: "b")
    try folder.link("b", to: "a")
    expectCheckpointError(saying: ["links that lead in a circle"]) { try AtomicFile.write("x", to: folder.path("a")) }
    #expect(try folder.contents() == ["a", "b"])
  }

  @Test func twoWritersOfOneFileAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.txt")
    let first = try AtomicFile.prepare(bytes("first").span.bytes, for: path)
    expectCheckpointError(saying: [path, "another run is writing it"]) { try AtomicFile.write("second", to: path) }
    try first.publish()
    #expect(try text(path) == "first")
    try AtomicFile.write("second", to: path)
    #expect(try text(path) == "second")
  }

  @Test func aFolderInTheWayIsRefusedBeforeAnythingIsWritten() throws {
    let folder = try TemporaryFolder()
    try folder.write("a.gguf/inside", "x")
    expectCheckpointError(saying: [folder.path("a.gguf"), "found a folder"]) {
      try AtomicFile.write("x", to: folder.path("a.gguf"))
    }
    #expect(try folder.contents() == ["a.gguf", "a.gguf/inside"])
  }

  @Test func aFileInPlaceOfAFolderIsNamed() throws {
    let folder = try TemporaryFolder()
    try folder.write("file", "x")
    expectCheckpointError(saying: [folder.path("file"), "Not a directory"]) {
      try AtomicFile.write("x", to: folder.path("file/a.txt"))
    }
    #expect(try folder.contents() == ["file"])
  }

  @Test func aPlaceThatCannotBeWrittenIsNamed() {
    // Not even root creates files or folders there.
    expectCheckpointError(saying: ["/proc/planish-test", "cannot create this folder"]) {
      try AtomicFile.write("x", to: "/proc/planish-test/a.txt")
    }
    expectCheckpointError(saying: ["/proc/planish-test.txt", "cannot write it"]) {
      try AtomicFile.write("x", to: "/proc/planish-test.txt")
    }
  }

  @Test func aFullDiskSaysHowMuchWasMissing() throws {
    let full = try Descriptor(opening: "/dev/full", as: "model.gguf", flags: O_WRONLY)
    expectCheckpointError(saying: ["model.gguf: cannot write it", "No space left", "3 more bytes were needed"]) {
      try full.write(bytes("abc").span.bytes, at: 0)
    }
  }

  @Test func aDiskTooSmallIsKnownBeforeTheFirstTensor() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("huge.gguf")
    let huge = GGUFPlannedTensor(name: "w", shape: [1 << 30, 1 << 28], type: GGUFTensorType.all[0])
    expectCheckpointError(saying: [path, "No space left", "1152921504606", "more bytes were needed", "are free"]) {
      _ = try GGUFWriter(path: path, metadata: GGUFMetadata(path: path), tensors: [huge])
    }
    #expect(try folder.contents() == [])
  }

  @Test func namesWithoutAFolderAreRelativeToTheCurrentOne() throws {
    let name = "planish-test-\(UUID().uuidString).txt"
    try AtomicFile.write("x", to: name)
    let path = FileManager.default.currentDirectoryPath + "/" + name
    #expect(try text(path) == "x")
    try FileManager.default.removeItem(atPath: path)
  }
}

extension TemporaryFolder {
  func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path(name), withDestinationPath: target)
  }
}

private func bytes(_ text: String) -> [UInt8] {
  Array(text.utf8)
}

private func text(_ path: String) throws -> String {
  try String(contentsOfFile: path, encoding: .utf8)
}
