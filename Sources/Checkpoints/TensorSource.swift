import JSON
import Tensors

/// What weights are read from: a folder, or a file of any container.
package protocol TensorSource: Sendable {
  /// The file or folder, for error messages.
  var path: String { get }
  /// All tensors, in the order in which they are stored.
  var tensors: TensorTable { get }
}

/// Tensors in order and by name. Names are told apart by their bytes.
package struct TensorTable: Sendable {
  package private(set) var all: [StoredTensor] = []
  private var index: [UTF8Key: Int] = [:]

  /// The tensor of that name, or nil. O(1).
  package subscript(name: String) -> StoredTensor? {
    index[UTF8Key(name)].map { all[$0] }
  }

  /// Adds a tensor, unless its name is already there: then nothing changes and the answer is false.
  mutating func add(_ tensor: StoredTensor) -> Bool {
    guard index[UTF8Key(tensor.name)] == nil else { return false }
    index[UTF8Key(tensor.name)] = all.count
    all.append(tensor)
    return true
  }
}

extension TensorSource {
  /// The tensor of that name.
  ///
  /// - Throws: `.noSuchTensor`, which lists names that end alike.
  package func tensor(_ name: String) throws(CheckpointError) -> StoredTensor {
    if let tensor = tensors[name] { return tensor }
    let ending = name.split(separator: ".").suffix(2)
    let similar = tensors.all.map(\.name).filter { $0.split(separator: ".").suffix(2) == ending }
    throw .noSuchTensor(path: path, tensor: name, similar: Array(similar.prefix(3)))
  }

  /// Whether there is a tensor of that name.
  package func has(_ name: String) -> Bool {
    tensors[name] != nil
  }

  /// Reads a tensor as Float32, `[rows, columns]`; one with a single side as `[1, columns]`, one with more than two
  /// with all but its last side as rows.
  ///
  /// - Throws: `.noSuchTensor`, `.unreadableType`, or `.notFinite` at the first NaN or infinity.
  package func matrix(_ name: String, workers: Workers = .all) throws(CheckpointError) -> Matrix {
    try tensor(name).matrix(workers: workers)
  }

  /// Reads some rows of a tensor as Float32, `[range.count, columns]`.
  ///
  /// - Precondition: `range` lies within the tensor's rows.
  /// - Throws: as `matrix(_:workers:)`.
  package func rows(
    _ range: Range<Int>, of name: String, workers: Workers = .all
  ) throws(CheckpointError) -> Matrix {
    try tensor(name).rows(range, workers: workers)
  }

  /// Tells the kernel that the bytes of a tensor will not be needed soon.
  package func release(_ name: String) {
    tensors[name]?.release()
  }
}
