import Tensors

/// The weights of one block by what they do, in the row order of Hugging Face checkpoints.
package struct BlockWeights: Sendable {
  /// The block's place in the model.
  package let layer: Int
  private var matrices: [Role: SharedMatrix]

  package init(layer: Int, _ matrices: [Role: SharedMatrix]) {
    self.layer = layer
    self.matrices = matrices
  }

  /// The matrix of a role.
  ///
  /// - Precondition: the architecture names it; every block is loaded whole.
  package subscript(role: Role) -> SharedMatrix {
    get {
      guard let matrix = matrices[role] else { preconditionFailure("a block without \(role)") }
      return matrix
    }
    set { matrices[role] = newValue }
  }

  /// The matrix of a role that only some families have.
  package func optional(_ role: Role) -> SharedMatrix? { matrices[role] }

  /// Lets a matrix go that is not needed any more.
  package mutating func release(_ role: Role) {
    matrices[role] = nil
  }
}
