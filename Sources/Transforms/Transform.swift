import Models
import Schemes
import Solvers
import Tensors

/// An edit of a model's weights that keeps its function and makes the weights easier to quantize.
package protocol Transform: Sendable {
  /// The name by which pipeline files and reports know it, such as `awq`.
  var name: String { get }
  /// Whether it edits the whole model as it is read, before anything is calibrated.
  var editsWholeModel: Bool { get }
  /// Why it cannot be applied to a model; nil where it can.
  func obstacle(_ model: any ModelWeights) -> String?
  /// The model as this transform edits it whole.
  func applied(to model: any ModelWeights, on workers: Workers) -> any ModelWeights
  /// Edits one block after it was observed, and what was observed with it.
  ///
  /// - Parameter schemes: of the matrices that will be quantized.
  func edit(_ block: inout ObservedBlock, _ schemes: [Role: any Scheme], on workers: Workers) -> [TransformRecord]
}

extension Transform {
  package var editsWholeModel: Bool { false }
  package func obstacle(_ model: any ModelWeights) -> String? { nil }
  package func applied(to model: any ModelWeights, on workers: Workers) -> any ModelWeights { model }
  package func edit(
    _ block: inout ObservedBlock, _ schemes: [Role: any Scheme], on workers: Workers
  ) -> [TransformRecord] { [] }
}

/// A block's weights and what calibration saw at each of its sites.
package struct ObservedBlock: Sendable {
  package let layer: Int
  package let wiring: BlockWiring
  package var weights: BlockWeights
  package var statistics: [Site: ActivationStatistics]

  package init(layer: Int, wiring: BlockWiring, weights: BlockWeights, statistics: [Site: ActivationStatistics]) {
    self.layer = layer
    self.wiring = wiring
    self.weights = weights
    self.statistics = statistics
  }
}

/// What a transform did at one site of a block.
package struct TransformRecord: Sendable, Equatable, Codable {
  package let transform: String
  package let layer: Int
  package let site: String
  /// The exponent of activations in the scale of each channel; 0 leaves them as they are.
  package let exponent: Float
  /// tr(Δ H Δᵀ) / tr(W H Wᵀ) of some rows of the matrices that read the site, rounded to nearest, before the edit.
  package let errorBefore: Double
  /// The same after it.
  package let errorAfter: Double
}
