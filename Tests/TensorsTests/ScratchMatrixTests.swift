import Foundation
import TestSupport
import Tensors
import Testing

struct ScratchMatrixTests {
  private let folder = NSTemporaryDirectory()

  @Test func rowsComeBackAsTheyWereWritten() throws {
    // Rows that share pages with their neighbours.
    var scratch = try ScratchMatrix(rows: 700, columns: 37, in: folder)
    var plain = Matrix(rows: 700, columns: 37)
    var random = SeededRandom(seed: 4)
    for start in [0, 100, 350, 99, 600] {
      let rows = random.gaussianMatrix(rows: 100, columns: 37)
      scratch.replaceRows(from: start, with: rows)
      plain.replaceRows(from: start, with: rows)
    }
    #expect(scratch.copy(rows: 0..<700).array() == plain.array())
    #expect(scratch.copy(rows: 349..<352).array() == plain.copy(rows: 349..<352).array())
  }

  @Test func nothingIsLeftInTheFolder() throws {
    let folder = "\(NSTemporaryDirectory())/scratch-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let scratch = try ScratchMatrix(rows: 3, columns: 5, in: folder)
    #expect(scratch.copy(rows: 0..<3).array() == [Float](repeating: 0, count: 15))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    let error = #expect(throws: FileError.self) { _ = try ScratchMatrix(rows: 1, columns: 1, in: "/no/such/folder") }
    #expect(error?.description.contains("/no/such/folder") == true)
  }

  @Test func spaceThatNoDiskHasIsRefused() {
    let error = #expect(throws: FileError.self) {
      _ = try ScratchMatrix(rows: 1 << 26, columns: 1 << 26, in: NSTemporaryDirectory())
    }
    #expect(error?.description.contains("scratch space") == true)
  }
}
