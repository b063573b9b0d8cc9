import Foundation

/// A file or folder that a pipeline names: as written, and as a path that can be opened from anywhere.
///
/// A relative path in the pipeline file is relative to that file, one in a file that it extends relative to that one; one given
/// with `--set` is relative to the current folder, as a shell completes it. `~` is left to the shell.
package struct FileLocation: Sendable, Hashable {
  /// The text as written; of a path in a file that is extended, as it would be written in the pipeline file.
  package let written: String
  /// An absolute path.
  package let absolute: String

  package init(written: String, absolute: String) {
    self.written = written
    self.absolute = absolute
  }
}

extension FileLocation: CustomStringConvertible {
  package var description: String { written }
}

/// The folders that relative paths start from.
struct BaseFolders: Sendable {
  /// The folder of the pipeline file, free of symbolic links.
  let file: String
  /// The current folder, free of symbolic links.
  let current: String
  /// The folders of files that the pipeline file extends, by those files' names in diagnostics.
  private var others: [String: String] = [:]

  init(pipeline path: String) {
    current = FileManager.default.currentDirectoryPath
    file = Self.folder(of: path)
  }

  /// Takes note of a file, from whose folder paths in it start.
  mutating func add(_ path: String) {
    others[path] = Self.folder(of: path)
  }

  private static func folder(of path: String) -> String {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
    return canonical(folder) ?? folder
  }

  /// Makes a path absolute. Only leading `..` are folded: the base is free of links, so that is exact, whereas
  /// `link/..` need not be where it seems to be.
  func locate(_ written: String, from position: SourcePosition) -> FileLocation {
    guard !written.hasPrefix("/") else {
      // A last slash says that it is a folder, and is no part of the name.
      var absolute = written
      while absolute.count > 1, absolute.hasSuffix("/") { absolute.removeLast() }
      return FileLocation(written: written, absolute: absolute)
    }
    let start =
      switch position {
      case .setting: current
      case .text(let path, _, _): others[path] ?? file
      case .file, .option: file
      }
    var base = start[...]
    var rest = written.split(separator: "/").filter { $0 != "." }[...]
    while rest.first == ".." {
      rest.removeFirst()
      base = base[..<(base.lastIndex(of: "/") ?? base.startIndex)]
    }
    let parts = rest.map { "/" + $0 }.joined()
    let joined = base == "/" ? parts : base + parts
    let absolute = joined.isEmpty ? "/" : String(joined)
    guard case .text = position, start != file else { return FileLocation(written: written, absolute: absolute) }
    return FileLocation(written: Self.way(from: file, to: absolute), absolute: absolute)
  }

  /// The relative path from a folder to a file, both absolute and free of `..`.
  private static func way(from folder: String, to path: String) -> String {
    let (from, to) = (folder.split(separator: "/"), path.split(separator: "/"))
    let common = zip(from, to).prefix { $0 == $1 }.count
    let steps = Array(repeating: "..", count: from.count - common) + to.dropFirst(common)
    return steps.isEmpty ? "." : steps.joined(separator: "/")
  }

  /// The path with every link resolved; nil where nothing stands.
  static func canonical(_ folder: String) -> String? {
    guard let resolved = unsafe realpath(folder, nil) else { return nil }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
  }
}
