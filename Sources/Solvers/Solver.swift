import Schemes
import Tensors

/// Chooses a code for every weight. A solver knows weights, a scheme and statistics; it knows no model and no file.
package protocol Solver: Sendable {
  /// The name by which pipeline files and reports know it, such as `gptq`.
  var name: String { get }
  /// What it must know about the inputs of a layer.
  var needs: StatisticsNeed { get }
  /// Whose errors it is to make small; nil for those of the loss wherever gradients are known.
  var loss: Loss? { get }
  /// What a solve takes of the machine.
  var effort: SolverEffort { get }
  /// Whether it groups columns that do not stand side by side: `Solution.columnOrder`.
  var sortsColumns: Bool { get }
  /// Bytes that each worker holds of the tile of rows that it is at.
  func tileBytes(rows: Int, columns: Int, _ scheme: any Scheme) -> Int
  /// Why it cannot solve matrices of a scheme, or nil.
  func obstacle(_ scheme: any Scheme) -> SolveError?
  /// Fits the scheme's grid and chooses codes such that the layer's output changes little.
  ///
  /// - Parameter weights: `[rows, columns]`, finite; `columns` is a multiple of the scheme's block.
  func solve(
    _ weights: borrowing Matrix, _ scheme: any Scheme, _ statistics: ActivationStatistics, on workers: Workers
  ) throws(SolveError) -> Solution
}

extension Solver {
  package var loss: Loss? { nil }
  package var effort: SolverEffort { .none }
  package var sortsColumns: Bool { false }
  package func tileBytes(rows: Int, columns: Int, _ scheme: any Scheme) -> Int {
    RowTile.bytes(rows: rows, columns: columns, blockSize)
  }
  package func obstacle(_ scheme: any Scheme) -> SolveError? { nil }
}

/// What a matrix is solved for.
package enum Loss: String, Sendable, CaseIterable {
  /// The divergence of the model's predictions, by the Fisher matrix: statistics weigh tokens by their gradients and hold an
  /// `OutputMetric`.
  case fisher
  /// The outputs of the layer, each of which counts alike on every token.
  case layer
}

/// What solving a matrix takes, in units of its own and its Hessian's size.
package struct SolverEffort: Sendable {
  /// Products of the matrix with a Hessian.
  package let products: Double
  /// Products of the matrix with the metric of its outputs, where that is known and rows are solved together. All of the matrix is
  /// held then: values, their gradients and codes.
  package let outputProducts: Double
  /// Matrices of the Hessian's size that are held beside it for all matrices that read the same input.
  package let hessianSizedBuffers: Int

  /// Of a solver that works without the Hessian.
  package static let none = SolverEffort(products: 0, hessianSizedBuffers: 0)

  package init(products: Double, outputProducts: Double = 0, hessianSizedBuffers: Int) {
    self.products = products
    self.outputProducts = outputProducts
    self.hessianSizedBuffers = hessianSizedBuffers
  }
}

/// How much a solver must know about the inputs of a layer.
package enum StatisticsNeed: Int, Sendable, Comparable {
  /// Nothing; where the importance of inputs is known it is used.
  case nothing
  /// The whole Hessian.
  case hessian
  /// The Hessian, and how far inputs have drifted from those of the original network.
  case drift

  package static func < (a: StatisticsNeed, b: StatisticsNeed) -> Bool { a.rawValue < b.rawValue }
}

/// Codes, the grid that gives them meaning, and how they came about.
package struct Solution: ~Copyable, Sendable {
  /// `[rows, columns]`
  package let codes: Codes
  package let grid: Grid
  package var record: SolveRecord
  /// The column of the matrix at each place of codes and grid; nil where they are in order.
  package var columnOrder: [Int]?

  package init(codes: consuming Codes, grid: Grid, record: SolveRecord) {
    self.codes = codes
    self.grid = grid
    self.record = record
  }
}

/// How far a step of a solver brought it.
package struct SolveStep: Sendable, Equatable, Codable {
  /// What was done, such as `sweep`, `descent` or `refit`.
  package let step: String
  /// tr((T − Q) H (T − Q)ᵀ) / tr(W H Wᵀ) under the damped Hessian, with T what the solver aims at: what every step lowers. Where
  /// rows are solved together it is tr((T − Q)ᵀ B (T − Q) A) / Σ Bᵢᵢ wᵢ A wᵢᵀ.
  package let objective: Double

  package init(step: String, objective: Double) {
    self.step = step
    self.objective = objective
  }
}

/// What the ledger keeps of one solve.
package struct SolveRecord: Sendable, Equatable {
  package var solver: String
  /// tr(Δ H Δᵀ) / tr(W H Wᵀ) with Δ = W − Q, after rounding each weight to its nearest level.
  package var roundingError: Double
  /// The same of the codes that were chosen, whatever the solver aimed at.
  package var error: Double
  /// The same with the weights that the solver aimed at in the place of W; nil where these are W.
  package var targetError: Double?
  /// Damping in the pipeline file, relative to the mean of the diagonal; nil where the solver needs none.
  package var dampingAsked: Float?
  /// Damping that made the Hessian positive definite.
  package var dampingUsed: Float?
  /// Inputs that calibration never saw different from zero.
  package var deadColumns: Int
  /// Why another solver took over from the one that was asked for.
  package var fallback: String?
  /// What each step left of the error, in order; empty for solvers of one step.
  package var steps: [SolveStep]

  package init(
    solver: String, roundingError: Double, error: Double, targetError: Double? = nil, dampingAsked: Float? = nil,
    dampingUsed: Float? = nil,
    deadColumns: Int = 0, fallback: String? = nil, steps: [SolveStep] = []
  ) {
    self.solver = solver
    self.roundingError = roundingError
    self.error = error
    self.targetError = targetError
    self.dampingAsked = dampingAsked
    self.dampingUsed = dampingUsed
    self.deadColumns = deadColumns
    self.fallback = fallback
    self.steps = steps
  }
}
