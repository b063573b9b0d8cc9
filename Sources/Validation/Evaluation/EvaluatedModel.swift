import Checkpoints
import Models
import Tensors

/// A model under evaluation: as it is stored, or as an F16 file would hold it.
package struct EvaluatedModel: Sendable {
  package enum Precision: Sendable {
    case stored
    /// Matrices rounded to Float16; vectors, positions and routers stay as they are, as in every F16 file.
    case float16
  }

  package let source: ModelSource
  private let precision: Precision

  package init(_ source: ModelSource, _ precision: Precision = .stored) {
    self.source = source
    self.precision = precision
  }

  /// Whether rounding to F16 changes nothing: every matrix is stored in F16.
  package static func isFloat16(_ source: ModelSource) -> Bool {
    source.adapters.isEmpty
      && source.weights.allSatisfy { weight in
        !isHalved(weight)
          || source.source.tensors[source.name(of: weight)]?.storage.name == "f16"
      }
  }

  /// Whether an F16 file holds a tensor in F16.
  private static func isHalved(_ weight: WeightSpec) -> Bool {
    let floats: Set<Role> = [
      .positionEmbedding, .tokenTypeEmbedding, .router, .altUpPrediction, .altUpCorrection,
    ]
    return weight.rows > 1 && !floats.contains(weight.role)
  }

  func block(_ layer: Int) throws(CheckpointError) -> BlockWeights {
    guard precision == .float16 else { return try source.block(layer) }
    var block = try source.block(layer)
    for spec in source.specs(layer: layer) where Self.isHalved(spec) {
      block[spec] = SharedMatrix(Self.halved(block[spec].matrix.copy()))
    }
    return block
  }

  func matrix(_ role: Role) throws(CheckpointError) -> Matrix {
    if let ones = source.shape.ones(role) { return ones.matrix.copy() }
    guard let spec = source.spec(role, layer: nil) else { preconditionFailure("a model without \(role)") }
    return try matrix(spec)
  }

  /// What turns tokens into the rows that the first block reads.
  func input() throws(CheckpointError) -> InputWeights {
    try InputWeights { role throws(CheckpointError) in try optional(role) }
  }

  func optional(_ role: Role) throws(CheckpointError) -> SharedMatrix? {
    if let ones = source.shape.ones(role) { return ones }
    guard let spec = source.spec(role, layer: nil) else { return nil }
    return SharedMatrix(try matrix(spec))
  }

  private func matrix(_ spec: WeightSpec) throws(CheckpointError) -> Matrix {
    let matrix = try source.matrix(spec)
    guard precision == .float16, Self.isHalved(spec) else { return matrix }
    return Self.halved(matrix)
  }

  private static func halved(_ matrix: consuming Matrix) -> Matrix {
    var elements = matrix.mutableElements
    for index in 0..<elements.count { unsafe elements[unchecked: index] = Float(Float16(elements[unchecked: index])) }
    return matrix
  }
}
