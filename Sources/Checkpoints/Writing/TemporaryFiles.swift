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

  struct State {
    fileprivate var files: Set<String> = []
    fileprivate var folders: Set<String> = []
    /// Temporary folders that go with all that is in them.
    fileprivate var trees: Set<String> = []
    /// What was published, by the names that users know.
    var products: [String] = []
    /// Logs that are open: a process that is ended leaves them to the next one.
    var logs = 0

    /// Whether a path is a temporary folder or lies in one.
    func isTemporary(_ path: String) -> Bool { trees.contains { path == $0 || path.hasPrefix("\($0)/") } }

    /// Forgets a temporary file or folder that now has its final name, and the folders above it, which stay unless that name is
    /// inside of a temporary folder.
    mutating func published(_ path: String) {
      files.remove(path)
      trees.remove(path)
      guard !isTemporary(path) else { return }
      folders = folders.filter { !path.hasPrefix("\($0)/") }
    }
  }

  private let state = Mutex(State())

  package init() {}

  /// Removes what this process would leave behind, and ends it by `finish`, which is told what was published before, and whether a
  /// log was open, which stays. Writers that still run wait: nothing is created after the removal. Where names are being given, that
  /// is waited for.
  package static func removeAll(andEnd finish: (_ published: [String], _ keepsLog: Bool) -> Never) -> Never {
    process.state.withLock { state in
      let (published, keepsLog) = (state.products, state.logs > 0)
      removeAll(&state)
      finish(published, keepsLog)
    }
  }

  /// A log was opened, or let go.
  func note(logs change: Int) { state.withLock { $0.logs += change } }

  /// Does what must not be left half done: no interrupt ends the process meanwhile.
  func uninterrupted<R, E: Error>(_ body: (inout State) throws(E) -> sending R) throws(E) -> sending R {
    try state.withLock { state throws(E) in try body(&state) }
  }

  /// The temporary files of this process, sorted.
  package static var all: [String] {
    process.state.withLock { $0.files.sorted() }
  }

  /// Removes every temporary file, and every folder made for one that is empty then.
  package func removeAll() {
    state.withLock { Self.removeAll(&$0) }
  }

  private static func removeAll(_ state: inout State) {
    // What cannot be removed stays under its temporary name, which the next run cleans up.
    for path in state.files.union(state.trees) { FileTree.remove(path) }
    for folder in state.folders.sorted(by: { $0.utf8.count > $1.utf8.count }) { rmdir(folder) }
    state = State()
  }

  /// Creates a file and notes it, with no end of the process between the two.
  package func create<R: ~Copyable, E: Error>(_ file: String, _ body: () throws(E) -> sending R) throws(E) -> sending R
  {
    try state.withLock { state throws(E) in
      let made = try body()
      state.files.insert(file)
      return made
    }
  }

  /// Creates a temporary folder and notes it, with no end of the process between the two.
  package func create<R: ~Copyable, E: Error>(
    tree: String, _ body: () throws(E) -> sending R
  ) throws(E) -> sending R {
    try state.withLock { state throws(E) in
      let made = try body()
      state.trees.insert(tree)
      return made
    }
  }

  /// Removes a temporary folder with all that is in it, and the folders made for it if nothing else is in them.
  func remove(tree: String) {
    FileTree.remove(tree)
    state.withLock { _ = $0.trees.remove(tree) }
    removeFolders(above: tree)
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
      let number = state.withLock { state -> Int32 in
        guard FileStep.makeFolder(folder) == 0 else { return errno }
        state.folders.insert(folder)
        return 0
      }
      if number != 0, number != EEXIST {
        // Had another writer made it in the meantime, it would be that one's.
        errno = number
        let error = FileError(path: folder, doing: "create this folder")
        removeFolders(above: file)
        throw .file(error)
      }
    }
  }

  /// Removes a temporary file, and the folders made for it if nothing else is in them.
  package func remove(_ file: String) {
    FileTree.remove(file)
    state.withLock { _ = $0.files.remove(file) }
    removeFolders(above: file)
  }

  /// Forgets a temporary file that now has its final name.
  package func published(_ file: String) {
    state.withLock { $0.published(file) }
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
