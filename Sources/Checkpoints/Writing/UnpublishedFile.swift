import Foundation
import Tensors

/// A complete file under a temporary name beside its final one. It is either published or, when it is let go,
/// removed: there is no third way out.
package struct UnpublishedFile: ~Copyable {
  private let name: PendingName
  /// Values in the file that may still be replaced by others of the same type and length.
  var patchable: [String: PatchableValue] = [:]

  private init(_ name: PendingName) {
    self.name = name
  }

  /// Where `publish` will put it.
  package var path: String { name.path }
  /// Where it is until then; it may be read there.
  package var temporaryPath: String { name.temporaryPath }

  /// Writes bytes at a position.
  func write(_ bytes: RawSpan, at position: Int) throws(CheckpointError) {
    try name.descriptor.write(bytes, at: position)
  }

  /// Checks that the disk has room for `count` bytes.
  func checkSpace(for count: Int) throws(CheckpointError) {
    try name.descriptor.checkSpace(for: count)
  }

  /// Returns when the disk has everything.
  func sync() throws(CheckpointError) {
    try name.descriptor.sync()
  }

  /// Refuses to put a file in the place of a folder, a device, a pipe or a socket.
  static func checkPlace(_ path: String) throws(CheckpointError) {
    if let objection = objection(to: path) { throw .file(FileError(path: path, reason: objection)) }
  }

  /// Why no file can be put in a place, or nil.
  package static func objection(to path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFREG else { return nil }
    let found = kind == S_IFDIR ? "a folder" : "something that is no regular file"
    return "found \(found), expected a file or nothing"
  }

  /// Creates the temporary file, and the folders above it that are missing. Where the path is a symbolic link, the file will be
  /// where it leads, and the link stays.
  ///
  /// What a killed process left under the same temporary name is removed; the lock tells it from the file of a process
  /// that still writes.
  ///
  /// - Throws: `.file` when the place cannot be written, or another process is writing the same file.
  static func create(path: String) throws(CheckpointError) -> UnpublishedFile {
    let place = try FileTree.end(of: path)
    if let objection = objection(to: place) { throw .file(FileError(path: path, reason: objection)) }
    let temporaryPath = TemporaryName.unpublished(place)
    try TemporaryFiles.process.makeFolders(above: temporaryPath)
    do {
      let descriptor = try TemporaryFiles.process.create(temporaryPath) { () throws(CheckpointError) in
        try TemporaryName.file(temporaryPath, as: path)
      }
      return UnpublishedFile(
        PendingName(path: path, place: place, temporaryPath: temporaryPath, isFolder: false, descriptor))
    } catch {
      TemporaryFiles.process.removeFolders(above: temporaryPath)
      throw error
    }
  }

  /// Bytes of the file.
  package func byteCount() throws(CheckpointError) -> Int {
    try name.descriptor.byteCount()
  }

  /// Hands the file over to be published together with others.
  package consuming func pending() -> PendingName {
    name
  }

  /// Gives the file its final name, replacing what is there, and returns when the disk knows.
  ///
  /// - Returns: warnings: what is done, but may not survive a power failure or could not be cleaned up.
  @discardableResult
  package consuming func publish() throws(CheckpointError) -> [String] {
    let publication = Publication()
    publication.add(pending(), as: .file)
    return try publication.publish()
  }
}

extension UnpublishedFile {
  /// Copies the file to another place, which may be on another disk, and lets it go: nothing stands under its own name.
  ///
  /// - Returns: the copy, which waits for its name.
  package consuming func kept(at other: String) throws(CheckpointError) -> PendingName {
    let source: MappedFile
    do { source = try MappedFile(path: temporaryPath) } catch { throw .file(error) }
    return try AtomicFile.prepare(source.bytes, for: other).pending()
  }
}

/// Where a value lies in a file, and how long it is.
struct PatchableValue: Sendable {
  let offset: Int
  let type: GGUFValueType
  let byteCount: Int
}
