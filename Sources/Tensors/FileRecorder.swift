import Synchronization

/// Takes note of every file that is opened while something is read: what a result was made from is then known from what
/// was done, and not from a list that somebody has to keep.
///
/// It sees what `MappedFile` opens on the thread of the reader.
package final class FileRecorder: Sendable {
  @TaskLocal private static var current: FileRecorder?

  private let paths = Mutex<[String]>([])

  package init() {}

  /// The files so far, each once, in the order in which they were opened first.
  package var files: [String] { paths.withLock { $0 } }

  /// Runs a reader, and notes what it opens.
  package func recording<Value, Failure: Error>(_ read: () throws(Failure) -> Value) throws(Failure) -> Value {
    let result: Result<Value, Failure> = Self.$current.withValue(self) {
      do throws(Failure) { return .success(try read()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Notes a file for whoever listens.
  static func note(_ path: String) {
    current?.paths.withLock { paths in
      if !paths.contains(path) { paths.append(path) }
    }
  }
}
