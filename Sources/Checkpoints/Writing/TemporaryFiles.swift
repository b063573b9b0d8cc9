import Foundation
import Synchronization
import Tensors

/// Temporary files, and the folders made for them, that would stay behind if this process ended now.
package final class TemporaryFiles: Sendable {
  /// Those of this process.
  ///
  /// This is the one piece of process-wide state in Planish. An interrupt ends the process without running any
  /// `deinit`, and the command that handles it has no way to the writers deep inside the run: it can only ask here.
  static let process = TemporaryFiles()

  private struct State {
    var files: Set<String> = []
    var folders: Set<String> = []
    /// Temporary folders that go with all that is in them.
    var trees: Set<String> = []
  }

  private let state = Mutex(State())

  package init() {}

  /// Removes what this process would leave behind. For its end: writers that still run will fail to publish.
  package static func removeAll() {
    process.removeAll()
  }

  /// The temporary files of this process, sorted.
  package static var all: [String] {
    process.state.withLock { $0.files.sorted() }
  }

  /// Removes every temporary file, and every folder made for one that is empty then.
  package func removeAll() {
    state.withLock { state in
      for file in state.files { unlink(file) }
      for tree in state.trees { Self.removeTree(tree) }
      for folder in state.folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(folder) }
      state = State()
    }
  }

  /// Notes a file that was created.
  package func created(_ file: String) {
    state.withLock { _ = $0.files.insert(file) }
  }

  /// Notes a temporary folder that was created.
  package func created(tree: String) {
    state.withLock { _ = $0.trees.insert(tree) }
  }

  /// Removes a temporary folder with all that is in it, and the folders made for it if nothing else is in them.
  func remove(tree: String) {
    Self.removeTree(tree)
    state.withLock { _ = $0.trees.remove(tree) }
    removeFolders(above: tree)
  }

  /// Forgets a temporary folder that now has its final name, and the folders above it, which stay.
  func published(tree: String) {
    state.withLock { state in
      state.trees.remove(tree)
      state.folders = state.folders.filter { !tree.hasPrefix("\($0)/") }
    }
  }

  private static func removeTree(_ path: String) {
    // What cannot be removed stays under its temporary name, which the next run cleans up.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// Makes the missing folders above `file`, outermost first.
  ///
  /// - Throws: when the system refuses; the folders made so far are removed again.
  package func makeFolders(above file: String) throws(CheckpointError) {
    var missing: [String] = []
    var folder = Self.parent(of: file)
    while !FileManager.default.fileExists(atPath: folder), folder != Self.parent(of: folder) {
      missing.append(folder)
      folder = Self.parent(of: folder)
    }
    for folder in missing.reversed() {
      if mkdir(folder, 0o777) == 0 {
        state.withLock { _ = $0.folders.insert(folder) }
      } else if errno != EEXIST {
        // Had another writer made it in the meantime, it would be that one's.
        let error = FileError(path: folder, doing: "create this folder")
        removeFolders(above: file)
        throw .file(error)
      }
    }
  }

  /// Removes a temporary file, and the folders made for it if nothing else is in them.
  package func remove(_ file: String) {
    unlink(file)
    state.withLock { _ = $0.files.remove(file) }
    removeFolders(above: file)
  }

  /// Forgets a temporary file that now has its final name, and the folders above it, which stay unless that name is
  /// inside of a temporary folder.
  package func published(_ file: String) {
    state.withLock { state in
      state.files.remove(file)
      guard !state.trees.contains(where: { file.hasPrefix("\($0)/") }) else { return }
      state.folders = state.folders.filter { !file.hasPrefix("\($0)/") }
    }
  }

  /// Removes the folders made for a file, innermost first, as far as they are empty.
  func removeFolders(above file: String) {
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
