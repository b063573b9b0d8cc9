import Foundation
import Tensors

/// A file that only grows, record by record, and from which a process goes on that was ended at any moment.
///
///     offset  bytes
///          0     16  `planish journal\n`
///         16      8  version of this layout, 1
///         24     64  the key: what the log is for, as hexadecimal digits
///         88         records, one after the other
///
///     a record   0      8  length n of its content
///                8      8  kind
///               16     32  SHA-256 of length, kind and content
///               48      n  content
///
/// Integers are stored low byte first. Whoever opens a log holds it alone (`flock`) until it is let go. A record whose end is
/// missing or whose hash is wrong is cut off with all that is behind it, since what follows was made of it.
package final class RecordLog {
  /// Where a record's content lies.
  package struct Record: Sendable, Equatable {
    package let kind: UInt64
    /// In the file.
    package let range: Range<Int>
  }

  package let path: String
  /// In the order in which they were appended.
  package private(set) var records: [Record] = []
  /// Bytes that were cut off when the log was opened: what a killed process had begun, or what is damaged.
  package private(set) var cutBytes = 0
  private let file: Descriptor
  private var end = 0
  private var isNoted = false

  private static let magic = Array("planish journal\n".utf8)
  private static let version: UInt64 = 1
  private static let headerBytes = 88
  private static let recordHeaderBytes = 48

  /// Opens a log, or creates it with the folders above it; nil where another process holds it. Where something else stands under the name (a log for another key or
  /// of another version), it is begun anew.
  ///
  /// - Parameters:
  ///   - key: 64 hexadecimal digits.
  ///   - fresh: whether to begin anew in any case.
  /// - Throws: `.file` when the place cannot be written.
  package init?(path: String, key: String, fresh: Bool = false) throws(CheckpointError) {
    precondition(key.utf8.count == 64, "a key has 64 digits")
    self.path = path
    try TemporaryFiles.process.makeFolders(above: path)
    guard let locked = try Self.locked(path) else { return nil }
    file = locked
    let header = Self.magic + Self.bytes(Self.version) + Array(key.utf8)
    let goesOn = fresh ? false : try scan(header)
    if !goesOn {
      try file.truncate(to: 0)
      try file.write(header.span.bytes, at: 0)
      try file.sync()
      try Descriptor.sync(folder: TemporaryFiles.parent(of: path))
      records = []
      end = header.count
    }
    TemporaryFiles.process.note(logs: 1)
    isNoted = true
  }

  deinit { if isNoted { TemporaryFiles.process.note(logs: -1) } }

  private static func locked(_ path: String) throws(CheckpointError) -> Descriptor? {
    while true {
      let file = try Descriptor.openOrCreate(path)
      guard try file.lock() else { return nil }
      // Between the two, another process may have removed it.
      if file.isFile(at: path) { return file }
    }
  }

  /// Reads all records and cuts off what is not whole.
  ///
  /// - Returns: whether the file is a log for this key.
  private func scan(_ header: [UInt8]) throws(CheckpointError) -> Bool {
    guard try file.byteCount() >= header.count else { return false }
    let bytes = try map()
    guard Self.isLog(bytes, header) else { return false }
    end = header.count
    while let record = Self.record(in: bytes, at: end) {
      records.append(record)
      end = record.range.upperBound
    }
    guard end < bytes.count else { return true }
    cutBytes = bytes.count - end
    try file.truncate(to: end)
    return true
  }

  /// The record that begins at a place; nil where none does that is whole.
  private static func record(in file: MappedFile, at start: Int) -> Record? {
    guard file.count - start >= recordHeaderBytes else { return nil }
    let (length, kind) = (
      file.bytes.littleEndian(UInt64.self, at: start), file.bytes.littleEndian(UInt64.self, at: start + 8)
    )
    let content = start + recordHeaderBytes
    guard length <= UInt64(file.count - content) else { return nil }
    let range = content..<content + Int(length)
    var digest = SHA256()
    digest.update(file.bytes.extracting(start..<start + 16))
    digest.update(file, range)
    let isWhole = digest.bytes() == array(file, start + 16..<content)
    return isWhole ? Record(kind: kind, range: range) : nil
  }

  /// Appends a record whose content is what `parts` are together. It is on the disk after the next `sync`.
  package func append(_ kind: UInt64, _ text: [UInt8], _ bytes: RawSpan) throws(CheckpointError) {
    let start = Self.bytes(UInt64(text.count + bytes.byteCount)) + Self.bytes(kind)
    var digest = SHA256()
    digest.update(start.span.bytes)
    digest.update(text.span.bytes)
    digest.update(bytes)
    let header = start + digest.bytes() + text
    try file.write(header.span.bytes, at: end)
    try file.write(bytes, at: end + header.count)
    let content = end + Self.recordHeaderBytes
    end = content + text.count + bytes.byteCount
    records.append(Record(kind: kind, range: content..<end))
  }

  /// Appends a record.
  package func append(_ kind: UInt64, _ text: [UInt8]) throws(CheckpointError) {
    try append(kind, text, RawSpan())
  }

  /// Returns when the disk has all records.
  package func sync() throws(CheckpointError) { try file.sync() }

  /// Forgets all but the first records.
  package func keep(first count: Int) throws(CheckpointError) {
    guard count < records.count else { return }
    end = count == 0 ? Self.headerBytes : records[count - 1].range.upperBound
    records.removeSubrange(count...)
    try file.truncate(to: end)
  }

  /// Checks that the disk has room for `count` more bytes.
  package func checkSpace(for count: Int) throws(CheckpointError) { try file.checkSpace(for: count) }

  /// The file as it is now, to read records from.
  package func map() throws(CheckpointError) -> MappedFile {
    do { return try MappedFile(path: path) } catch { throw .file(error) }
  }

  /// Whether a file begins so.
  private static func isLog(_ file: MappedFile, _ start: [UInt8]) -> Bool {
    file.count >= headerBytes && array(file, 0..<start.count) == start
  }

  private static func array(_ file: MappedFile, _ range: Range<Int>) -> [UInt8] {
    file.bytes.extracting(range).withUnsafeBytes { Array($0) }
  }

  private static func bytes(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.littleEndian) { Array($0) } }
}

