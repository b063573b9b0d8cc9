/// The weights of a folder that another program, or this one, quantized: its tensors put together to matrices.
///
/// Everything that reads a folder sees matrices under the names that the unquantized model has.
struct QuantizedFolder {
  private let path: String
  private let method: any QuantizationMethod
  private let stored: TensorTable

  /// - Parameters:
  ///   - path: the folder, for error messages.
  ///   - stored: its tensors as the files hold them.
  init(path: String, _ method: any QuantizationMethod, _ stored: TensorTable) {
    self.path = path
    self.method = method
    self.stored = stored
  }

  /// The tensors put together, in the order in which the first of each is stored; what is not quantized as it is.
  ///
  /// - Throws: what is wrong with which tensor.
  func assembled() throws(CheckpointError) -> TensorTable {
    var names: Set<String> = []
    var matrices: [String: StoredTensor] = [:]
    for tensor in stored.all {
      guard let name = method.matrix(of: tensor, in: stored) else { continue }
      let reader = PartReader(tensors: stored, path: path, module: name.module)
      let (shape, weights) = try method.weights(reader, name.suffix)
      let matrix = StoredTensor(name: name.whole, shape: shape, weights)
      for part in weights.parts { names.insert(part.name) }
      matrices[tensor.name] = matrix
    }
    var table = TensorTable()
    for tensor in stored.all {
      if let matrix = matrices[tensor.name] {
        guard table.add(matrix) else {
          throw .malformed(
            path: tensor.path, part: .tensor(matrix.name, "storage"), found: "it as numbers and as \(tensor.name)",
            expected: "one of them")
        }
      } else if !names.contains(tensor.name) {
        guard table.add(tensor) else {
          throw .malformed(
            path: tensor.path, part: .tensor(tensor.name, "storage"), found: "it as numbers and quantized",
            expected: "one of them")
        }
      }
    }
    return table
  }
}
