import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

/// A log that a process left at any moment is what it was after some record, and never something else.
@Suite struct RecordLogTests {
  private let key = String(repeating: "ab", count: 32)
  private let records: [(kind: UInt64, text: String, bytes: [UInt8])] = [
    (1, "about", []), (3, "head", [1, 2, 3, 4, 5]), (3, "", [UInt8](repeating: 7, count: 300)), (4, "", []),
    (5, "the end", []),
  ]

  private func open(_ path: String, key: String? = nil, fresh: Bool = false) throws -> RecordLog {
    try #require(try RecordLog(path: path, key: key ?? self.key, fresh: fresh))
  }

  @discardableResult
  private func write(_ path: String, key: String? = nil) throws -> [RecordLog.Record] {
    let log = try open(path, key: key)
    for record in records { try log.append(record.kind, Array(record.text.utf8), record.bytes.span.bytes) }
    try log.sync()
    return log.records
  }

  /// Kind and content of each record.
  private func contents(_ log: RecordLog) throws -> [[UInt8]] {
    let file = try log.map()
    return log.records.map { record in
      [UInt8(record.kind)] + file.bytes.extracting(record.range).withUnsafeBytes { Array($0) }
    }
  }

  private var expected: [[UInt8]] { records.map { [UInt8($0.kind)] + Array($0.text.utf8) + $0.bytes } }

  @Test func whatIsAppendedIsReadAgain() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("new/.planish/a.journal")
    let written = try write(path)
    var log = try open(path)
    #expect(try contents(log) == expected)
    #expect(log.records == written && log.cutBytes == 0)
    try log.append(3, Array("more".utf8))
    #expect(try contents(log) == expected + [[3] + Array("more".utf8)])
    try log.keep(first: 2)
    try log.append(4, Array("other".utf8))
    #expect(try contents(log) == expected.prefix(2) + [[4] + Array("other".utf8)])
    log = try reopened(path)
    #expect(log.records.count == 3)
    try log.keep(first: 0)
    #expect(try contents(log) == [])
  }

  /// One holder at a time: the first has to let go before the next one opens.
  private func reopened(_ path: String) throws -> RecordLog {
    let copy = path + ".copy"
    try FileManager.default.copyItem(atPath: path, toPath: copy)
    return try open(copy)
  }

  /// Cut off anywhere, the records before the cut are there and the rest is gone for good.
  @Test func aTornTailIsCutOff() throws {
    let folder = try TemporaryFolder()
    let written = try write(folder.path("whole"))
    let whole = try Data(contentsOf: URL(filePath: folder.path("whole")))
    for length in 0..<whole.count {
      let path = try folder.write("torn", Array(whole.prefix(length)))
      let kept = written.count { $0.range.upperBound <= length }
      do {
        let log = try open(path)
        #expect(try contents(log) == Array(expected.prefix(kept)), "\(length) bytes")
        // What is no log yet is begun anew, and nothing was lost with it.
        let end = kept == 0 ? min(length, 88) : written[kept - 1].range.upperBound
        #expect(log.cutBytes == length - end || length < 88, "\(length) bytes")
        try log.append(9, Array("next".utf8))
      }
      let log = try open(path)
      #expect(try contents(log) == expected.prefix(kept) + [[9] + Array("next".utf8)], "\(length) bytes")
    }
  }

  /// Whatever byte of a record is damaged, it and all that was made after it are gone.
  @Test func aDamagedRecordIsFound() throws {
    let folder = try TemporaryFolder()
    let written = try write(folder.path("whole"))
    let whole = Array(try Data(contentsOf: URL(filePath: folder.path("whole"))))
    for offset in 88..<whole.count {
      var bytes = whole
      bytes[offset] ^= 0x10
      let log = try open(try folder.write("damaged", bytes))
      #expect(log.records.count == written.count { $0.range.upperBound <= offset }, "byte \(offset)")
    }
  }

  @Test func whatIsForSomethingElseIsBegunAnew() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.journal")
    try write(path, key: String(repeating: "cd", count: 32))
    #expect(try open(path).records == [])
    try write(path)
    var bytes = Array(try Data(contentsOf: URL(filePath: path)))
    // Another version of the layout.
    bytes[16] += 1
    try folder.write("a.journal", bytes)
    #expect(try open(path).records == [])
    try write(path)
    #expect(try open(path, fresh: true).records == [])
    try folder.write("a.journal", "not a log at all, and long enough that it could have the header of one, with words")
    #expect(try open(path).records == [])
  }

  @Test func oneProcessHoldsIt() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("a.journal")
    var held: RecordLog? = try open(path)
    #expect(held?.records == [])
    #expect(try RecordLog(path: path, key: key) === nil)
    #expect(try RecordLog.glance(at: path).isLocked)
    #expect(try !RecordLog.removeUnlocked(path))
    held = nil
    #expect(try !RecordLog.glance(at: path).isLocked)
    #expect(try RecordLog.removeUnlocked(path))
    #expect(try folder.contents() == [])
  }

  @Test func linksAreNotFollowed() throws {
    let folder = try TemporaryFolder()
    try folder.write("precious", "precious")
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("a.journal"), withDestinationPath: folder.path("precious"))
    #expect(throws: CheckpointError.self) { try RecordLog(path: folder.path("a.journal"), key: key) }
    #expect(try String(contentsOfFile: folder.path("precious"), encoding: .utf8) == "precious")
  }

  @Test func aGlanceTellsKinds() throws {
    let folder = try TemporaryFolder()
    try write(folder.path("a.journal"))
    let glance = try RecordLog.glance(at: folder.path("a.journal"))
    #expect(glance.kinds == records.map(\.kind) && glance.first == Array("about".utf8) && !glance.isLocked)
    try folder.write("b.journal", "something else")
    #expect(try RecordLog.glance(at: folder.path("b.journal")).kinds == [])
    #expect(try RecordLog.glance(at: folder.path("nothing")).kinds == [])
  }
}
