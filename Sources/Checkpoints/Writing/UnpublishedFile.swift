import Foundation
import Tensors

/// A complete file under a temporary name beside its final one. It is either published or, when it is let go,
/// removed: there is no third way out.
package struct UnpublishedFile: ~Copyable {
  /// Where `publish` will put it.
  package let path: String
  /// Where it is until then; it may be read there.
  package let temporaryPath: String
  let descriptor: Descriptor
  /// Values in the file that may still be replaced by others of the same type and length.
  var patchable: [String: PatchableValue] = [:]
  private var isPublished = false

  private init(path: String, temporaryPath: String, descriptor: consuming Descriptor) {
    self.path = path
    self.temporaryPath = temporaryPath
    self.descriptor = descriptor
  }

  deinit {
    if !isPublished { TemporaryFiles.process.remove(temporaryPath) }
  }

  /// Refuses to put a file in the place of a folder, a device, a pipe or a socket.
  private static func checkPlace(_ path: String) throws(CheckpointError) {
    var status = stat()
    guard stat(path, &status) == 0 else { return }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFREG else { return }
    let found = kind == S_IFDIR ? "a folder" : "something that is no regular file"
    throw .file(FileError(path: path, reason: "found \(found), expected a file or nothing"))
  }

  /// Creates the temporary file, and the folders above it that are missing.
  ///
  /// What a killed process left under the same temporary name is overwritten; the lock tells it from the file of a
  /// process that still writes.
  ///
  /// - Throws: `.file` when the place cannot be written, or another process is writing the same file.
  static func create(path: String) throws(CheckpointError) -> UnpublishedFile {
    try checkPlace(path)
    let url = URL(filePath: path)
    let temporaryPath = url.deletingLastPathComponent().appending(path: ".\(url.lastPathComponent).planish-tmp").path
    try TemporaryFiles.process.makeFolders(above: temporaryPath)
    do {
      let descriptor = try TemporaryFiles.process.create(temporaryPath) { () throws(CheckpointError) in
        try lockedFile(temporaryPath, for: path)
      }
      let file = UnpublishedFile(path: path, temporaryPath: temporaryPath, descriptor: descriptor)
      try file.descriptor.truncate()
      return file
    } catch {
      TemporaryFiles.process.removeFolders(above: temporaryPath)
      throw error
    }
  }

  private static func lockedFile(_ temporaryPath: String, for path: String) throws(CheckpointError) -> Descriptor {
    while true {
      let descriptor = try Descriptor(opening: temporaryPath, as: path, flags: O_RDWR | O_CREAT)
      guard try descriptor.lock() else {
        throw .file(FileError(path: path, reason: "another run is writing it now (\(temporaryPath) is locked)"))
      }
      // Between opening and locking, the previous owner may have renamed or removed the file: then start again.
      if descriptor.isFile(at: temporaryPath) { return descriptor }
    }
  }

  /// Bytes of the file.
  package func byteCount() throws(CheckpointError) -> Int {
    try descriptor.byteCount()
  }

  /// Gives the file its final name, replacing what is there, and returns when the disk knows.
  package consuming func publish() throws(CheckpointError) {
    try descriptor.sync()
    guard rename(temporaryPath, path) == 0 else { throw .file(FileError(path: path, doing: "give it its name")) }
    isPublished = true
    TemporaryFiles.process.published(temporaryPath)
    let folder = TemporaryFiles.parent(of: temporaryPath)
    try Descriptor(opening: folder, as: folder, flags: O_RDONLY | O_DIRECTORY).sync()
  }
}

extension UnpublishedFile {
  /// Copies the file to another place, which may be on another disk, and lets it go: nothing stands under its own name.
  package consuming func keep(at other: String) throws(CheckpointError) {
    let source: MappedFile
    do { source = try MappedFile(path: temporaryPath) } catch { throw .file(error) }
    try AtomicFile.write(source.bytes, to: other)
  }
}

/// Where a value lies in a file, and how long it is.
struct PatchableValue: Sendable {
  let offset: Int
  let type: GGUFValueType
  let byteCount: Int
}