/// Looking at logs from outside.
extension RecordLog {
  /// What can be seen of a log without holding it and without reading all of it.
  package struct Glance: Sendable {
    /// Of each record, as far as the file reaches.
    package let kinds: [UInt64]
    /// What the log is for; nil where the file is no log.
    package let key: String?
    /// The content of the first record.
    package let first: [UInt8]
    /// Whether a process holds it now.
    package let isLocked: Bool
  }

  /// Looks at a file; at nothing, and at what is no log, nothing is seen.
  package static func glance(at path: String) throws(CheckpointError) -> Glance {
    guard let file = try Descriptor.look(at: path, as: path) else {
      return Glance(kinds: [], key: nil, first: [], isLocked: false)
    }
    let isLocked = !(try file.lock())
    let bytes: MappedFile
    do { bytes = try MappedFile(path: path) } catch { throw .file(error) }
    var (kinds, first, end): ([UInt64], [UInt8], Int) = ([], [], headerBytes)
    let start = magic + Self.bytes(version)
    while isLog(bytes, start), bytes.count - end >= recordHeaderBytes {
      let length = bytes.bytes.littleEndian(UInt64.self, at: end)
      let content = end + recordHeaderBytes
      guard length <= UInt64(bytes.count - content) else { break }
      if kinds.isEmpty { first = array(bytes, content..<content + Int(length)) }
      kinds.append(bytes.bytes.littleEndian(UInt64.self, at: end + 8))
      end = content + Int(length)
    }
    let key = isLog(bytes, start) ? String(decoding: array(bytes, start.count..<headerBytes), as: UTF8.self) : nil
    return Glance(kinds: kinds, key: key, first: first, isLocked: isLocked)
  }

  /// Removes a log, unless a process holds it.
  ///
  /// - Returns: whether it is gone.
  package static func removeUnlocked(_ path: String) throws(CheckpointError) -> Bool {
    guard let file = try Descriptor.look(at: path, as: path) else { return true }
    guard try file.lock() else { return false }
    guard FileStep.remove(path) == 0 || errno == ENOENT else { throw .file(FileError(path: path, doing: "remove it")) }
    return true
  }

  /// Removes a file beside a log. What cannot be removed does no harm.
  package static func remove(_ path: String) { _ = FileStep.remove(path) }

  /// Removes a folder of logs if nothing is in it.
  package static func removeFolder(_ path: String) { _ = FileStep.removeFolder(path) }
}
