import Foundation

/// A matrix `[rows, columns]` in a file without a name, for values that are read and written a few rows at a time and need not
/// stay in memory.
///
/// The file is mapped, and what was touched leaves this process's memory with each call; the kernel keeps as much of it at
/// hand as it has room for. Its space on the disk is taken at once, so that no later write can fail for want of it, and
/// is free again when the matrix or the process ends, however it ends.
package struct ScratchMatrix: ~Copyable {
  package let rows: Int
  package let columns: Int
  private let base: UnsafeMutablePointer<Float>

  private var byteCount: Int { rows * columns * MemoryLayout<Float>.stride }

  /// Takes the space. All elements are zero.
  ///
  /// - Parameter folder: on whose disk the space is taken.
  /// - Throws: `FileError` when there is no such folder or no such space.
  package init(rows: Int, columns: Int, in folder: String) throws(FileError) {
    precondition(rows > 0 && columns > 0, "a scratch matrix has elements")
    let bytes = rows * columns * MemoryLayout<Float>.stride
    let descriptor = try Self.openNameless(in: folder)
    defer { close(descriptor) }
    let status = Self.take(bytes, descriptor)
    guard status == 0 else {
      throw FileError(path: folder, doing: "take \(bytes >> 20) MiB of scratch space in it", errno: status)
    }
    guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED else {
      throw FileError(path: folder, doing: "map scratch space in it")
    }
    self.rows = rows
    self.columns = columns
    base = memory.bindMemory(to: Float.self, capacity: rows * columns)
  }

  deinit {
    munmap(UnsafeMutableRawPointer(base), rows * columns * MemoryLayout<Float>.stride)
  }

  /// Gives a file its length and its space on the disk; the number of an error, or 0.
  private static func take(_ bytes: Int, _ descriptor: Int32) -> Int32 {
    var disk = statvfs()
    // Where a file system cannot promise space, the library writes to every block: it is asked for no more than there is.
    guard fstatvfs(descriptor, &disk) == 0 else { return errno }
    guard bytes / Int(disk.f_frsize) < Int(disk.f_bavail) else { return ENOSPC }
    return posix_fallocate(descriptor, 0, bytes)
  }

  private static func openNameless(in folder: String) throws(FileError) -> Int32 {
    var template = Array("\(folder)/.planish-scratch-XXXXXX".utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(path: folder, doing: "make a scratch file in it") }
    unlink(template)
    return descriptor
  }

  /// A copy of some of the rows.
  package borrowing func copy(rows range: Range<Int>) -> Matrix {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows outside the matrix")
    let result = Matrix(uninitializedRows: range.count, columns: columns)
    result.base.update(from: base + range.lowerBound * columns, count: result.count)
    leaveMemory(range)
    return result
  }

  /// Overwrites consecutive rows with those of another matrix.
  package mutating func replaceRows(from first: Int, with source: borrowing Matrix) {
    precondition(source.columns == columns && 0 <= first && first + source.rows <= rows, "rows do not fit")
    (base + first * columns).update(from: source.base, count: source.count)
    leaveMemory(first..<first + source.rows)
  }

  /// Unmaps the pages of some rows; their values stay in the file.
  private borrowing func leaveMemory(_ range: Range<Int>) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let start = range.lowerBound * columns * MemoryLayout<Float>.stride / page * page
    let end = min(byteCount, range.upperBound * columns * MemoryLayout<Float>.stride)
    if start < end { madvise(UnsafeMutableRawPointer(base) + start, end - start, MADV_DONTNEED) }
  }
}
