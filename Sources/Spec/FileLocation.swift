import Foundation

/// A file or folder that a pipeline names: as written, and as a path that can be opened from anywhere.
///
/// A relative path in the pipeline file is relative to that file; one given with `--set` is relative to the current
/// folder, as a shell completes it. `~` is left to the shell.
package struct FileLocation: Sendable, Hashable {
  /// The text as written.
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

  init(pipeline path: String) {
    current = FileManager.default.currentDirectoryPath
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { path[..<$0].isEmpty ? "/" : String(path[..<$0]) } ?? "."
    file = Self.canonical(folder) ?? folder
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
    var base: Substring
    if case .setting = position { base = current[...] } else { base = file[...] }
    var rest = written.split(separator: "/").filter { $0 != "." }[...]
    while rest.first == ".." {
      rest.removeFirst()
      base = base[..<(base.lastIndex(of: "/") ?? base.startIndex)]
    }
    let parts = rest.map { "/" + $0 }.joined()
    let absolute = base == "/" ? parts : base + parts
    return FileLocation(written: written, absolute: absolute.isEmpty ? "/" : String(absolute))
  }

  private static func canonical(_ folder: String) -> String? {
    guard let resolved = realpath(folder, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
