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

  deinit {
    close(number)
  }

  /// Writes bytes at a position.
  package func write(_ bytes: RawSpan, at position: Int) throws(CheckpointError) {
    var written = 0
    while written < bytes.byteCount {
      // One call writes at most about 2 GiB and may write less than asked.
      let rest = bytes.extracting(written..<bytes.byteCount)
      let count = rest.withUnsafeBytes { pwrite(number, $0.baseAddress, $0.count, off_t(position + written)) }
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

  /// Bytes of the file so far.
  func byteCount() throws(CheckpointError) -> Int {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .file(FileError(path: path, doing: "read its length")) }
    return Int(status.st_size)
  }

  /// Empties the file.
  func truncate() throws(CheckpointError) {
    guard ftruncate(number, 0) == 0 else { throw .file(FileError(path: path, doing: "empty it")) }
  }

  /// Returns when the disk has everything.
  func sync() throws(CheckpointError) {
    while fsync(number) != 0 {
      // What cannot be synced, such as a pipe, has nothing to lose.
      if errno == EINVAL || errno == EROFS { return }
      guard errno == EINTR else { throw failure("sync it", errno, missing: nil) }
    }
  }

  /// Takes the file's lock, which the system lets go when the process ends, however it ends. Answers false when another
  /// writer holds it. File systems without locks have no protection against a second writer.
  func lock() throws(CheckpointError) -> Bool {
    while flock(number, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK: return false
      case ENOLCK, ENOSYS, EOPNOTSUPP: return true
      default: throw .file(FileError(path: path, doing: "lock it"))
      }
    }
    return true
  }

  /// Whether `path` still leads to this file.
  func isFile(at path: String) -> Bool {
    var mine = stat()
    var there = stat()
    return fstat(number, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino
      && mine.st_dev == there.st_dev
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
