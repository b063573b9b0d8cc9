import Foundation
import Synchronization
import Tensors

/// The temporary files and new folders that this process would leave behind if it ended now.
///
/// This is the one piece of process-wide state in Planish. An interrupt ends the process without running any `deinit`,
/// and the command that handles it has no way to the writers deep inside the run: it can only ask here.
package enum TemporaryFiles {
  private struct State {
    var files: Set<String> = []
    var folders: Set<String> = []
  }

  private static let state = Mutex(State())

  /// Removes every temporary file, and every folder made for one that is empty then. For the end of the process:
  /// writers that still run will fail to publish.
  package static func removeAll() {
    state.withLock { state in
      for file in state.files { unlink(file) }
      for folder in state.folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(folder) }
      state = State()
    }
  }

  /// The paths of the temporary files that exist now, sorted.
  package static var all: [String] {
    state.withLock { $0.files.sorted() }
  }

  /// Notes a file that was created.
  static func created(_ file: String) {
    state.withLock { _ = $0.files.insert(file) }
  }

  /// Makes the missing folders above `file`, outermost first.
  ///
  /// - Throws: when the system refuses; the folders made so far are removed again.
  static func makeFolders(above file: String) throws(CheckpointError) {
    var missing: [String] = []
    var folder = parent(of: file)
    while !FileManager.default.fileExists(atPath: folder), folder != parent(of: folder) {
      missing.append(folder)
      folder = parent(of: folder)
    }
    for folder in missing.reversed() {
      // Another writer may have made it in the meantime.
      guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
        let error = FileError(path: folder, doing: "create this folder")
        removeFolders(above: file)
        throw .file(error)
      }
      state.withLock { _ = $0.folders.insert(folder) }
    }
  }

  /// Removes a temporary file, and the folders made for it if nothing else is in them.
  static func remove(_ file: String) {
    unlink(file)
    state.withLock { _ = $0.files.remove(file) }
    removeFolders(above: file)
  }

  /// Forgets a temporary file that now has its final name, and the folders above it, which stay.
  static func published(_ file: String) {
    state.withLock { state in
      state.files.remove(file)
      state.folders = state.folders.filter { !file.hasPrefix("\($0)/") }
    }
  }

  /// Removes the folders made for a file, innermost first, as far as they are empty.
  static func removeFolders(above file: String) {
    state.withLock { state in
      let above = state.folders.filter { file.hasPrefix("\($0)/") }
      for folder in above.sorted(by: { $0.utf8.count > $1.utf8.count }) where rmdir(folder) == 0 {
        state.folders.remove(folder)
      }
    }
  }

  /// The folder of a file.
  static func parent(of path: String) -> String {
    let parent = URL(filePath: path).deletingLastPathComponent().path
    return parent.isEmpty ? "." : parent
  }
}
