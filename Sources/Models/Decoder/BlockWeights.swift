import Checkpoints
import Tensors

/// The weights of one block by what they do, in the row order of Hugging Face checkpoints.
package struct BlockWeights: Sendable {
  /// The block's place in the model.
  package let layer: Int
  private var matrices: [Role: SharedMatrix]
  private var experts: [Expert: SharedMatrix] = [:]
  /// How what a matrix reads is rounded, where it is.
  private var inputs: [Reader: InputQuantization] = [:]

  private struct Expert: Hashable {
    let role: Role
    let index: Int
  }

  private struct Reader: Hashable {
    let role: Role
    let expert: Int?
  }

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

  /// The matrix of an expert.
  ///
  /// - Precondition: the block has so many.
  package subscript(role: Role, expert index: Int) -> SharedMatrix {
    guard let matrix = experts[Expert(role: role, index: index)] else {
      preconditionFailure("a block without \(role) of expert \(index)")
    }
    return matrix
  }

  /// The matrix of a tensor of this block.
  package subscript(spec: WeightSpec) -> SharedMatrix {
    get { spec.expert.map { self[spec.role, expert: $0.index] } ?? self[spec.role] }
    set {
      if let expert = spec.expert {
        experts[Expert(role: spec.role, index: expert.index)] = newValue
      } else {
        self[spec.role] = newValue
      }
    }
  }

  /// How what a matrix reads is rounded; nil where it is not.
  package func inputs(of role: Role, expert: Int? = nil) -> InputQuantization? {
    inputs[Reader(role: role, expert: expert)]
  }

  /// Says how what a matrix reads is rounded.
  package mutating func setInputs(of spec: WeightSpec, _ quantization: InputQuantization?) {
    inputs[Reader(role: spec.role, expert: spec.expert?.index)] = quantization
  }

  /// The same weights, reading inputs as they are.
  package func withPlainInputs() -> BlockWeights {
    var block = self
    block.inputs = [:]
    return block
  }

  /// The matrix of a role that only some families have.
  package func optional(_ role: Role) -> SharedMatrix? { matrices[role] }

  /// Lets a matrix go that is not needed any more.
  package mutating func release(_ spec: WeightSpec) {
    if let expert = spec.expert {
      experts[Expert(role: spec.role, index: expert.index)] = nil
    } else {
      matrices[spec.role] = nil
    }
  }
}
