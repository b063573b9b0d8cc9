import Models
import Tensors

/// Where the activations of a text are kept while it moves through the network.
package enum ActivationStorage: Sendable, Equatable {
  case memory
  /// In a file without a name in this folder.
  case file(folder: String)
}

/// Activations of all batches of a text in either place.
enum ActivationStore: ~Copyable {
  /// A matrix for each batch, so that one can be taken out, worked on and put back without a copy.
  case memory([HeldMatrix])
  case file(ScratchMatrix)

  /// Room for all batches in memory, each of which is to be put there before it is read.
  init(_ batches: [Activations.Batch]) {
    self = .memory(batches.map { _ in HeldMatrix() })
  }

  /// Room for all batches.
  ///
  /// - Throws: `FileError` when there is no room for the file.
  init(_ batches: [Activations.Batch], columns: Int, in storage: ActivationStorage) throws(FileError) {
    switch storage {
    case .memory: self.init(batches)
    case .file(let folder):
      let rows = batches.last?.place.upperBound ?? 0
      guard rows * columns > 0 else {
        self = .none(batches)
        return
      }
      self = .file(try ScratchMatrix(rows: rows, columns: columns, in: folder))
    }
  }

  /// Batches of no columns.
  static func none(_ batches: [Activations.Batch]) -> ActivationStore {
    .memory(batches.map { HeldMatrix(Matrix(rows: $0.rows.count, columns: 0)) })
  }

  func copy(_ batch: Activations.Batch) -> Matrix {
    switch self {
    case .memory(let matrices): matrices[batch.index].matrix.copy()
    case .file(let matrix): matrix.copy(rows: batch.place)
    }
  }

  /// The same activations in a place of their own.
  ///
  /// - Throws: `FileError` when there is no room for the file.
  func duplicated(_ batches: [Activations.Batch], in storage: ActivationStorage) throws(FileError) -> ActivationStore {
    switch self {
    case .memory(let matrices): return .memory(matrices.map { HeldMatrix($0.matrix.copy()) })
    case .file(let matrix):
      var copy = try ActivationStore(batches, columns: matrix.columns, in: storage)
      for batch in batches { copy.replace(batch, with: matrix.copy(rows: batch.place)) }
      return copy
    }
  }

  /// A batch, which is to be put back before it is read again.
  func take(_ batch: Activations.Batch) -> Matrix {
    switch self {
    case .memory(let matrices): matrices[batch.index].take()
    case .file(let matrix): matrix.copy(rows: batch.place)
    }
  }

  /// Puts a batch back as it was taken.
  func putBack(_ batch: Activations.Batch, _ rows: consuming Matrix) {
    switch self {
    case .memory(let matrices): matrices[batch.index].matrix = rows
    case .file: break
    }
  }

  mutating func replace(_ batch: Activations.Batch, with rows: consuming Matrix) {
    switch consume self {
    case .memory(let matrices):
      matrices[batch.index].matrix = rows
      self = .memory(matrices)
    case .file(var matrix):
      matrix.replaceRows(from: batch.place.lowerBound, with: rows)
      self = .file(matrix)
    }
  }
}

/// A store that several names may have in turn.
final class HeldStore {
  var store: ActivationStore
  let columns: Int

  init(_ store: consuming ActivationStore, columns: Int) {
    self.store = store
    self.columns = columns
  }
}
