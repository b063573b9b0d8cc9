import Solvers
import Transforms

/// What was done to one tensor: asked, used, measured.
package struct LedgerEntry: Sendable, Equatable, Codable {
  package let tensor: String
  package let rows: Int
  package let columns: Int
  package let typeAsked: String
  package let typeUsed: String
  /// Why the type that was asked for was not used.
  package let fallback: String?
  package let solver: String?
  /// Why that is not the solver that was asked for.
  package let solverFallback: String?
  /// Calibration tokens behind the Hessian; 0 where it does not come from activations.
  package let tokens: Int
  package let dampingAsked: Float?
  package let dampingUsed: Float?
  package let deadColumns: Int
  /// tr(Δ H Δᵀ) / tr(W H Wᵀ) with Δ = W − Q, after rounding every weight to its nearest level on the same grid.
  package let roundingError: Double?
  /// The same of the codes that were written.
  package let error: Double?
  /// The same with the weights that the solver aimed at in the place of W, where it followed the original network's inputs.
  package let targetError: Double?
  /// What each step of the solver left of its objective; none can raise it.
  package let steps: [SolveStep]
  package let bytes: Int
  package let seconds: Double
  /// The scale of its inputs as eight-bit integers, where a product asks for one.
  package let inputScale: Float?
  /// Nats per token that its error is foretold to cost: ½ tr(Δᵀ B Δ A) / T, with A and B from gradients; nil without them.
  package let foretold: Double?
  /// Calibration tokens that the router sent to this expert; nil for what is none.
  package internal(set) var expertTokens: Int?
  /// What it was calibrated with instead because they were too few: `all_tokens`, or what experts saw together (`shared`).
  package internal(set) var starved: String?
}

/// One record for each tensor, in the order in which they were compiled, and for each edit before that.
package struct Ledger: Sendable, Equatable, Codable {
  package internal(set) var entries: [LedgerEntry] = []
  /// What transforms did, site by site.
  package internal(set) var transforms: [TransformRecord] = []

  /// Tensors that did not get the type, or the solver, that was asked for.
  package var fallbacks: Int { entries.count { $0.fallback != nil || $0.solverFallback != nil } }
  /// The largest relative output error; nil when nothing was solved.
  package var maximumLayerError: Double? { entries.compactMap(\.error).max() }

  /// Storage for one weight, in bits, without any container's header.
  var bitsPerWeight: Double {
    8 * Double(entries.reduce(0) { $0 + $1.bytes }) / Double(max(1, entries.reduce(0) { $0 + $1.rows * $1.columns }))
  }

  /// Nats per token that all tensors are foretold to cost together; nil where no gradients are known.
  package var foretold: Double? {
    let costs = entries.compactMap(\.foretold)
    return costs.isEmpty ? nil : costs.reduce(0, +)
  }

  /// The fewest tokens that any expert was sent; nil where there are no experts, or nothing was calibrated.
  package var fewestExpertTokens: Int? { entries.compactMap(\.expertTokens).min() }

  /// The tensors of each type together, fewest bits first.
  package var types: [TypeShare] {
    Dictionary(grouping: entries, by: \.typeUsed).map { TypeShare(type: $0, of: $1) }
      .sorted { ($0.bitsPerWeight, $0.type) < ($1.bitsPerWeight, $1.type) }
  }
}

/// All tensors of one type.
package struct TypeShare: Sendable, Equatable, Codable {
  package let type: String
  package let tensors: Int
  package let weights: Int
  package let bytes: Int
  package let bitsPerWeight: Double

  init(type: String, of entries: [LedgerEntry]) {
    self.type = type
    tensors = entries.count
    weights = entries.reduce(0) { $0 + $1.rows * $1.columns }
    bytes = entries.reduce(0) { $0 + $1.bytes }
    bitsPerWeight = 8 * Double(bytes) / Double(max(1, weights))
  }
}
