import Tensors

/// One matrix or vector of a model, and where each container keeps it.
package struct WeightSpec: Sendable, Equatable {
  /// One of several that are alike.
  package struct Expert: Sendable, Equatable {
    package let index: Int
    package let count: Int

    package init(index: Int, count: Int) {
      self.index = index
      self.count = count
    }
  }

  package let role: Role
  /// nil for what there is only one of in a block.
  package let expert: Expert?
  /// Where it finds its input; nil for what multiplies nothing.
  package let site: Site?
  /// The block that it belongs to; nil for the tables and the last norm.
  package let layer: Int?
  /// 1 for a vector.
  package let rows: Int
  package let columns: Int
  package let isVector: Bool
  /// Where a Hugging Face folder keeps it that gives it a tensor of its own, as runtimes of quantized folders want it.
  package let folder: StoredPlace
  /// Where else a folder may keep it: in tensors of several matrices.
  package let fused: [StoredPlace]
  /// Where a GGUF file keeps it.
  package let gguf: StoredPlace

  /// - Parameter sides: outermost first: two of a matrix, one of a vector.
  package init(
    _ role: Role, layer: Int? = nil, expert: Expert? = nil, site: Site? = nil, sides: [Int], folder: StoredPlace,
    fused: [StoredPlace] = [],
    gguf: StoredPlace
  ) {
    self.role = role
    self.layer = layer
    self.expert = expert
    self.site = site
    isVector = sides.count == 1
    rows = isVector ? 1 : sides[0]
    columns = sides[sides.count - 1]
    self.folder = folder
    self.fused = fused
    self.gguf = gguf
  }

  package var huggingFaceName: String { folder.tensor }
  package var ggufName: String { gguf.tensor }

  /// The GGUF name, with the expert's number where there are several, and with its rows where those of others stand beside them.
  package var label: String {
    let range = gguf.share.map { ", rows \($0 * rows)-\(($0 + 1) * rows - 1)" } ?? ""
    return ggufName + (expert.map { "[\($0.index)\(range)]" } ?? "")
  }

  /// Outermost first.
  package var shape: [Int] { isVector ? [columns] : [rows, columns] }

  /// Rows of bytes in the order of a GGUF file.
  package func forGGUF<T>(_ packed: borrowing RowMajor<T>) -> RowMajor<T> {
    let order = gguf.storage.rowOrder
    guard isVector else { return order.forFile(packed) }
    return order.forFile(packed.reshaped(rows: columns)).reshaped(rows: 1)
  }
}
