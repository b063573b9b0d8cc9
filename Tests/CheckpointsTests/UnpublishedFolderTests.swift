import Checkpoints
import Foundation
import JSON
import TestSupport
import Testing

@Suite struct UnpublishedFolderTests {
  private func publish(_ path: String, _ files: [String: String], details: JSONMembers = JSONMembers()) throws {
    let folder = try UnpublishedFolder.create(path: path)
    for (name, text) in files { try AtomicFile.write(text, to: folder.file(name)) }
    try folder.publish(details)
  }

  @Test func nothingStandsThereBeforeItIsPublished() throws {
    let outer = try TemporaryFolder()
    let folder = try UnpublishedFolder.create(path: outer.path("new/model"))
    try AtomicFile.write("x", to: folder.file("a.txt"))
    let byteCount = try folder.byteCount()
    #expect(byteCount == 1)
    #expect(try outer.contents() == ["new", "new/.model.planish-tmp", "new/.model.planish-tmp/a.txt"])
    try folder.publish()
    #expect(try outer.contents() == ["new", "new/model", "new/model/a.txt", "new/model/planish.json"])
  }

  @Test func theListNamesAllFilesAfterTheDetails() throws {
    let outer = try TemporaryFolder()
    var details = JSONMembers()
    details.set("planish", .string("1"))
    try publish(outer.path("m"), ["b": "", "a": ""], details: details)
    let list = try JSONObject(contentsOf: outer.path("m/planish.json"))
    #expect(list.keys == ["planish", "files"])
    #expect(try list.strings("files") == ["a", "b"])
  }

  @Test func foldersThatAreLetGoLeaveNothing() throws {
    let outer = try TemporaryFolder()
    func abandon() throws {
      let folder = try UnpublishedFolder.create(path: outer.path("a/b/model"))
      try AtomicFile.write("x", to: folder.file("a.txt"))
    }
    try abandon()
    #expect(try outer.contents() == [])
  }

  @Test func anEarlierProductIsReplacedWhole() throws {
    let outer = try TemporaryFolder()
    try publish(outer.path("m"), ["old.txt": "old", "both.txt": "old"])
    try publish(outer.path("m"), ["both.txt": "new"])
    #expect(try outer.contents() == ["m", "m/both.txt", "m/planish.json"])
    #expect(try String(contentsOfFile: outer.path("m/both.txt"), encoding: .utf8) == "new")
  }

