import Checkpoints
import LinearAlgebra
import Models
import Products
import Schemes
import Solvers
import Spec
import Tensors

/// Decides which type each tensor gets where a product gives a budget and the types to spend it on.
///
/// Every type is tried on some rows of every matrix, those that the loss sees most, under A alone. What that leaves foretells what
/// the type costs in nats, ½ Σ Bᵢᵢ δᵢ A δᵢᵀ; `BitBudget` lowers the sum for the bits that there are. What rows make up for each other
/// and what refits gain, later, is much alike for all types.
struct TypeAllotment {
  private let plan: Plan
  private let gradients: LossGradients
  private let workers: Workers
  private let observer: RunObserver

  init(_ plan: Plan, _ gradients: LossGradients, on workers: Workers, observer: @escaping RunObserver) {
    self.plan = plan
    self.gradients = gradients
    self.workers = workers
    self.observer = observer
  }

  /// Rows that types are tried on.
  static let sampledRows = 128

  static func isNeeded(for plan: Plan) -> Bool { plan.editions.contains { $0.open != nil } }

  /// The plan with a type for every tensor: as an earlier run found it, or by trials, and then the gradients that told.
  static func resolved(
    _ plan: Plan, _ journals: Journals?, on workers: Workers, observer: @escaping RunObserver
  ) throws(RunError) -> (plan: Plan, gradients: LossGradients?) {
    guard isNeeded(for: plan) else { return (plan, nil) }
    if let known = journals?.withTypes(plan) { return (known, nil) }
    guard let gradients = try BackwardPass.run(plan, on: workers, observer: observer) else { return (plan, nil) }
    let resolved = try TypeAllotment(plan, gradients, on: workers, observer: observer).resolved()
    do { try journals?.keep(typesOf: resolved) } catch { throw .checkpoint(error) }
    return (resolved, gradients)
  }

  /// The plan with a type for each tensor.
  ///
  /// - Throws: `.budget` where a limit on the divergence cannot be reached, and what trials throw.
  func resolved() throws(RunError) -> Plan {
    let costs = try costs()
    var editions = plan.editions
    for index in editions.indices {
      guard let open = editions[index].open else { continue }
      let known = open.choices.indices.map { costs[index]?[$0] ?? open.choices[$0].map { _ in 0 } }
      editions[index] = try editions[index].replacing(open.costing(known)).spent()
    }
    return plan.replacing(editions)
  }

  /// Nats per token that each choice of each open tensor costs, by the tensor's place, for each open edition.
  private func costs() throws(RunError) -> [Int: [Int: [Double]]] {
    let layers = plan.source.shape.layers
    let open = plan.editions.indices.filter { plan.editions[$0].open != nil }
    observer(.began(.allot, steps: layers + 1))
    var costs: [Int: [Int: [Double]]] = [:]
    func tryTypes(of place: Int, _ weights: borrowing Matrix, _ statistics: ActivationStatistics?) throws(RunError) {
      var known: [String: Double] = [:]
      for edition in open {
        let choices = plan.editions[edition].open?.choices[place] ?? []
        guard choices.count > 1 else { continue }
        costs[edition, default: [:]][place] = try self.costs(choices, weights, statistics, &known)
      }
    }
    for layer in 0..<layers {
      let block: BlockWeights
      do { block = try plan.source.block(layer).withPlainInputs() } catch { throw .checkpoint(error) }
      let places = plan.tensors.indices.filter { plan.tensors[$0].spec.layer == layer && isOpen($0) }
      let losses = gradients.losses(of: block, Set(places.map { plan.tensors[$0].spec.key }), .costs)
      for place in places {
        let spec = plan.tensors[place].spec
        observer(.working(spec.shortName))
        try tryTypes(of: place, block[spec].matrix, losses[spec.key]?.costs)
      }
      observer(.advanced(.allot, done: layer + 1, of: layers + 1, detail: "block \(layer + 1)"))
    }
    for place in plan.tensors.indices where plan.tensors[place].spec.layer == nil && isOpen(place) {
      let spec = plan.tensors[place].spec
      let weights: Matrix
      do { weights = try plan.source.matrix(spec.role) } catch { throw .checkpoint(error) }
      observer(.working(spec.shortName))
      try tryTypes(of: place, weights, tableStatistics(spec.role))
    }
    observer(.advanced(.allot, done: layers + 1, of: layers + 1, detail: ""))
    return costs
  }

