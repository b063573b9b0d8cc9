import Checkpoints
import Tensors

/// A model family as data: how its configuration reads, which tensors it has and what they are called in each world.
package protocol Architecture: Sendable {
  /// The value of `general.architecture` in a GGUF file.
  var ggufName: String { get }
  /// Values of `architectures` in config.json.
  var huggingFaceNames: [String] { get }
  /// Reads config.json.
  ///
  /// - Throws: `CheckpointError.setting` for a key that is missing or asks for what the decoder cannot do.
  func shape(_ config: JSONObject) throws(CheckpointError) -> DecoderShape
  /// Reads a GGUF file's metadata.
  func shape(_ file: GGUFFile) throws(CheckpointError) -> DecoderShape
  /// Every tensor of the model, in the order in which a GGUF file lists them.
  func weights(_ shape: DecoderShape) -> [WeightSpec]
  /// Metadata that describes the shape in a GGUF file, without the general and tokenizer keys.
  func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)]
  /// Whether a tensor that no `WeightSpec` names may be left out, because it repeats what is known from elsewhere.
  func isRedundant(_ tensor: String, in shape: DecoderShape) -> Bool
  /// How the matrices of a block hang together.
  func wiring(_ shape: DecoderShape) -> BlockWiring
  /// Tensors that a GGUF file holds and a checkpoint computes from its configuration.
  func derivedTensors(_ shape: DecoderShape) -> [DerivedTensor]
}

/// A small Float32 vector that follows from the configuration.
package struct DerivedTensor: Sendable, Equatable {
  package let name: String
  package let values: [Float]
}

/// One tensor of a model.
package struct WeightSpec: Sendable, Equatable {
  package let role: Role
  /// The block that it belongs to; nil for the tables and the last norm.
  package let layer: Int?
  package let huggingFaceName: String
  package let ggufName: String
  /// 1 for a vector.
  package let rows: Int
  package let columns: Int
  package let isVector: Bool
  package let ggufRowOrder: RowOrder

  package init(
    _ role: Role, layer: Int? = nil, huggingFace: String, gguf: String, rows: Int, columns: Int,
    ggufRowOrder: RowOrder = .natural
  ) {
    self.role = role
    self.layer = layer
    huggingFaceName = huggingFace
    ggufName = gguf
    self.rows = rows
    self.columns = columns
    isVector = false
    self.ggufRowOrder = ggufRowOrder
  }

  package init(_ role: Role, layer: Int? = nil, huggingFace: String, gguf: String, vector count: Int) {
    self.role = role
    self.layer = layer
    huggingFaceName = huggingFace
    ggufName = gguf
    rows = 1
    columns = count
    isVector = true
    ggufRowOrder = .natural
  }

  /// Outermost first.
  package var shape: [Int] { isVector ? [columns] : [rows, columns] }
}

/// How the rows of a tensor in a GGUF file relate to those of a Hugging Face checkpoint.
package enum RowOrder: Sendable, Equatable {
  case natural
  /// Components that rotate together, (i, i + d/2) in a checkpoint, are neighbours in the file. `d` is `headSize`.
  case rotaryPairs(headSize: Int)

  /// The checkpoint's row that stands at `row` of the GGUF file.
  package func checkpointRow(_ row: Int) -> Int {
    switch self {
    case .natural:
      return row
    case .rotaryPairs(let size):
      let (head, place) = row.quotientAndRemainder(dividingBy: size)
      return head * size + place % 2 * (size / 2) + place / 2
    }
  }

  /// Rows of a checkpoint in the order of the GGUF file.
  package func forGGUF<T>(_ matrix: borrowing RowMajor<T>) -> RowMajor<T> {
    reordered(matrix) { checkpointRow($0) }
  }

  /// Rows of a GGUF file in the order of the checkpoint.
  package func fromGGUF<T>(_ matrix: borrowing RowMajor<T>) -> RowMajor<T> {
    var inverse = [Int](repeating: 0, count: matrix.rows)
    for row in 0..<matrix.rows { inverse[checkpointRow(row)] = row }
    return reordered(matrix) { inverse[$0] }
  }

  private func reordered<T>(_ matrix: borrowing RowMajor<T>, _ source: (Int) -> Int) -> RowMajor<T> {
    var result = RowMajor<T>(uninitializedRows: matrix.rows, columns: matrix.columns)
    for row in 0..<matrix.rows { result.replaceRows(from: row, with: matrix.copy(rows: source(row)..<source(row) + 1)) }
    return result
  }
}

/// Every family that this version knows.
package enum Architectures {
  package static let all: [any Architecture] = [
    Llama()
  ]
}
