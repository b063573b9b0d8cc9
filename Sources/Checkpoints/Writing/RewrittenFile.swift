import Tensors

/// A file that is written from its beginning, over whatever it held. Nothing marks it whole: whoever wants to read it has to know its
/// hash.
package struct RewrittenFile: ~Copyable {
  private let file: Descriptor
  private var digest = SHA256()
  private var count = 0

  /// - Throws: `.file` when the place cannot be written.
  package init(path: String) throws(CheckpointError) {
    file = try Descriptor.openOrCreate(path)
  }

  package mutating func append(_ bytes: RawSpan) throws(CheckpointError) {
    try file.write(bytes, at: count)
    digest.update(bytes)
    count += bytes.byteCount
  }

  /// Ends the file and returns when the disk has it.
  ///
  /// - Returns: SHA-256 of all that was appended, in hexadecimal digits.
  package consuming func finish() throws(CheckpointError) -> String {
    try file.truncate(to: count)
    try file.sync()
    return digest.hexadecimal()
  }
}
