import Foundation
import Tensors

/// An open file descriptor that writes all it is given or says why not.
package struct Descriptor: ~Copyable {
  private let number: Int32
  /// Named in errors: where the file will be in the end.
  package let path: String

  /// Opens a file, with the flags of `open(2)`. Errors call it `name`.
  package init(opening path: String, as name: String, flags: Int32) throws(CheckpointError) {
    let number = open(path, flags | O_CLOEXEC, 0o666)
    guard number >= 0 else { throw .file(FileError(path: name, doing: "write it")) }
    self.number = number
    self.path = name
  }

  /// Creates a file that is not there yet; nil where something stands under the name.
  ///
  /// - Throws: `.file` when the system refuses. Errors call the file `name`.
  static func create(_ path: String, as name: String) throws(CheckpointError) -> Descriptor? {
    let number = FileStep.create(path)
    if number >= 0 { return Descriptor(number, name) }
    if errno == EEXIST { return nil }
    throw .file(FileError(path: name, doing: "write it"))
  }

  /// Opens what stands under a name, without following it: to lock it, to look at it, to remove it.
  ///
  /// - Returns: nil where nothing stands there, or something that is no file and no folder.
  static func look(at path: String, as name: String) throws(CheckpointError) -> Descriptor? {
    let number = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if number >= 0 { return Descriptor(number, name) }
    if errno == ENOENT || errno == ELOOP || errno == ENXIO { return nil }
    throw .file(FileError(path: path, doing: "open what an earlier run left"))
  }

  /// Opens a file to go on with it, without following a link; creates it where nothing stands under the name.
  ///
  /// - Throws: `.file` where the system refuses, or where something stands there that is no regular file.
  static func openOrCreate(_ path: String) throws(CheckpointError) -> Descriptor {
    while true {
      if let created = try create(path, as: path) { return created }
      let number = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
      if number >= 0 {
        let file = Descriptor(number, path)
        if let kind = file.kind, !kind.isFolder { return file }
        throw .file(FileError(path: path, reason: "found something that is no file, expected a file or nothing"))
      }
      // It may have been removed in between.
      guard errno == ENOENT else { throw .file(FileError(path: path, doing: "open it to write")) }
    }
  }

  private init(_ number: Int32, _ path: String) {
    self.number = number
    self.path = path
  }

  deinit {
    close(number)
  }

  /// Writes bytes at a position.
  package func write(_ bytes: RawSpan, at position: Int) throws(CheckpointError) {
    var written = 0
    while written < bytes.byteCount {
      // One call writes at most about 2 GiB and may write less than asked.
      let rest = bytes.extracting(written..<bytes.byteCount)
      let count = rest.withUnsafeBytes { FileStep.write(number, $0, at: position + written, path) }
      if count < 0 {
        if errno == EINTR { continue }
        throw failure("write it", errno, missing: bytes.byteCount - written)
      }
      written += count
    }
  }

  /// Checks that the disk has room for `count` bytes, so that a full one is known before hours of work and not after.
  ///
  /// It is no reservation: where a file system cannot reserve, `posix_fallocate` writes into every block instead. File
  /// systems that do not tell their size are left to fail when they are full.
  package func checkSpace(for count: Int) throws(CheckpointError) {
    if let free = freeBytes, count > free { throw failure("write it", ENOSPC, missing: count) }
  }

  /// Bytes that this user may still write on the file's disk, where the file system tells.
  private var freeBytes: UInt64? {
    var space = statvfs()
    guard fstatvfs(number, &space) == 0, space.f_blocks > 0 else { return nil }
    return UInt64(space.f_bavail) * UInt64(space.f_frsize)
  }

  /// Cuts the file off behind so many bytes.
  func truncate(to count: Int) throws(CheckpointError) {
    while FileStep.truncate(number, to: count, path) != 0 {
      guard errno == EINTR else { throw .file(FileError(path: path, doing: "cut it off")) }
    }
  }

  /// Bytes of the file so far.
  func byteCount() throws(CheckpointError) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .file(FileError(path: path, doing: "read its length")) }
    return Int(status.st_size)
  }

  /// Returns when the disk has everything.
  func sync() throws(CheckpointError) {
    while FileStep.sync(number, path) != 0 {
      // What cannot be synced, such as a pipe, has nothing to lose.
      if errno == EINVAL || errno == EROFS { return }
      guard errno == EINTR else { throw failure("sync it", errno, missing: nil) }
    }
  }

  /// Returns when the disk knows the names in a folder.
  static func sync(folder: String) throws(CheckpointError) {
    try Descriptor(opening: folder, as: folder, flags: O_RDONLY | O_DIRECTORY).sync()
  }

  /// Takes the file's lock, which the system lets go when the process ends, however it ends. Answers false when another
  /// writer holds it. File systems without locks have no protection against a second writer.
  func lock() throws(CheckpointError) -> Bool {
    while flock(number, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      // Some network file systems lock only what is open for writing.
      case ENOLCK, ENOSYS, EOPNOTSUPP, EBADF: return true
      default: throw .file(FileError(path: path, doing: "lock it"))
      }
    }
    return true
  }

  /// Whether this very file stands under `path`, and not a link to it.
  func isFile(at path: String) -> Bool {
    var mine = stat()
    var there = stat()
    return fstat(number, &mine) == 0 && lstat(path, &there) == 0 && mine.st_ino == there.st_ino
      && mine.st_dev == there.st_dev
  }

  /// Whether it is a folder, and whether it belongs to the user of this process; nil where the system does not tell.
  var kind: (isFolder: Bool, isOurs: Bool)? {
    var status = stat()
    guard fstat(number, &status) == 0 else { return nil }
    return (status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid())
  }

  private func failure(_ action: String, _ code: Int32, missing: Int?) -> CheckpointError {
    var error = FileError(path: path, doing: action, errno: code)
    if code == ENOSPC || code == EDQUOT || code == EFBIG, let missing {
      let free = freeBytes.map { "; \($0) are free" } ?? ""
      error = FileError(path: path, reason: "\(error.reason): \(missing) more bytes were needed\(free)")
    }
    return .file(error)
  }
}
