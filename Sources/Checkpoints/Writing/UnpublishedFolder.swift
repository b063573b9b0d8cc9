import Foundation
import JSON
import Tensors

/// A folder under a temporary name beside its final one. It is either published or, when it is let go, removed with all
/// that is in it.
///
/// Files come into it as they do anywhere else, whole or not at all. A list of them in `planish.json` is how a later run
/// knows that it may replace the folder: one with anything else in it is somebody's, and stays.
package struct UnpublishedFolder: ~Copyable {
  private let name: PendingName

  /// The file that lists all others.
  package static let listName = "planish.json"

  /// The list of the folder at a path.
  package static func list(of path: String) -> String { "\(path)/\(listName)" }

  private init(_ name: PendingName) {
    self.name = name
  }

  /// Where `publish` will put it.
  package var path: String { name.path }
  /// Where it is until then; it may be read there.
  package var temporaryPath: String { name.temporaryPath }

  /// Creates the temporary folder, and the folders above it that are missing. Where the path is a symbolic link, the folder will
  /// be where it leads, and the link stays.
  ///
  /// What a killed process left under the same temporary name is removed; the lock tells it from the folder of a process
  /// that still writes.
  ///
  /// - Throws: `.file` when the place cannot be written, when something else than an earlier product stands there, or
  ///   when another process is writing the same folder.
  package static func create(path: String) throws(CheckpointError) -> UnpublishedFolder {
    // Without a last slash, so that what is to stand beside the folder does not come to stand in it.
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    let place = try FileTree.end(of: path)
    let temporaryPath = TemporaryName.unpublished(place)
    try bringBack(place, from: temporaryPath)
    _ = try checkPlace(place)
    try TemporaryFiles.process.makeFolders(above: temporaryPath)
    do {
      let descriptor = try TemporaryFiles.process.create(tree: temporaryPath) { () throws(CheckpointError) in
        try TemporaryName.folder(temporaryPath, as: path)
      }
      return UnpublishedFolder(
        PendingName(path: path, place: place, temporaryPath: temporaryPath, isFolder: true, descriptor))
    } catch {
      TemporaryFiles.process.removeFolders(above: temporaryPath)
      throw error
    }
  }

  /// Gives an earlier product its name back where a process was killed after it had set the product aside and before the
  /// new one had the name: then the new one is still there too, complete. Without it the user removed the product.
  private static func bringBack(_ place: String, from temporaryPath: String) throws(CheckpointError) {
    var status = stat()
    guard lstat(place, &status) != 0, FileManager.default.fileExists(atPath: "\(temporaryPath)/\(listName)"),
      let leftover = try Descriptor.look(at: temporaryPath, as: place), try leftover.lock()
    else { return }
    _ = FileStep.rename(TemporaryName.aside(place), to: place)
  }

  /// Where a file of the folder is until the folder is published.
  package func file(_ name: String) -> String { "\(temporaryPath)/\(name)" }

  /// Checks that the disk has room for `count` bytes.
  package func checkSpace(for count: Int) throws(CheckpointError) {
    try name.descriptor.checkSpace(for: count)
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

  /// Lists the files in `planish.json`, after `details`, and hands the folder over to be published together with others.
  package consuming func pending(_ details: JSONMembers = JSONMembers()) throws(CheckpointError) -> PendingName {
    var list = details
    list.set("files", .array(try Self.contents(temporaryPath).map { .string($0) }))
    try AtomicFile.write(JSONText.document(.object(list)), to: file(Self.listName))
    // A name may be given to a folder only when the disk knows what is in it.
    try name.descriptor.sync()
    return name
  }

  /// Lists the files and gives the folder its final name. An earlier product gives way and is removed.
  ///
  /// - Returns: warnings: what is done, but may not survive a power failure or could not be cleaned up.
  @discardableResult
  package consuming func publish(_ details: JSONMembers = JSONMembers()) throws(CheckpointError) -> [String] {
    let publication = Publication()
    publication.add(try pending(details), as: .file)
    return try publication.publish()
  }

  /// Checks that a product may take the place.
  ///
  /// - Returns: whether an earlier product, which may be replaced, stands there.
  /// - Throws: `.file` when anything else does.
  static func checkPlace(_ path: String) throws(CheckpointError) -> Bool {
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

  /// Why no folder can be put in a place, or nil.
  package static func objection(to path: String) -> String? {
    do throws(CheckpointError) { _ = try checkPlace(path) } catch {
      if case .file(let error) = error, error.path == path { return error.reason }
      return "\(error)"
    }
    return nil
  }

  private static func contents(_ path: String) throws(CheckpointError) -> [String] {
    do { return try FileManager.default.contentsOfDirectory(atPath: path).sorted() } catch {
      throw .file(FileError(path: path, reason: "cannot list this folder: \(error.localizedDescription)"))
    }
  }
}

extension UnpublishedFolder {
  /// Copies the folder to another place, which may be on another disk, and lets it go: nothing stands under its own name.
  ///
  /// - Returns: the copy, which waits for its name.
  package consuming func kept(at other: String) throws(CheckpointError) -> PendingName {
    let copy = try Self.create(path: other)
    for name in try Self.contents(temporaryPath) {
      let source: MappedFile
      do { source = try MappedFile(path: file(name)) } catch { throw .file(error) }
      try AtomicFile.write(source.bytes, to: copy.file(name))
    }
    return try copy.pending()
  }
}
