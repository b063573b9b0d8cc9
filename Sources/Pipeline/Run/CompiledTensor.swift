import Models
import Products
import Schemes
import Solvers
import Tensors

/// A tensor as products hold it, and how it came to be.
struct CompiledTensor: Sendable {
  let packed: PackedTensor
  let entry: LedgerEntry

  var plan: TensorPlan { packed.plan }
  var inputScale: Float? { packed.inputScale }

  /// The weights as any reader of the product sees them, `[rows, columns]`.
  func decoded(on workers: Workers) -> Matrix { packed.decoded(on: workers) }

  /// Solves and packs one tensor. One that lies on a grid of its type already keeps its codes, and nothing is solved.
  ///
  /// - Parameters:
  ///   - statistics: of its inputs; nil where the format has no codes to choose.
  ///   - inputScale: of its inputs as eight-bit integers.
  static func compile(
    _ weights: borrowing Matrix, _ plan: TensorPlan, _ statistics: ActivationStatistics?, inputScale: Float? = nil,
    on workers: Workers
  ) throws(RunError) -> CompiledTensor {
    let clock = ContinuousClock()
    let start = clock.now
    var record: SolveRecord?
    var columnOrder: [Int]?
    let packed: PackedRows
    switch (plan.format, plan.solver, statistics) {
    case (let scheme as any Scheme, let solver?, let statistics?):
      do {
        let exact = solver.sortsColumns ? nil : Solution.exact(weights, scheme, on: workers)
        let solution = if let exact { exact } else { try solver.solve(weights, scheme, statistics, on: workers) }
        record = solution.record
        columnOrder = solution.columnOrder
        packed = scheme.pack(solution.codes, solution.grid, on: workers)
      } catch {
        throw .unsolvable(tensor: plan.name, error)
      }
    case (let format as any FloatFormat, _, _):
      if format is F16, let weight = Overflow(in: weights) { throw .overflow(tensor: plan.name, weight.description) }
      packed = format.pack(weights, on: workers)
    default:
      preconditionFailure("the plan gives \(plan.name) the type \(plan.format.name) without a way to make it")
    }
    return CompiledTensor(
      packed: PackedTensor(plan: plan, packed: packed, columnOrder: columnOrder, inputScale: inputScale),
      entry: LedgerEntry(
        plan, record, tokens: statistics?.tokens ?? 0, inputScale: inputScale, seconds: (clock.now - start).seconds))
  }
}

extension LedgerEntry {
  fileprivate init(
    _ plan: TensorPlan, _ record: SolveRecord?, tokens: Int, inputScale: Float?, seconds: Double
  ) {
    self.init(
      tensor: plan.name, rows: plan.spec.rows, columns: plan.spec.columns, typeAsked: plan.typeAsked,
      typeUsed: plan.format.name, fallback: plan.fallback, solver: record?.solver,
      solverFallback: record?.fallback, tokens: tokens,
      dampingAsked: record?.dampingAsked, dampingUsed: record?.dampingUsed, deadColumns: record?.deadColumns ?? 0,
      roundingError: record?.roundingError, error: record?.error, targetError: record?.targetError,
      steps: record?.steps ?? [], bytes: plan.bytes,
      seconds: seconds, inputScale: inputScale)
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
