import Foundation
import Tensors

/// A folder under a temporary name beside its final one. It is either published or, when it is let go, removed with all
/// that is in it.
///
/// Files come into it as they do anywhere else, whole or not at all. A list of them in `planish.json` is how a later run
/// knows that it may replace the folder: one with anything else in it is somebody's, and stays.
package struct UnpublishedFolder: ~Copyable {
  /// Where `publish` will put it.
  package let path: String
  /// Where it is until then; it may be read there.
  package let temporaryPath: String
  private let descriptor: Descriptor
  private var isPublished = false

  /// The file that lists all others.
  package static let listName = "planish.json"

  private init(path: String, temporaryPath: String, descriptor: consuming Descriptor) {
    self.path = path
    self.temporaryPath = temporaryPath
    self.descriptor = descriptor
  }

  /// Creates the temporary folder, and the folders above it that are missing.
  ///
  /// What a killed process left under the same temporary name is removed; the lock tells it from the folder of a process
  /// that still writes.
  ///
  /// - Throws: `.file` when the place cannot be written, when something else than an earlier product stands there, or
  ///   when another process is writing the same folder.
  package static func create(path: String) throws(CheckpointError) -> UnpublishedFolder {
    if !FileManager.default.fileExists(atPath: path) { _ = rename(aside(path), path) }
    _ = try checkPlace(path)
    let url = URL(filePath: path)
    let temporaryPath = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).planish-tmp").path
    try TemporaryFiles.process.makeFolders(above: temporaryPath)
    do {
      let descriptor = try TemporaryFiles.process.create(tree: temporaryPath) { () throws(CheckpointError) in
        try lockedFolder(temporaryPath, for: path)
      }
      let folder = UnpublishedFolder(path: path, temporaryPath: temporaryPath, descriptor: descriptor)
      try empty(temporaryPath)
      return folder
    } catch {
      TemporaryFiles.process.removeFolders(above: temporaryPath)
      throw error
    }
  }

  deinit {
    if !isPublished { TemporaryFiles.process.remove(tree: temporaryPath) }
  }

  /// Where a file of the folder is until the folder is published.
  package func file(_ name: String) -> String { "\(temporaryPath)/\(name)" }

  /// Checks that the disk has room for `count` bytes.
  package func checkSpace(for count: Int) throws(CheckpointError) {
    try descriptor.checkSpace(for: count)
  }

  /// Bytes of all files so far.
  package func byteCount() throws(CheckpointError) -> Int {
    var total = 0
    for name in try Self.contents(temporaryPath) {
      var status = stat()
      guard stat(file(name), &status) == 0 else {
        throw .file(FileError(path: file(name), doing: "read its length"))
      }
      total += Int(status.st_size)
    }
    return total
  }

  /// Lists the files in `planish.json`, after `details`, and gives the folder its final name. An earlier product gives way
  /// and is removed.
  package consuming func publish(_ details: JSONMembers = JSONMembers()) throws(CheckpointError) {
    var list = details
    list.set("files", .array(try Self.contents(temporaryPath).map { .string($0) }))
    try AtomicFile.write(JSONText.document(.object(list)), to: file(Self.listName))
    let replaces = try Self.checkPlace(path)
    if replaces {
      try replace()
    } else {
      guard rename(temporaryPath, path) == 0 else { throw .file(FileError(path: path, doing: "give it its name")) }
    }
    isPublished = true
    TemporaryFiles.process.published(tree: temporaryPath)
    let folder = TemporaryFiles.parent(of: temporaryPath)
    try Descriptor(opening: folder, as: folder, flags: O_RDONLY | O_DIRECTORY).sync()
    if replaces { TemporaryFiles.process.remove(tree: Self.aside(path)) }
  }

  /// Puts the folder in the place of the earlier product. No call of POSIX swaps two folders: for an instant the name
  /// stands for nothing, and a process that ends then leaves the earlier product aside, where the next run finds it.
  private func replace() throws(CheckpointError) {
    let aside = Self.aside(path)
    guard rename(path, aside) == 0 else { throw .file(FileError(path: path, doing: "move it aside")) }
    guard rename(temporaryPath, path) == 0 else {
      let error = FileError(path: path, doing: "give it its name")
      _ = rename(aside, path)
      throw .file(error)
    }
  }

  /// Where an earlier product is while another one takes its place.
  private static func aside(_ path: String) -> String {
    let url = URL(filePath: path)
    return url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).planish-old").path
  }

  /// Checks that a product may take the place.
  ///
  /// - Returns: whether an earlier product, which may be replaced, stands there.
  /// - Throws: `.file` when anything else does.
  private static func checkPlace(_ path: String) throws(CheckpointError) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .file(FileError(path: path, reason: "found a file, expected a folder or nothing"))
    }
    let contents = try contents(path)
    guard !contents.isEmpty else { return false }
    let expected = "expected nothing, an empty folder, or an earlier product with nothing else in it"
    guard contents.contains(listName) else {
      throw .file(FileError(path: path, reason: "found a folder without \(listName), \(expected)"))
    }
    let listed = Set(try JSONObject(contentsOf: "\(path)/\(listName)").strings("files") + [listName])
    if let stranger = contents.first(where: { !listed.contains($0) }) {
      throw .file(FileError(path: path, reason: "found \(stranger), which \(listName) does not list, \(expected)"))
    }
    return true
  }

  private static func contents(_ path: String) throws(CheckpointError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
      throw .file(FileError(path: path, reason: "cannot list this folder: \(error.localizedDescription)"))
    }
  }

  /// Removes all that an earlier run left.
  private static func empty(_ path: String) throws(CheckpointError) {
    for name in try contents(path) {
      do { try FileManager.default.removeItem(atPath: "\(path)/\(name)") } catch {
        throw .file(
          FileError(
            path: path, reason: "cannot remove \(name), which an earlier run left: \(error.localizedDescription)"))
      }
    }
  }

  private static func lockedFolder(_ temporaryPath: String, for path: String) throws(CheckpointError) -> Descriptor {
    while true {
      guard mkdir(temporaryPath, 0o777) == 0 || errno == EEXIST else {
        throw .file(FileError(path: path, doing: "create this folder"))
      }
      let descriptor = try Descriptor(opening: temporaryPath, as: path, flags: O_RDONLY | O_DIRECTORY)
      guard try descriptor.lock() else {
        throw .file(FileError(path: path, reason: "another run is writing it now (\(temporaryPath) is locked)"))
      }
      // Between opening and locking, the previous owner may have renamed or removed the folder: then start again.
      if descriptor.isFile(at: temporaryPath) { return descriptor }
    }
  }
}

extension UnpublishedFolder {
  /// Copies the folder to another place, which may be on another disk, and lets it go: nothing stands under its own name.
  package consuming func keep(at other: String) throws(CheckpointError) {
    let copy = try Self.create(path: other)
    for name in try Self.contents(temporaryPath) {
      do {
        try FileManager.default.copyItem(atPath: file(name), toPath: copy.file(name))
      } catch {
        throw .file(FileError(path: copy.file(name), doing: "copy a file to it"))
      }
    }
    try copy.publish()
  }
}
