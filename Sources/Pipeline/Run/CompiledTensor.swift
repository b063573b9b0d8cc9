import Models
import Schemes
import Solvers
import Tensors

/// A tensor as products hold it.
package final class CompiledTensor: Sendable {
  package let plan: TensorPlan
  /// `[rows, bytesPerRow]`, rows in the order of Hugging Face checkpoints.
  package let packed: PackedRows
  /// The column of the matrix at each place of a packed row; nil where they are in order.
  package let columnOrder: [Int]?
  /// The scale of what the matrix reads as eight-bit integers, exact in half precision; nil where no product asks.
  package let inputScale: Float?
  package let entry: LedgerEntry

  init(
    plan: TensorPlan, packed: consuming PackedRows, columnOrder: [Int]? = nil, inputScale: Float? = nil,
    entry: LedgerEntry
  ) {
    self.columnOrder = columnOrder
    self.inputScale = inputScale
    self.plan = plan
    self.packed = packed
    self.entry = entry
  }

  /// The weights as any reader of the product sees them, `[rows, columns]`.
  func decoded(on workers: Workers) -> Matrix {
    decoded(rows: 0..<packed.rows, on: workers)
  }

  /// Some rows of them, `[range.count, columns]`.
  func decoded(rows range: Range<Int>, on workers: Workers) -> Matrix {
    let decoded = Self.decode(packed, rows: range, plan.format, columns: plan.spec.columns, on: workers)
    guard let columnOrder else { return decoded }
    var restored = Matrix(rows: decoded.rows, columns: decoded.columns)
    for row in 0..<decoded.rows {
      for (place, column) in columnOrder.enumerated() { restored[row, column] = decoded[row, place] }
    }
    return restored
  }

  private static func decode(
    _ packed: borrowing PackedRows, rows range: Range<Int>, _ format: any WeightFormat, columns: Int,
    on workers: Workers
  ) -> Matrix {
    var matrix = Matrix(uninitializedRows: range.count, columns: columns)
    matrix.withDisjointRows { matrix in
      workers.forEach(matrix.rows) { row in
        var values = matrix.row(row)
        format.unpack(packed.row(range.lowerBound + row).bytes, into: &values)
      }
    }
    return matrix
  }

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
      plan: plan, packed: packed, columnOrder: columnOrder, inputScale: inputScale,
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
