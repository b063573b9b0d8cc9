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
  ///   - foretelling: statistics that say what errors cost the model; nil where no gradients are known.
  ///   - inputScale: of its inputs as eight-bit integers.
  static func compile(
    _ weights: borrowing Matrix, _ plan: TensorPlan, _ statistics: ActivationStatistics?,
    foretelling: ActivationStatistics? = nil, inputScale: Float? = nil, on workers: Workers
  ) throws(RunError) -> CompiledTensor {
    let clock = ContinuousClock()
    let start = clock.now
    var record: SolveRecord?
    var columnOrder: [Int]?
    let packed: PackedRows
    switch (plan.format, plan.solver, statistics) {
    case (let scheme as any Scheme, let solver?, let statistics?):
      do {
        let exact = solver.sortsColumns ? nil : Solution.exact(weights, scheme, statistics, on: workers)
        let solution = if let exact { exact } else { try solver.solve(weights, scheme, statistics, on: workers) }
        record = solution.record
        columnOrder = solution.columnOrder
        var rows = scheme.pack(solution.codes, solution.grid, on: workers)
        if solution.record.solver == Solution.exactName, let lattice = scheme as? any LatticeScheme {
          for row in 0..<rows.rows {
            var bytes = rows.mutableRow(row)
            lattice.signZeros(of: weights.row(row), in: &bytes)
          }
        }
        packed = rows
      } catch {
        throw .unsolvable(tensor: plan.name, error)
      }
    case (let format as any FloatFormat, _, _):
      if format is F16, let weight = Overflow(in: weights) { throw .overflow(tensor: plan.name, weight.description) }
      packed = format.pack(weights, on: workers)
    default:
      preconditionFailure("the plan gives \(plan.name) the type \(plan.format.name) without a way to make it")
    }
    let tensor = PackedTensor(plan: plan, packed: packed, columnOrder: columnOrder, inputScale: inputScale)
    let foretold = foretelling.flatMap { Self.foretold(weights, tensor, $0, on: workers) }
    return CompiledTensor(
      packed: tensor,
      entry: LedgerEntry(
        plan, record, tokens: statistics?.tokens ?? 0, inputScale: inputScale, foretold: foretold,
        seconds: (clock.now - start).seconds))
  }

  /// Nats per token that the product's weights cost in the place of the original's; nil where nothing tells.
  private static func foretold(
    _ weights: borrowing Matrix, _ tensor: PackedTensor, _ statistics: ActivationStatistics, on workers: Workers
  ) -> Double? {
    guard let outputs = statistics.outputs, !statistics.isDiagonal else { return nil }
    var delta = tensor.decoded(on: workers)
    delta.withDisjointRows { delta in
      workers.forEachTile(of: 64, in: weights.rows) { tile in
        for row in tile {
          let source = weights.row(row)
          var target = delta.row(row)
          for column in 0..<target.count {
            target[unchecked: column] = source[unchecked: column] - target[unchecked: column]
          }
        }
      }
    }
    return outputs.cost(of: delta, under: statistics.hessian, on: workers)
  }
}

extension LedgerEntry {
  fileprivate init(
    _ plan: TensorPlan, _ record: SolveRecord?, tokens: Int, inputScale: Float?, foretold: Double?, seconds: Double
  ) {
    self.init(
      tensor: plan.name, rows: plan.spec.rows, columns: plan.spec.columns, typeAsked: plan.typeAsked,
      typeUsed: plan.format.name, fallback: plan.fallback, solver: record?.solver,
      solverFallback: record?.fallback, tokens: tokens,
      dampingAsked: record?.dampingAsked, dampingUsed: record?.dampingUsed, deadColumns: record?.deadColumns ?? 0,
      roundingError: record?.roundingError, error: record?.error, targetError: record?.targetError,
      steps: record?.steps ?? [], bytes: plan.bytes,
      seconds: seconds, inputScale: inputScale, foretold: foretold)
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
