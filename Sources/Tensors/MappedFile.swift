import Foundation

/// What went wrong with a file, in words for the person who named it.
package struct FileError: Error, Equatable, CustomStringConvertible {
  package let path: String
  package let reason: String

  package init(path: String, reason: String) {
    self.path = path
    self.reason = reason
  }

  /// Describes the failure that `errno` names.
  package init(path: String, doing action: String, errno code: Int32 = errno) {
    self.init(path: path, reason: "cannot \(action): \(String(cString: strerror(code)))")
  }

  package var description: String { "\(path): \(reason)" }
}

/// A file mapped into memory, read only. Pages come in when they are touched and leave under memory pressure.
package final class MappedFile: Sendable {
  package let path: String
  /// Length in bytes.
  package let count: Int
  /// Never written after `init`; the mapping is private and read only, so any thread may read it.
  private nonisolated(unsafe) let base: UnsafeRawPointer

  /// Maps a whole file.
  ///
  /// - Throws: `FileError` when the file cannot be opened, is a folder, cannot be mapped, or stands for a file that Git keeps
  ///   elsewhere.
  package init(path: String) throws(FileError) {
    self.path = path
    // Without O_NONBLOCK, opening a named pipe waits for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(path: path, doing: "open it") }
    defer { close(descriptor) }
    FileRecorder.note(path)
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(path: path, doing: "read its length") }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError(path: path, reason: "found something that is no regular file; expected a file")
    }
    count = Int(status.st_size)
    guard count > 0 else {
      base = UnsafeRawPointer(UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1))
      return
    }
    guard let memory = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw FileError(path: path, doing: "map it")
    }
    base = UnsafeRawPointer(memory)
    if let objection = GitPointer.objection(bytes) { throw FileError(path: path, reason: objection) }
  }

  deinit {
    if count > 0 {
      munmap(UnsafeMutableRawPointer(mutating: base), count)
    } else {
      base.deallocate()
    }
  }

  /// All bytes of the file.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = RawSpan(_unsafeStart: base, byteCount: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// Tells the kernel that a range will not be read again soon, so that its pages need not count against this process.
  package func release(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    if start < end { madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED) }
  }
}