  /// Whether some edition has a choice for a tensor.
  private func isOpen(_ place: Int) -> Bool {
    plan.editions.contains { ($0.open?.choices[place].count ?? 0) > 1 }
  }

  private func tableStatistics(_ role: Role) -> ActivationStatistics? {
    let output = gradients.output?.costs
    guard role == .tokenEmbedding else { return output }
    return plan.source.shape.tiedOutput ? output.map(gradients.embedding.tied) : gradients.embedding.statistics
  }

  /// What each choice costs; nothing where no gradient came through a matrix, whose cheapest choice then serves.
  ///
  /// - Parameter known: costs of types that were tried, by name.
  private func costs(
    _ choices: [TensorPlan], _ weights: borrowing Matrix, _ statistics: ActivationStatistics?,
    _ known: inout [String: Double]
  ) throws(RunError) -> [Double] {
    guard let statistics, let outputs = statistics.outputs else { return choices.map { _ in 0 } }
    let rows = weights.copy(rows: outputs.sample(rows: min(Self.sampledRows, weights.rows)))
    // Rows of a sample have no metric of outputs.
    let inputs = ActivationStatistics(hessian: statistics.hessian.copy(), tokens: statistics.tokens)
    let share = 0.5 * outputs.total / Double(max(1, rows.rows))
    var costs: [Double] = []
    for choice in choices {
      if let cost = known[choice.format.name] {
        costs.append(cost)
        continue
      }
      let left = try errors(rows, choice, inputs)
      let cost = share * quadraticTrace(left, statistics.hessian, on: workers)
      known[choice.format.name] = cost
      costs.append(cost)
    }
    return costs
  }

  /// What a type leaves of rows, `[rows, columns]`.
  private func errors(
    _ rows: borrowing Matrix, _ choice: TensorPlan, _ inputs: ActivationStatistics
  ) throws(RunError) -> Matrix {
    let values = try values(rows, choice, inputs)
    return Matrix(rows: rows.rows, columns: rows.columns) { rows[$0, $1] - values[$0, $1] }
  }

  /// What a type makes of rows.
  private func values(
    _ rows: borrowing Matrix, _ choice: TensorPlan, _ inputs: ActivationStatistics
  ) throws(RunError) -> Matrix {
    switch choice.format {
    case let scheme as any Scheme:
      let solver = GPTQ(sweeps: 0, refits: 0, asymmetry: 0, fallsBackToRounding: true)
      do {
        guard choice.sortsColumns else {
          let solution = try solver.solve(rows, scheme, inputs, on: workers)
          return solution.grid.values(solution.codes, on: workers)
        }
        let solution = try SortedColumns(solver).solve(rows, scheme, inputs, on: workers)
        let sorted = solution.grid.values(solution.codes, on: workers)
        var values = Matrix(rows: rows.rows, columns: rows.columns)
        for (place, column) in (solution.columnOrder ?? Array(0..<rows.columns)).enumerated() {
          for row in 0..<rows.rows { values[row, column] = sorted[row, place] }
        }
        return values
      } catch {
        throw .unsolvable(tensor: choice.name, error)
      }
    case let format as any FloatFormat:
      let packed = format.pack(rows, on: workers)
      return format.unpack(packed.bytes, rows: rows.rows, columns: rows.columns)
    default:
      preconditionFailure("the plan gives \(choice.name) the type \(choice.format.name) without a way to make it")
    }
  }
}
