import Tensors

/// One tensor of a model.
package struct WeightSpec: Sendable, Equatable {
  /// One of several that a GGUF file keeps in one tensor.
  package struct Expert: Sendable, Equatable {
    package let index: Int
    package let count: Int
  }

  package let role: Role
  /// nil for what there is only one of in a block.
  package private(set) var expert: Expert?
  /// The block that it belongs to; nil for the tables and the last norm.
  package let layer: Int?
  package let huggingFaceName: String
  package let ggufName: String
  /// 1 for a vector.
  package let rows: Int
  package let columns: Int
  package let isVector: Bool
  /// How a Hugging Face folder stores it.
  package let storage: WeightStorage
  /// How a GGUF file orders its rows, or the elements of a vector.
  package let ggufRowOrder: RowOrder

  package init(
    _ role: Role, layer: Int? = nil, huggingFace: String, gguf: String, rows: Int, columns: Int,
    storage: WeightStorage = .plain, ggufRowOrder: RowOrder = .natural
  ) {
    self.role = role
    self.layer = layer
    huggingFaceName = huggingFace
    ggufName = gguf
    self.rows = rows
    self.columns = columns
    isVector = false
    self.storage = storage
    self.ggufRowOrder = ggufRowOrder
  }

  package init(
    _ role: Role, layer: Int? = nil, huggingFace: String, gguf: String, vector count: Int,
    storage: WeightStorage = .plain, ggufRowOrder: RowOrder = .natural
  ) {
    self.role = role
    self.layer = layer
    huggingFaceName = huggingFace
    ggufName = gguf
    rows = 1
    columns = count
    isVector = true
    self.storage = storage
    self.ggufRowOrder = ggufRowOrder
  }

  /// The same for one of several experts.
  func of(_ expert: Expert) -> WeightSpec {
    var spec = self
    spec.expert = expert
    return spec
  }

  /// The GGUF name, with the expert's number where there are several.
  package var label: String { ggufName + (expert.map { "[\($0.index)]" } ?? "") }

  /// Outermost first.
  package var shape: [Int] { isVector ? [columns] : [rows, columns] }

  /// The sides of the tensor of a GGUF file that holds it.
  package var ggufShape: [Int] { (expert.map { [$0.count] } ?? []) + shape }

  /// The sides that a Hugging Face folder gives it.
  package var huggingFaceShape: [Int] { storage.shape(shape) }

  /// Where it finds its input; nil for what multiplies nothing.
  package var site: Site? { expert.map { role.site(expert: $0.index) } ?? role.site }

  /// Rows of bytes in the order of a GGUF file.
  package func forGGUF<T>(_ packed: borrowing RowMajor<T>) -> RowMajor<T> {
    guard isVector else { return ggufRowOrder.forFile(packed) }
    return ggufRowOrder.forFile(packed.reshaped(rows: columns)).reshaped(rows: 1)
  }

  /// Values of a GGUF file in the order of the decoder.
  func fromGGUF(_ matrix: consuming Matrix) -> Matrix {
    guard ggufRowOrder != .natural else { return matrix }
    guard isVector else { return ggufRowOrder.fromFile(matrix) }
    return ggufRowOrder.fromFile(matrix.reshaped(rows: columns)).reshaped(rows: 1)
  }
}
