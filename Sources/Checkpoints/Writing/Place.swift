import Foundation

/// Where a path leads on this disk. Two paths may be one file and one may lie inside of another, whatever links they go through; texts
/// cannot tell.
package struct Place: Sendable {
  /// What a file is to the system, under whatever names.
  package struct Identity: Sendable, Hashable {
    private let device: UInt64
    private let number: UInt64

    fileprivate init(_ status: stat) {
      device = UInt64(status.st_dev)
      number = UInt64(status.st_ino)
    }

    /// Of what stands under a path; nil for nothing. Links are followed.
    package init?(of path: String) {
      var status = stat()
      guard stat(path, &status) == 0 else { return nil }
      self.init(status)
    }
  }

  /// The path with every link resolved, as far as it exists.
  package let path: String
  /// Each link that was followed, by the same kind of path: who removes one of them takes the file away from whoever named it.
  package let links: [String]
  /// What stands there; nil for nothing.
  package let identity: Identity?
  /// The nearest folder or file above it that exists; the path itself where that exists.
  package let existing: String
  /// Whether links lead in a circle.
  private let isCircular: Bool

  /// - Parameter path: relative to the current folder unless it is absolute.
  package init(_ path: String) {
    let isAbsolute = path.hasPrefix("/")
    let start = isAbsolute ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
    var rest = Array(start.split(separator: "/").map(String.init).reversed())
    var parts: [String] = []
    var links: [String] = []
    // From here on nothing exists.
    var missing: Int?
    var isCircular = false
    while let part = rest.popLast() {
      if part == "." { continue }
      if part == ".." {
        _ = parts.popLast()
        if let known = missing, parts.count < known { missing = nil }
        continue
      }
      parts.append(part)
      guard missing == nil else { continue }
      let current = Self.join(parts)
      var status = stat()
      guard lstat(current, &status) == 0 else {
        missing = parts.count
        continue
      }
      guard status.st_mode & S_IFMT == S_IFLNK else { continue }
      guard links.count < Self.mostLinks else {
        isCircular = true
        break
      }
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: current)
      else { continue }
      links.append(current)
      if target.hasPrefix("/") { parts = [] } else { parts.removeLast() }
      rest += target.split(separator: "/").map(String.init).reversed()
    }
    self.path = Self.join(parts)
    self.links = links
    self.isCircular = isCircular
    existing = Self.join(missing.map { Array(parts.prefix($0 - 1)) } ?? parts)
    identity = missing == nil ? Identity(of: self.path) : nil
  }

  /// As many as Linux follows.
  private static let mostLinks = 40

  private static func join(_ parts: [String]) -> String { "/" + parts.joined(separator: "/") }

  /// The folders above a path, nearest first.
  package static func folders(above path: String) -> [String] {
    var folders: [String] = []
    var path = path[...]
    while let slash = path.lastIndex(of: "/"), slash != path.startIndex {
      path = path[..<slash]
      folders.append(String(path))
    }
    return folders + ["/"]
  }

  /// The folder in which a name would be made: the nearest that exists, and whether it is the very folder of the name.
  private var home: String {
    existing == path ? Self.folders(above: path)[0] : existing
  }

  /// Why no file or folder can be made here, or nil where it can.
  package var objection: String? {
    if isCircular { return "symbolic links lead in a circle there" }
    var status = stat()
    guard stat(home, &status) == 0 else {
      return "\(home), above it, cannot be read: \(String(cString: strerror(errno)))"
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return "\(home), above it, is no folder" }
    // Root may do it in any case, but for file systems that are read-only.
    guard access(home, W_OK | X_OK) == 0 else {
      return "\(home), above it, cannot be written: \(String(cString: strerror(errno)))"
    }
    let limit = pathconf(home, Int32(_PC_NAME_MAX))
    let name = TemporaryName.unpublished(path).split(separator: "/").last?.utf8.count ?? 0
    guard limit <= 0 || name <= limit else {
      return
        "its name with what stands around it while it is written has \(name) bytes, and names there have at most \(limit)"
    }
    return nil
  }
}
