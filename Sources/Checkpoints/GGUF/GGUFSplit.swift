import Foundation

/// A model in several GGUF files, as `llama-gguf-split` writes it: `NAME-00001-of-00003.gguf` and so on, each with
/// `split.no` (from 0), `split.count` and `split.tensors.count` (of all parts) in its metadata.
struct GGUFSplit {
  let count: Int

  /// Answers nil when the file stands alone.
  ///
  /// - Throws: when it is not the first part.
  init?(_ metadata: GGUFMetadata) throws(CheckpointError) {
    guard let count = try metadata.optionalInteger("split.count"), count != 1, count != 0 else { return nil }
    guard 2...99_999 ~= count else { throw metadata.error("split.count", expected: "a number of parts up to 99999") }
    guard try metadata.integer("split.no") == 0 else {
      throw metadata.error("split.no", expected: "0: open the first part, the others are found by its name")
    }
    self.count = count
  }

  /// The paths of all parts.
  func paths(first: String) throws(CheckpointError) -> [String] {
    func suffix(_ number: Int) -> String {
      func digits(_ value: Int) -> String { String(("00000" + String(value)).suffix(5)) }
      return "-\(digits(number))-of-\(digits(count)).gguf"
    }
    guard first.hasSuffix(suffix(1)) else {
      throw .malformed(
        path: first, part: .metadata("split.count"), found: "\(count) parts",
        expected: "a file name that ends in \(suffix(1)), to find the other parts by")
    }
    let stem = String(first.dropLast(suffix(1).count))
    let paths = (1...count).map { stem + suffix($0) }
    if let missing = paths.first(where: { !FileManager.default.fileExists(atPath: $0) }) {
      throw .missing(path: missing, lookedFor: "one of the \(count) parts of \(first)")
    }
    return paths
  }

  /// Checks that a further part is what its name says.
  func check(_ metadata: GGUFMetadata, number: Int) throws(CheckpointError) {
    guard try metadata.integer("split.no") == number else { throw metadata.error("split.no", expected: "\(number)") }
    guard try metadata.integer("split.count") == count else {
      throw metadata.error("split.count", expected: "\(count), as the first part says")
    }
  }

  /// Checks that the parts together hold as many tensors as the first one says.
  func check(_ tensors: TensorTable, _ metadata: GGUFMetadata) throws(CheckpointError) {
    guard try metadata.integer("split.tensors.count") == tensors.all.count else {
      throw metadata.error("split.tensors.count", expected: "\(tensors.all.count), as many as the parts hold")
    }
  }
}
