import CFiles
import Foundation

/// The calls to the system that change what is on the disk, each with a failpoint before it. They answer and set errno as the
/// calls themselves do.
enum FileStep {
  /// Creates a file that is not there yet. Nothing is followed and nothing is opened that somebody else made.
  static func create(_ path: String) -> Int32 {
    guard Failpoint.pass("create", path) else { return -1 }
    return open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o666)
  }

  static func makeFolder(_ path: String) -> Int32 {
    guard Failpoint.pass("mkdir", path) else { return -1 }
    return mkdir(path, 0o777)
  }

  static func write(_ file: Int32, _ bytes: UnsafeRawBufferPointer, at position: Int, _ path: String) -> Int {
    guard Failpoint.pass("write", path) else { return -1 }
    return pwrite(file, bytes.baseAddress, bytes.count, off_t(position))
  }

  static func sync(_ file: Int32, _ path: String) -> Int32 {
    guard Failpoint.pass("sync", path) else { return -1 }
    return fsync(file)
  }

  /// Cuts a file off behind so many bytes.
  static func truncate(_ file: Int32, to count: Int, _ path: String) -> Int32 {
    guard Failpoint.pass("truncate", path) else { return -1 }
    return ftruncate(file, off_t(count))
  }

  static func rename(_ path: String, to other: String) -> Int32 {
    guard Failpoint.pass("rename", other) else { return -1 }
    return Foundation.rename(path, other)
  }

  /// Lets two names change places, so that neither is ever without a file.
  static func exchange(_ path: String, with other: String) -> Int32 {
    guard Failpoint.pass("exchange", other) else { return -1 }
    return planish_exchange(path, other)
  }

  /// Gives a file a second name.
  static func link(_ path: String, as other: String) -> Int32 {
    guard Failpoint.pass("link", other) else { return -1 }
    return Foundation.link(path, other)
  }

  static func remove(_ path: String) -> Int32 {
    guard Failpoint.pass("remove", path) else { return -1 }
    return unlink(path)
  }

  static func removeFolder(_ path: String) -> Int32 {
    guard Failpoint.pass("rmdir", path) else { return -1 }
    return rmdir(path)
  }
}
