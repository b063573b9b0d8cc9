import Checkpoints
import Tensors

/// What the original network makes of everything that is asked, in a file: it depends on nothing that a pipeline changes
/// between one product and the next, so that many products are compared with it and it is run once.
///
/// For each pass it holds the rows that the output matrix reads, `[positions, hidden]`, as they are, so that every figure comes out
/// the same to the last bit.
package final class OriginalStates {
  private let log: RecordLog
  /// The record of each pass.
  private var passes: [Int: RecordLog.Record] = [:]

  private static let about: UInt64 = 1
  private static let pass: UInt64 = 2

  /// Opens the file, or begins it; nil where another process holds it.
  ///
  /// - Parameters:
  ///   - key: digest of the original, of what is asked of it, and of the arithmetic.
  ///   - about: what the file says of itself.
  /// - Throws: `.file` when its place cannot be written.
  package init?(path: String, key: String, about: [UInt8], fresh: Bool) throws(CheckpointError) {
    guard let log = try RecordLog(path: path, key: key, fresh: fresh) else { return nil }
    self.log = log
    if log.records.isEmpty { try log.append(Self.about, about) }
    let file = try log.map()
    for record in log.records where record.kind == Self.pass && record.range.count >= 8 {
      passes[Int(clamping: file.bytes.littleEndian(UInt64.self, at: record.range.lowerBound))] = record
    }
  }

  /// The rows of a pass; nil where they are not there.
  func hidden(ofPass index: Int, rows: Int, columns: Int) throws(CheckpointError) -> Matrix? {
    guard let record = passes[index], record.range.count == 8 + 4 * rows * columns else { return nil }
    let file = try log.map()
    let bytes = record.range.lowerBound + 8..<record.range.upperBound
    return Matrix(rows: rows, columns: columns, copying: file.bytes.extracting(bytes))
  }

  /// Keeps the rows of a pass.
  func keep(_ hidden: borrowing Matrix, ofPass index: Int) throws(CheckpointError) {
    let number = withUnsafeBytes(of: UInt64(index).littleEndian) { Array($0) }
    try log.append(Self.pass, number, hidden.elements.bytes)
    try log.sync()
    passes[index] = log.records.last
  }
}
