import Tensors

/// Where the residual stream of a text is kept while it moves through the network.
package enum ActivationStorage: Sendable, Equatable {
  case memory
  /// In a file without a name in this folder.
  case file(folder: String)
}

/// Rows of activations in either place.
enum ActivationStore: ~Copyable {
  case memory(Matrix)
  case file(ScratchMatrix)

  /// - Throws: `FileError` when there is no room for the file.
  init(rows: Int, columns: Int, in storage: ActivationStorage) throws(FileError) {
    switch storage {
    case .memory: self = .memory(Matrix(rows: rows, columns: columns))
    case .file(let folder): self = .file(try ScratchMatrix(rows: rows, columns: columns, in: folder))
    }
  }

  var rows: Int {
    switch self {
    case .memory(let matrix): matrix.rows
    case .file(let matrix): matrix.rows
    }
  }

  var columns: Int {
    switch self {
    case .memory(let matrix): matrix.columns
    case .file(let matrix): matrix.columns
    }
  }

  func copy(rows range: Range<Int>) -> Matrix {
    switch self {
    case .memory(let matrix): matrix.copy(rows: range)
    case .file(let matrix): matrix.copy(rows: range)
    }
  }

  mutating func replaceRows(from first: Int, with source: borrowing Matrix) {
    switch consume self {
    case .memory(var matrix):
      matrix.replaceRows(from: first, with: source)
      self = .memory(matrix)
    case .file(var matrix):
      matrix.replaceRows(from: first, with: source)
      self = .file(matrix)
    }
  }
}
