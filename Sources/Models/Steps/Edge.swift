import Tensors

/// Activations between the steps of a block, `[tokens, n]`, by a name. What no step of a block writes, the block is given.
package struct Edge: Sendable, Hashable, Codable, ExpressibleByStringLiteral {
  package let name: String
  /// The expert that it belongs to, where each has one.
  package private(set) var expert: Int?
  /// The block that writes it, where later blocks read it too, below 0 for what comes with the tokens; nil for what ends with its block.
  package private(set) var layer: Int?

  package init(_ name: String, expert: Int? = nil, layer: Int? = nil) {
    self.name = name
    self.expert = expert
    self.layer = layer
  }

  package init(stringLiteral name: String) { self.init(name) }

  /// The same edge of one of several experts.
  package func of(expert: Int?) -> Edge { Edge(name, expert: expert, layer: layer) }

  /// What reports call it.
  package var label: String { name + (expert.map { "[\($0)]" } ?? "") }
}

/// An edge that matrices read, where calibration looks at activations.
package typealias Site = Edge

extension Edge {
  /// The residual stream as a block reads it, and as it leaves it.
  package static let blockInput: Edge = "blockInput"
  package static let blockOutput: Edge = "blockOutput"
  /// The stream once attention was added.
  package static let afterAttention: Edge = "afterAttention"
  package static let attentionInput: Edge = "attentionInput"
  package static let attentionContext: Edge = "attentionContext"
  package static let feedForwardInput: Edge = "feedForwardInput"
  package static let feedForwardProduct: Edge = "feedForwardProduct"
  /// What the last matrix of the expert reads that every token goes to.
  package static let sharedProduct: Edge = "sharedProduct"
  /// What gates the embedding of a layer, times that embedding.
  package static let layerInputProduct: Edge = "layerInputProduct"
  /// The embedding that a layer is given beside the stream.
  package static func layerInput(_ layer: Int) -> Edge { Edge("layerInput.\(layer)", layer: beforeBlocks) }
  /// One of several streams behind a layer.
  static func stream(_ index: Int, behind layer: Int) -> Edge { Edge("stream.\(index)", layer: layer) }
  /// Whether it is one of several streams, which are all as wide as one would be.
  var isStream: Bool { layer != nil && name.hasPrefix("stream.") }
  /// What stands before all blocks is written by none.
  static let beforeBlocks = -1
  /// Read by the output matrix of the model.
  package static let finalHidden: Edge = "finalHidden"
  /// What a router reads, and what the tokens that it sends to experts come from, beside a feed-forward layer with norms of its own.
  package static let routerInput: Edge = "routerInput"
  package static let expertsInput: Edge = "expertsInput"
  /// The tokens that go to an expert.
  package static func expertInput(_ expert: Int?) -> Edge { Edge("expertInput", expert: expert) }
  /// What the last matrix of an expert reads.
  package static func expertProduct(_ expert: Int?) -> Edge { Edge("expertProduct", expert: expert) }
}

/// What stands on the edges at one place of a block. Every matrix is one that steps may take and change.
package final class Edges {
  private var matrices: [Edge: HeldMatrix] = [:]

  package init() {}

  /// Before the first step.
  package init(stream: consuming Matrix) { self[.blockInput] = HeldMatrix(stream) }

  /// In the order of their names.
  package var all: [Edge] { matrices.keys.sorted { ($0.name, $0.layer ?? -1) < ($1.name, $1.layer ?? -1) } }

  /// - Precondition: read only where a step has written.
  package subscript(edge: Edge) -> HeldMatrix {
    get {
      guard let matrix = matrices[edge] else { preconditionFailure("nothing stands on the edge \(edge.label)") }
      return matrix
    }
    set { matrices[edge] = newValue }
  }

  package func remove(_ edge: Edge) { matrices[edge] = nil }

  /// The residual stream between blocks, which is taken.
  package func takeStream() -> Matrix { self[.blockInput].take() }

  /// What a block leaves is what the next one reads.
  func endBlock() {
    matrices[.blockInput] = matrices.removeValue(forKey: .blockOutput)
  }

  /// Some rows of all that stands here.
  func keep(rows: [Int]) {
    for matrix in matrices.values { matrix.matrix = matrix.matrix.copy(rows: rows) }
  }
}

/// A matrix that can be taken out.
package final class HeldMatrix {
  package var matrix: Matrix

  package init(_ matrix: consuming Matrix = Matrix(rows: 0, columns: 0)) {
    self.matrix = matrix
  }

  package func take() -> Matrix {
    var taken = Matrix(rows: 0, columns: 0)
    swap(&taken, &matrix)
    return taken
  }
}
