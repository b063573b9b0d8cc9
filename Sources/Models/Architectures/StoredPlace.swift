import Checkpoints
import Tensors

/// Where a container keeps one matrix or vector of a model: which part of which tensor, and in what form.
///
/// A reader reads a place, a writer inverts it. Families and containers differ in their places alone.
package struct StoredPlace: Sendable, Equatable {
  /// Rows of a tensor that one matrix has, once the tensor lies as the decoder reads it: one of `count` equal parts.
  package struct Part: Sendable, Equatable {
    package let index: Int
    package let count: Int
    /// Whether the parts take turns row by row; else each is one run of rows.
    package let isInterleaved: Bool

    package init(_ index: Int, of count: Int, isInterleaved: Bool = false) {
      self.index = index
      self.count = count
      self.isInterleaved = isInterleaved
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
    if let part { sides[0] *= part.count }
    if storage.isTransposed { sides.reverse() }
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
    let slabRows = isVector ? 1 : shape[shape.count - 2]
    var range = 0..<slabRows
    var rest = part
    // Rows side by side are read by themselves.
    if let part, !part.isInterleaved, !storage.isTransposed, !isVector {
      let rows = slabRows / part.count
      range = part.index * rows..<(part.index + 1) * rows
      rest = nil
    }
    let first = (slab ?? 0) * slabRows
    let stored = try source.rows(
      first + range.lowerBound..<first + range.upperBound, of: tensor, workers: workers)
    return storage.decoded(stored, isVector: isVector, part: rest)
  }

  /// One of the matrices stacked in the tensor, or the whole tensor, as it is stored.
  ///
  /// - Parameter parts: what the decoder reads of each part, in their order.
  package func stored(_ parts: [SharedMatrix]) -> Matrix { storage.stored(parts, isVector: isVector, part: part) }
}

extension StoredPlace.Part {
  /// This part of the rows of all.
  func rows(of whole: borrowing Matrix) -> Matrix {
    let own = whole.rows / count
    return whole.copy(rows: (0..<own).map { isInterleaved ? $0 * count + index : index * own + $0 })
  }
}
