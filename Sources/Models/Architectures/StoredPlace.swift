import Checkpoints
import Tensors

/// Where a container keeps one matrix or vector of a model: which part of which tensor, and in what form.
///
/// A reader reads a place, a writer inverts it. Families and containers differ in their places alone.
package struct StoredPlace: Sendable, Equatable {
  /// Rows of a tensor that one matrix has, once the tensor lies as the decoder reads it: one of `count` parts.
  package struct Part: Sendable, Equatable {
    /// How the parts lie.
    package enum Arrangement: Sendable, Equatable {
      /// Equal ones, each of which is one run of rows.
      case runs
      /// Equal ones, which take turns row by row.
      case turns
      /// Heads, each of which has rows of all parts: of each part one run or more of so many rows, which the decoder reads by runs of all
      /// heads.
      case heads(Int, runs: [[Int]])
    }

    package let index: Int
    package let count: Int
    package let arrangement: Arrangement

    package init(_ index: Int, of count: Int, isInterleaved: Bool = false) {
      self.init(index, of: count, isInterleaved ? .turns : .runs)
    }

    package init(_ index: Int, of count: Int, _ arrangement: Arrangement) {
      self.index = index
      self.count = count
      self.arrangement = arrangement
    }
  }

  /// The name of the stored tensor.
  package var tensor: String
  /// The sides of the whole tensor, outermost first.
  package let shape: [Int]
  /// Which of the matrices that are stacked in it; nil where it is one matrix or vector.
  package let slab: Int?
  /// Which rows of that; nil for all of them.
  package let part: Part?
  package let storage: WeightStorage

  /// - Parameters:
  ///   - matrix: the sides of what the decoder reads, outermost first: two, or one for a vector.
  ///   - stack: which of how many matrices are stacked in the tensor.
  package init(
    _ tensor: String, matrix: [Int], stack: WeightSpec.Expert? = nil, part: Part? = nil,
    storage: WeightStorage = .plain
  ) {
    self.tensor = tensor
    var sides = matrix
    if let part { sides[0] = part.rowsOfAll(own: sides[0]) }
    if storage.isTransposed { sides.reverse() }
    if storage.isConvolution { sides.insert(1, at: 1) }
    shape = (stack.map { [$0.count] } ?? []) + sides
    slab = stack?.index
    self.part = part
    self.storage = storage
  }

  /// Whether the tensor holds more than this.
  package var isShared: Bool { slab != nil || part != nil }

  private var isVector: Bool { shape.count - (slab == nil ? 0 : 1) == 1 }

  /// Reads what lies here as Float32, `[rows, columns]`; no more of the tensor than it needs.
  ///
  /// - Throws: as `TensorSource.rows`.
  package func matrix(_ source: any TensorSource, on workers: Workers) throws(CheckpointError) -> Matrix {
    let slabRows = isVector ? 1 : storage.isConvolution ? shape[0] : shape[shape.count - 2]
    var range = 0..<slabRows
    var rest = part
    // Rows side by side are read by themselves.
    if let part, part.arrangement == .runs, !storage.isTransposed, !isVector {
      let rows = slabRows / part.count
      range = part.index * rows..<(part.index + 1) * rows
      rest = nil
    }
    let first = (slab ?? 0) * slabRows
    let stored = try source.rows(
      first + range.lowerBound..<first + range.upperBound, of: tensor, workers: workers)
    let decoded = storage.decoded(stored, isVector: isVector, part: rest)
    if storage.isNegatedExponential, decoded.firstNonFinite() != nil {
      throw .malformed(
        path: source.path, part: .tensor(tensor, "values"), found: "a number that is not below 0",
        expected: "rates of what fades, which are below 0")
    }
    return decoded
  }

  /// One of the matrices stacked in the tensor, or the whole tensor, as it is stored.
  ///
  /// - Parameter parts: what the decoder reads of each part, in their order.
  package func stored(_ parts: [SharedMatrix]) -> Matrix { storage.stored(parts, isVector: isVector, part: part) }
}

extension StoredPlace.Part {
  /// Rows of all parts.
  func rowsOfAll(own: Int) -> Int {
    switch arrangement {
    case .runs, .turns: own * count
    case .heads(let heads, let runs): heads * runs.reduce(0) { $0 + $1.reduce(0, +) }
    }
  }

  /// The stored row of each of the part's own.
  func places(own: Int) -> [Int] {
    switch arrangement {
    case .runs: return (0..<own).map { index * own + $0 }
    case .turns: return (0..<own).map { $0 * count + index }
    case .heads(let heads, let runs):
      let width = runs.reduce(0) { $0 + $1.reduce(0, +) }
      var first = runs[..<index].reduce(0) { $0 + $1.reduce(0, +) }
      return runs[index].flatMap { run in
        defer { first += run }
        return (0..<heads).flatMap { head in (0..<run).map { head * width + first + $0 } }
      }
    }
  }

  /// How many of the rows of all are the part's own.
  private func own(of all: Int) -> Int {
    switch arrangement {
    case .runs, .turns: all / count
    case .heads(let heads, let runs): heads * runs[index].reduce(0, +)
    }
  }

  /// This part of the rows of all.
  func rows(of whole: borrowing Matrix) -> Matrix { whole.copy(rows: places(own: own(of: whole.rows))) }
}