  @Test func anEmptyFolderIsTaken() throws {
    let outer = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: outer.path("m"), withIntermediateDirectories: false)
    try publish(outer.path("m"), ["a": ""])
    #expect(try outer.contents() == ["m", "m/a", "m/planish.json"])
  }

  /// Whatever somebody else put there stays, whether it was there at the start or came later.
  @Test(arguments: [(false, "without planish.json"), (true, "found mine.txt, which planish.json does not list")])
  func aFolderOfSomebodyElseIsRefused(isOurs: Bool, says: String) throws {
    let outer = try TemporaryFolder()
    if isOurs { try publish(outer.path("m"), ["a": "old"]) }
    expectCheckpointError(saying: [outer.path("m"), says]) {
      let late = try UnpublishedFolder.create(path: outer.path("m"))
      try outer.write("m/mine.txt", "precious")
      try late.publish()
    }
    let before = try outer.contents()
    expectCheckpointError(saying: [outer.path("m"), says, "expected nothing"]) {
      _ = try UnpublishedFolder.create(path: outer.path("m"))
    }
    #expect(try outer.contents() == before)
    #expect(try String(contentsOfFile: outer.path("m/mine.txt"), encoding: .utf8) == "precious")
  }

  @Test func aFileInTheWayIsRefused() throws {
    let outer = try TemporaryFolder()
    try outer.write("m", "x")
    expectCheckpointError(saying: [outer.path("m"), "found a file, expected a folder"]) {
      _ = try UnpublishedFolder.create(path: outer.path("m"))
    }
    #expect(try outer.contents() == ["m"])
  }

  @Test func whatAKilledProcessLeftIsRemoved() throws {
    let outer = try TemporaryFolder()
    try outer.write(".m.planish-tmp/old/rest", "x")
    try publish(outer.path("m"), ["a": ""])
    #expect(try outer.contents() == ["m", "m/a", "m/planish.json"])
  }

  /// Killed between the two renames that some file systems need: the new product is complete, and the earlier one stands
  /// aside and comes back.
  @Test func aProductThatWasSetAsideComesBack() throws {
    let outer = try TemporaryFolder()
    try publish(outer.path("m"), ["a": "old"])
    try FileManager.default.moveItem(atPath: outer.path("m"), toPath: outer.path(".m.planish-old"))
    try outer.write(".m.planish-tmp/planish.json", #"{"files": []}"#)
    func abandon() throws { _ = try UnpublishedFolder.create(path: outer.path("m")) }
    try abandon()
    #expect(try outer.contents() == ["m", "m/a", "m/planish.json"])
  }

  @Test func aProductThatTheUserRemovedDoesNotComeBack() throws {
    let outer = try TemporaryFolder()
    try publish(outer.path("m"), ["a": "old"])
    try FileManager.default.moveItem(atPath: outer.path("m"), toPath: outer.path(".m.planish-old"))
    func abandon() throws { _ = try UnpublishedFolder.create(path: outer.path("m")) }
    try abandon()
    #expect(!FileManager.default.fileExists(atPath: outer.path("m")))
    try publish(outer.path("m"), ["b": "new"])
    #expect(try outer.contents() == ["m", "m/b", "m/planish.json"])
  }

  /// Killed while the earlier product was being removed.
  @Test(arguments: [".m.planish-old/x/y", ".m.planish-old/model.safetensors", ".m.planish-tmp/model.safetensors"])
  func leftoversAreNoObstacle(_ leftover: String) throws {
    let outer = try TemporaryFolder()
    try publish(outer.path("m"), ["a": "old"])
    try outer.write(leftover, "x")
    try publish(outer.path("m"), ["b": "new"])
    #expect(try outer.contents() == ["m", "m/b", "m/planish.json"])
    try publish(outer.path("m"), ["c": "newer"])
    #expect(try outer.contents() == ["m", "m/c", "m/planish.json"])
  }

  @Test(arguments: [".m.planish-tmp", ".m.planish-old"])
  func temporaryNamesAreNotFollowed(_ name: String) throws {
    let outer = try TemporaryFolder()
    try outer.write("precious/planish.json", #"{"files": ["a"]}"#)
    try outer.write("precious/a", "precious")
    try FileManager.default.createSymbolicLink(atPath: outer.path(name), withDestinationPath: "precious")
    try publish(outer.path("m"), ["b": "new"])
    #expect(try String(contentsOfFile: outer.path("precious/a"), encoding: .utf8) == "precious")
    #expect(try outer.contents() == ["m", "m/b", "m/planish.json", "precious", "precious/a", "precious/planish.json"])
  }

  /// The product is on the disk to which the link leads.
  @Test(arguments: [true, false])
  func linksLeadToWhatIsPublished(exists: Bool) throws {
    let outer = try TemporaryFolder()
    try outer.write("disk/other", "")
    if exists { try publish(outer.path("disk/m"), ["a": "old"]) }
    try FileManager.default.createSymbolicLink(atPath: outer.path("m"), withDestinationPath: "disk/m")
    try publish(outer.path("m/"), ["b": "new"])
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: outer.path("m")) == "disk/m")
    #expect(try outer.contents() == ["disk", "disk/m", "disk/m/b", "disk/m/planish.json", "disk/other", "m"])
  }

  @Test func twoWritersOfOneFolderAreRefused() throws {
    let outer = try TemporaryFolder()
    let first = try UnpublishedFolder.create(path: outer.path("m"))
    expectCheckpointError(saying: [outer.path("m"), "another run is writing it"]) {
      _ = try UnpublishedFolder.create(path: outer.path("m"))
    }
    try first.publish()
    #expect(try outer.contents() == ["m", "m/planish.json"])
  }

  @Test func anInterruptRemovesTheFolderAndWhatWasMadeForIt() throws {
    let outer = try TemporaryFolder()
    let files = TemporaryFiles()
    let path = outer.path("deep/.m.tmp")
    try files.makeFolders(above: path)
    try files.create(tree: path) { _ = try outer.write("deep/.m.tmp/part", "x") }
    // A file that got its name inside of the folder does not make the folders above it stay.
    files.published(path + "/part")
    files.removeAll()
    #expect(try outer.contents() == [])
  }

  @Test func aListThatIsNoListIsRefused() throws {
    let outer = try TemporaryFolder()
    try outer.write("m/planish.json", #"{"files": 3}"#)
    expectCheckpointError(saying: ["m/planish.json", "files", "an array of strings"]) {
      _ = try UnpublishedFolder.create(path: outer.path("m"))
    }
  }
}
