import Checkpoints
import Tensors

/// Where a container keeps one matrix or vector of a model: which part of which tensor, and in what form.
///
/// A reader reads a place, a writer inverts it. Families and containers differ in their places alone.
package struct StoredPlace: Sendable, Equatable {
  /// What one matrix has of a tensor, once that lies as the decoder reads it.
  package enum Part: Sendable, Equatable {
    /// One of `count` shares of its rows.
    case share(Int, of: Int, Arrangement = .runs)
    /// Some of its `total` columns.
    case columns(Range<Int>, total: Int)

    /// How shares lie.
    package enum Arrangement: Sendable, Equatable {
      /// Equal ones, each of which is one run of rows.
      case runs
      /// Equal ones, which take turns row by row.
      case turns
      /// Heads, each of which has rows of all shares: of each share one run or more of so many rows, which the decoder reads by runs of
      /// all heads.
      case heads(Int, runs: [[Int]])
    }
  }

  /// The name of the stored tensor.
  package var tensor: String
  /// The sides of the whole tensor, outermost first.
  package let shape: [Int]
  /// Which of the matrices that are stacked in it; nil where it is one matrix or vector.
  package let slab: Int?
  /// Which part of that; nil for all of it.
  package let part: Part?
  package let storage: WeightStorage

  /// - Parameters:
  ///   - matrix: the sides of what the decoder reads, outermost first: two, or one for a vector; three where the tensor has its rows in
  ///     runs.
  ///   - stack: which of how many matrices are stacked in the tensor.
  package init(
    _ tensor: String, matrix: [Int], stack: WeightSpec.Expert? = nil, part: Part? = nil,
    storage: WeightStorage = .plain
  ) {
    self.tensor = tensor
    var sides = matrix
    switch part {
    case nil: break
    case .share(_, let count, let arrangement): sides[0] = arrangement.rowsOfAll(own: sides[0], shares: count)
    case .columns(_, let total): sides[1] = total
    }
    sides[0] += storage.unreadRows - storage.repeatedRows
    if storage.isTransposed { sides.reverse() }
    if let rows = storage.vectorRows { sides = [rows, sides[0] / rows] }
    if storage.isConvolution { sides.insert(1, at: 1) }
    shape = (stack.map { [$0.count] } ?? []) + sides
    slab = stack?.index
    self.part = part
    self.storage = storage
  }

  /// Whether the tensor holds more than this.
  package var isShared: Bool { slab != nil || part != nil }

  /// Which of the shares of its rows; nil where nothing shares them.
  package var share: Int? { if case .share(let index, _, _) = part { index } else { nil } }

  /// Whether the tensor begins with it.
  package var isFirst: Bool { slab ?? 0 == 0 && share ?? 0 == 0 }

  private var isVector: Bool { shape.count - (slab == nil ? 0 : 1) == 1 }

  /// Rows and columns, as they are stored, of the tensor or of one of the matrices that are stacked in it.
  private var slabRows: Int { isVector ? 1 : shape.dropFirst(slab == nil ? 0 : 1).dropLast().reduce(1, *) }
  private var slabColumns: Int { shape[shape.count - 1] }

  /// Reads what lies here as Float32, `[rows, columns]`; no more of the tensor than it needs.
  ///
  /// - Throws: as `TensorSource.rows`.
  package func matrix(_ source: any TensorSource, on workers: Workers) throws(CheckpointError) -> Matrix {
    let decoded = storage.decoded(try read(source, on: workers), isVector: isVector)
    if storage.isNegatedExponential, decoded.firstNonFinite() != nil {
      throw .malformed(
        path: source.path, part: .tensor(tensor, "values"), found: "a number that is not below 0",
        expected: "rates of what fades, which are below 0")
    }
    return decoded
  }

  /// The stored rows and columns of the part.
  private func read(_ source: any TensorSource, on workers: Workers) throws(CheckpointError) -> Matrix {
    func read(_ rows: Range<Int>) throws(CheckpointError) -> Matrix {
      let first = (slab ?? 0) * slabRows
      return try source.rows(first + rows.lowerBound..<first + rows.upperBound, of: tensor, workers: workers)
    }
    guard let part else { return try read(0..<slabRows) }
    let places = places(of: part)
    guard liesInRows(part) else { return try read(0..<slabRows).copy(columns: places) }
    let around = (places.min() ?? 0)..<(places.max() ?? -1) + 1
    let rows = try read(around)
    return around.elementsEqual(places) ? rows : rows.copy(rows: places.map { $0 - around.lowerBound })
  }

  /// One of the matrices stacked in the tensor, or the whole tensor, as it is stored.
  ///
  /// - Parameter parts: where all that is in it stands, and what the decoder reads there.
  package static func stored(_ parts: [(place: StoredPlace, matrix: SharedMatrix)]) -> Matrix {
    let whole = parts[0].place
    var stored = Matrix(uninitializedRows: whole.slabRows, columns: whole.slabColumns)
    for (place, matrix) in parts { place.put(matrix, into: &stored) }
    return stored
  }

  /// What the tensor holds, where it holds this alone.
  package func stored(_ matrix: SharedMatrix) -> Matrix { Self.stored([(self, matrix)]) }

  private func put(_ matrix: SharedMatrix, into whole: inout Matrix) {
    let own = storage.stored(matrix, isVector: isVector)
    guard let part else { return whole.replaceRows(from: 0, with: own) }
    let places = places(of: part)
    guard liesInRows(part) else { return whole.replaceColumns(places, with: own) }
    for (row, place) in places.enumerated() { whole.replaceRows(from: place, with: own.copy(rows: row..<row + 1)) }
  }

  /// Whether the part is one of the stored rows; else of the stored columns.
  private func liesInRows(_ part: Part) -> Bool {
    if case .columns = part { return storage.isTransposed }
    return !storage.isTransposed && !isVector
  }

  /// The stored rows or columns that the part has, in order.
  private func places(of part: Part) -> [Int] {
    let total = liesInRows(part) ? slabRows : slabColumns
    switch part {
    case .share(let index, let count, let arrangement):
      return arrangement.places(of: index, shares: count, rows: total)
    case .columns(let range, _):
      return Array(range)
    }
  }
}

extension StoredPlace.Part.Arrangement {
  /// Rows of all shares.
  ///
  /// - Parameter own: rows of one of them.
  func rowsOfAll(own: Int, shares: Int) -> Int {
    switch self {
    case .runs, .turns: own * shares
    case .heads(let heads, let runs): heads * runs.reduce(0) { $0 + $1.reduce(0, +) }
    }
  }

  /// Where the rows of a share stand.
  ///
  /// - Parameter rows: those of all shares.
  func places(of index: Int, shares: Int, rows: Int) -> [Int] {
    let own = rows / shares
    switch self {
    case .runs: return (0..<own).map { index * own + $0 }
    case .turns: return (0..<own).map { $0 * shares + index }
    case .heads(let heads, let runs):
      let width = runs.reduce(0) { $0 + $1.reduce(0, +) }
      var first = runs[..<index].reduce(0) { $0 + $1.reduce(0, +) }
      return runs[index].flatMap { run in
        defer { first += run }
        return (0..<heads).flatMap { head in (0..<run).map { head * width + first + $0 } }
      }
    }
  }
}
