import Checkpoints
import Tensors

/// The weights of one block by what they do, in the row order of Hugging Face checkpoints.
package struct BlockWeights: Sendable {
  /// The block's place in the model.
  package let layer: Int
  private var matrices: [Key: SharedMatrix]
  /// How what a matrix reads is rounded, where it is.
  private var inputs: [Key: InputQuantization] = [:]

  /// Which of the matrices of a block.
  package struct Key: Hashable, Sendable, Codable {
    package let role: Role
    package var expert: Int?

    package init(_ role: Role, expert: Int? = nil) {
      self.role = role
      self.expert = expert
    }
  }

  package init(layer: Int, _ matrices: [Role: SharedMatrix]) {
    self.layer = layer
    self.matrices = Dictionary(uniqueKeysWithValues: matrices.map { (Key($0), $1) })
  }

  /// The matrix of a role, or of an expert.
  ///
  /// - Precondition: the architecture names it; every block is loaded whole.
  package subscript(role: Role, expert index: Int? = nil) -> SharedMatrix {
    get {
      guard let matrix = matrices[Key(role, expert: index)] else {
        preconditionFailure("a block without \(role)\(index.map { " of expert \($0)" } ?? "")")
      }
      return matrix
    }
    set { matrices[Key(role, expert: index)] = newValue }
  }

  /// The matrix of a tensor of this block.
  package subscript(spec: WeightSpec) -> SharedMatrix {
    get { self[spec.role, expert: spec.expert?.index] }
    set { self[spec.role, expert: spec.expert?.index] = newValue }
  }

  /// How what a matrix reads is rounded; nil where it is not.
  package func inputs(of role: Role, expert: Int? = nil) -> InputQuantization? {
    inputs[Key(role, expert: expert)]
  }

  /// Says how what a matrix reads is rounded.
  package mutating func setInputs(of spec: WeightSpec, _ quantization: InputQuantization?) {
    inputs[spec.key] = quantization
  }

  /// The same weights, reading inputs as they are.
  package func withPlainInputs() -> BlockWeights {
    var block = self
    block.inputs = [:]
    return block
  }

  /// Lets a matrix go that is not needed any more.
  package mutating func release(_ spec: WeightSpec) {
    matrices[spec.key] = nil
  }
}

extension WeightSpec {
  /// Which of the matrices of its block it is.
  package var key: BlockWeights.Key { BlockWeights.Key(role, expert: expert?.index) }
}
