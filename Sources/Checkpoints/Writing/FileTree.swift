import Foundation
import Tensors

/// Removing folders, and following names to their end.
enum FileTree {
  /// Removes a folder with all that is in it, or a file. Links are removed and not followed. What makes a folder a product, its
  /// list of files, goes last, so that a folder of which a part is gone is still known for what it was.
  ///
  /// - Returns: whether nothing is left; errno says why not.
  @discardableResult
  static func remove(_ path: String) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else { return errno == ENOENT }
    guard status.st_mode & S_IFMT == S_IFDIR else { return FileStep.remove(path) == 0 || errno == ENOENT }
    return empty(path) && (FileStep.removeFolder(path) == 0 || errno == ENOENT)
  }

  /// Removes all that is in a folder.
  static func empty(_ path: String) -> Bool {
    guard let names = names(in: path) else { return false }
    let list = UnpublishedFolder.listName
    for name in names where name != list { guard remove("\(path)/\(name)") else { return false } }
    return !names.contains(list) || remove("\(path)/\(list)")
  }

  /// The names in a folder, sorted; nil where it cannot be read. The folder itself is not followed.
  private static func names(in path: String) -> [String]? {
    let number = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard number >= 0, let folder = fdopendir(number) else {
      if number >= 0 { close(number) }
      return nil
    }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// Where a name leads when it is a symbolic link: the file that would be written through it, whether it is there or not. A name
  /// that is no link leads to itself.
  static func end(of path: String) throws(CheckpointError) -> String {
    var path = path
    // As many as Linux follows.
    for _ in 0..<40 {
      guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else { return path }
      path = target.hasPrefix("/") ? target : "\(TemporaryFiles.parent(of: path))/\(target)"
    }
    throw .file(FileError(path: path, reason: "found symbolic links that lead in a circle, expected a file or nothing"))
  }
}
