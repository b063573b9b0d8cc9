import Tensors
import TestSupport
import Testing

@Suite struct FileRecorderTests {
  private struct Stop: Error {}

  @Test func itHearsWhatIsOpenedMeanwhileAndNothingElse() throws {
    let folder = try TemporaryFolder()
    let (a, b) = (try folder.write("a", "1"), try folder.write("b", "2"))
    _ = try MappedFile(path: a)
    let recorder = FileRecorder()
    let count = try recorder.recording { () throws(FileError) in
      _ = try MappedFile(path: b)
      _ = try MappedFile(path: a)
      return try MappedFile(path: b).count
    }
    #expect(count == 1 && recorder.files == [b, a])
    _ = try MappedFile(path: try folder.write("c", ""))
    #expect(recorder.files == [b, a])
    let other = FileRecorder()
    #expect(throws: FileError.self) {
      try other.recording { () throws(FileError) in _ = try MappedFile(path: folder.path("none")) }
    }
    #expect(other.files.isEmpty, "what cannot be opened was not read")
    #expect(throws: Stop.self) { try other.recording { () throws(Stop) in throw Stop() } }
  }
}
