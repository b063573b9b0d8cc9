import Schemes
import Tensors

/// How the elements of a tensor are stored.
package enum TensorStorage: Sendable {
  /// As weights that can be decoded: plain floats or blocks.
  case weights(any WeightFormat)
  /// As something that is kept by name and never read as weights: integers, Booleans, formats unknown to this version.
  case other(String)
  /// As several tensors that are decoded together.
  case quantized(any QuantizedWeights)

  /// The type's lower-case name, such as `bf16`, `q4_k` or `i64`.
  package var name: String {
    switch self {
    case .weights(let format): format.name
    case .other(let name): name
    case .quantized(let weights): weights.typeName
    }
  }
}

/// One tensor of a mapped file. It holds the mapping, not the elements.
package struct StoredTensor: Sendable {
  package let name: String
  /// Sides, outermost first; the last one is contiguous. Their product is known to fit an `Int`.
  package let shape: [Int]
  package let storage: TensorStorage
  /// Where the tensor lies in `file`.
  let range: Range<Int>
  private let file: MappedFile

  /// - Precondition: `range` lies inside `file` and holds exactly the tensor that `shape` and `storage` describe: the
  ///   readers of each container check that before they call this.
  init(name: String, shape: [Int], storage: TensorStorage, file: MappedFile, range: Range<Int>) {
    self.name = name
    self.shape = shape
    self.storage = storage
    self.file = file
    self.range = range
  }

  /// A matrix that several tensors make up. What can be said of one place only, such as the file, is that of the first.
  ///
  /// - Precondition: `weights` has a part, and decodes to `shape`.
  init(name: String, shape: [Int], _ weights: any QuantizedWeights) {
    self.init(
      name: name, shape: shape, storage: .quantized(weights), file: weights.parts[0].file, range: weights.parts[0].range
    )
  }

  /// How what the matrix reads is rounded; nil where it is not.
  package var inputs: InputQuantization? {
    if case .quantized(let weights) = storage { weights.inputs } else { nil }
  }

  /// The file that holds the tensor.
  package var path: String { file.path }
  /// Bytes of all that it is stored in.
  package var byteCount: Int {
    if case .quantized(let weights) = storage { weights.parts.reduce(0) { $0 + $1.byteCount } } else { range.count }
  }
  /// Elements of a row: the last side. A scalar has one.
  package var columns: Int { shape.last ?? 1 }
  /// Rows: the product of all sides but the last.
  package var rows: Int { shape.dropLast().reduce(1, *) }
  package var elementCount: Int { shape.reduce(1, *) }

  /// Lends the bytes as they are stored, for copying and hashing.
  package func withBytes<R: ~Copyable, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    try body(file.bytes.extracting(range))
  }

  /// Tells the kernel that the bytes will not be needed soon.
  package func release() {
    if case .quantized(let weights) = storage { weights.parts.forEach { $0.file.release($0.range) } }
    file.release(range)
  }

  /// Reads the whole tensor as Float32, `[rows, columns]`.
  ///
  /// - Throws: as `rows(_:workers:)`.
  package func matrix(workers: Workers = .all) throws(CheckpointError) -> Matrix {
    try rows(0..<rows, workers: workers)
  }

  /// Reads some rows as Float32, `[range.count, columns]`. O(elements read).
  ///
  /// - Precondition: `range` lies within `0..<rows`.
  /// - Throws: `.unreadableType` when the elements are no weights, `.notFinite` at the first NaN or infinity.
  package func rows(_ range: Range<Int>, workers: Workers = .all) throws(CheckpointError) -> Matrix {
    precondition(0 <= range.lowerBound && range.upperBound <= rows, "rows outside \(name)")
    if case .quantized(let weights) = storage { return try finite(weights.rows(range, on: workers), from: range) }
    guard case .weights(let format) = storage else {
      throw .unreadableType(path: path, tensor: name, type: storage.name)
    }
    var matrix = Matrix(uninitializedRows: range.count, columns: columns)
    // A malformed file may claim any number of empty rows.
    guard matrix.count > 0 else { return matrix }
    let rowBytes = format.bytesPerRow(columns: columns)
    let first = self.range.lowerBound + range.lowerBound * rowBytes
    let tile = max(1, Self.elementsPerTask / max(1, columns))
    matrix.withDisjointRows { target in
      workers.forEachTile(of: tile, in: range.count) { tile in
        let bytes = file.bytes.extracting(first + tile.lowerBound * rowBytes..<first + tile.upperBound * rowBytes)
        var values = target.elements(rows: tile)
        // Rows are whole numbers of blocks, so consecutive rows decode as one long row.
        format.unpack(bytes, into: &values)
      }
    }
    return try finite(matrix, from: range)
  }

  /// The matrix, if all of it is finite.
  private func finite(_ matrix: consuming Matrix, from range: Range<Int>) throws(CheckpointError) -> Matrix {
    if let (row, column) = matrix.firstNonFinite() {
      throw .notFinite(
        path: path, tensor: name, row: range.lowerBound + row, column: column, value: "\(matrix[row, column])")
    }
    return matrix
  }

  /// Large enough that handing out a task costs nothing beside it, small enough that every worker gets some.
  private static let elementsPerTask = 1 << 18
}
