import Tensors

/// A file that is being written under a temporary name, from its first byte to its last.
///
/// Small writes are gathered; large ones go straight to the file. Letting go of it removes it.
struct TemporaryFile: ~Copyable {
  private(set) var file: UnpublishedFile
  private var buffer: [UInt8] = []
  private var flushed = 0

  private static let bufferSize = 1 << 20

  /// Creates the file.
  ///
  /// - Parameter expected: its length in bytes when that is known: the disk must have the space.
  /// - Throws: as `UnpublishedFile.create`, and when the disk lacks the space.
  init(path: String, expecting expected: Int? = nil) throws(CheckpointError) {
    let file = try UnpublishedFile.create(path: path)
    if let expected { try file.checkSpace(for: expected) }
    self.file = file
  }

  /// Bytes appended so far.
  var count: Int { flushed + buffer.count }

  mutating func append(_ bytes: RawSpan) throws(CheckpointError) {
    if buffer.count + bytes.byteCount > Self.bufferSize { try flush() }
    if bytes.byteCount >= Self.bufferSize {
      try file.write(bytes, at: flushed)
      flushed += bytes.byteCount
    } else {
      bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    }
  }

  mutating func append(_ bytes: [UInt8]) throws(CheckpointError) {
    try append(bytes.span.bytes)
  }

  /// Appends zeros up to the next multiple of `alignment`.
  mutating func pad(to alignment: Int) throws(CheckpointError) {
    let rest = count % alignment
    if rest > 0 { try append([UInt8](repeating: 0, count: alignment - rest)) }
  }

  /// Sends what was gathered to the file.
  mutating func flush() throws(CheckpointError) {
    guard !buffer.isEmpty else { return }
    try file.write(buffer.span.bytes, at: flushed)
    flushed += buffer.count
    buffer.removeAll(keepingCapacity: true)
  }

  /// Ends writing: the file is complete and on disk, under its temporary name.
  consuming func finish() throws(CheckpointError) -> UnpublishedFile {
    try flush()
    try file.sync()
    return file
  }

  /// Names values that stay patchable.
  mutating func setPatchable(_ values: [String: PatchableValue]) {
    file.patchable = values
  }
}
