import LinearAlgebra
import Tensors

/// One operation of a block: it reads edges and writes others. A block is a list of them, and all that is known of a block is
/// derived from that list.
///
/// A kind of step is a file: this protocol, and its adjoint.
package protocol Step: Sendable {
  /// The edges that it reads.
  var reads: [Edge] { get }
  /// The edges that it writes, and how many columns each has.
  ///
  /// - Parameter columns: of what it reads.
  func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)]
  /// The tensors that it takes of a checkpoint.
  func tensors(_ columns: [Edge: Int]) -> [BlockTensor]
  /// Edges that calibration looks at although none of these tensors multiplies what stands there.
  var observed: [Edge] { get }
  /// Whether what it writes for one token depends on other tokens.
  var mixesTokens: Bool { get }
  /// The channels that it passes on, where each column of an edge that it writes is proportional to one column of what it reads.
  func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource?
  func run(_ run: StepRun, _ observe: StepRun.Observer)
  /// Takes the gradients with respect to what it writes and adds those with respect to what it reads.
  func adjoint(_ back: Backward, _ observe: Backward.Observer)
}

extension Step {
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] { [] }
  package var observed: [Edge] { [] }
  package var mixesTokens: Bool { false }
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? { nil }
}

/// A tensor of a block.
package struct BlockTensor: Sendable, Equatable {
  package let role: Role
  /// nil for a vector.
  package var rows: Int?
  package let columns: Int
  /// How many there are, where each expert has one.
  package var experts: Int?
  /// The edge that it multiplies, where calibration looks at it.
  package var site: Site?
  /// Whether an earlier step of the block takes it, too.
  package var isRepeated = false
}

/// Where channels come from.
package struct ChannelSource: Sendable, Equatable {
  package let edge: Edge
  /// For each column that is written the column that is read.
  package let columns: [Int]
}

/// One pass over steps of a block: what they are run with.
package final class StepRun {
  /// Is shown what the matrices of a site are about to read, `[tokens, inputs]`, and which of its rows are a unit.
  package typealias Observer = (Site, borrowing Matrix, [RowUnit]) -> Void

  let block: BlockSteps
  package let weights: BlockWeights
  /// The expert that is run, of many.
  let expert: Int?
  package let edges: Edges
  package let sequences: SequenceRows
  package private(set) var units: [RowUnit]
  /// Angles of every rotary embedding of the model.
  let rotary: [RotaryEmbedding: RotaryTables]
  package let workers: Workers
  /// Whether what stands on edges stays there for the way back.
  var keepsEdges = false
  /// Edges that nothing reads after the step that is run.
  private var ending: Set<Edge> = []

  init(
    _ block: BlockSteps, _ weights: BlockWeights, expert: Int? = nil, _ edges: Edges, _ sequences: SequenceRows,
    units: [RowUnit],
    _ rotary: [RotaryEmbedding: RotaryTables], on workers: Workers
  ) {
    (self.block, self.weights, self.expert, self.edges) = (block, weights, expert, edges)
    (self.sequences, self.units, self.rotary, self.workers) = (sequences, units, rotary, workers)
  }

  /// - Precondition: some block turns its queries so.
  func tables(_ embedding: RotaryEmbedding) -> RotaryTables {
    guard let tables = rotary[embedding] else { preconditionFailure("a rotary embedding that no block has") }
    return tables
  }

  package func read(_ edge: Edge) -> HeldMatrix { edges[edge] }

  /// What stands on an edge, to be changed: itself where nothing else reads it, or a copy.
  package func take(_ edge: Edge) -> Matrix { ending.contains(edge) ? edges[edge].take() : edges[edge].matrix.copy() }

  package func write(_ matrix: consuming Matrix, to edge: Edge) { edges[edge] = HeldMatrix(matrix) }

  /// x Wᵀ, with x as the matrix reads it.
  ///
  /// - Parameter index: of the matrix, where several are stacked.
  package func product(_ x: borrowing Matrix, _ role: Role, at index: Int? = nil) -> Matrix {
    let expert = index ?? expert
    let matrix = weights[role, expert: expert]
    let rows = units.map(\.rows)
    guard let inputs = weights.inputs(of: role, expert: expert) else {
      return linear(x, matrix.matrix, units: rows, on: workers)
    }
    return linear(inputs.rounded(x, on: workers), matrix.matrix, units: rows, on: workers)
  }

  /// A pass over steps of their own, for rows of their own.
  func inner(_ block: BlockSteps, _ input: HeldMatrix, expert: Int? = nil, _ units: [RowUnit]) -> StepRun {
    let edges = Edges()
    for edge in block.inputs.keys { edges[edge] = input }
    return StepRun(block, weights, expert: expert, edges, sequences, units: units, rotary, on: workers)
  }

  /// Runs steps of the block, one after the other. What no later step reads is let go.
  ///
  /// - Parameters:
  ///   - range: nil for all.
  ///   - extent: how much of them.
  ///   - observed: sites that were shown before.
  /// - Returns: what stands on the edges then.
  @discardableResult
  func run(
    _ range: Range<Int>?, _ extent: Decoder.Extent, observed: Set<Site> = [], _ observe: Observer
  ) -> Edges {
    let range = range ?? block.steps.indices
    var (kept, needed) = (block.live(before: range.upperBound), Set(range))
    if case .allSites = extent { (kept, needed) = (Set(edges.all), block.stepsBeforeSites(of: range)) }
    var seen = observed
    // Where no step mixes tokens, none looks at other rows.
    if case .rows(let rows) = extent, block.lastMix == nil, range.lowerBound == 0 {
      edges.keep(rows: rows)
      units = [RowUnit(rows: rows.indices)]
    }
    for index in range {
      for site in block.sites[index] where seen.insert(site).inserted {
        observe(site.of(expert: expert), edges[site].matrix, units)
      }
      let step = block.steps[index]
      let read = keepsEdges ? [] : Set(step.reads).subtracting(kept)
      ending = read.filter { !block.isRead($0, in: index + 1..<range.upperBound) }
      let last = ending
      if needed.contains(index) { step.run(self, observe) }
      for edge in last { edges.remove(edge) }
      // Nothing after the last mix looks at other rows.
      if case .rows(let rows) = extent, index == block.lastMix {
        edges.keep(rows: rows)
        units = [RowUnit(rows: rows.indices)]
      }
    }
    return edges
  }
}
