import Checkpoints
import Models
import Schemes
import Solvers
import Tensors
import Transforms

/// Decides how many bits each matrix gets where a product says only how many there are to be on average.
///
/// Every strategy is tried on some rows of every matrix, under the Hessian of the original network's inputs, and leaves a
/// relative error of the outputs; `BitBudget` then lowers the sum of these, each times the matrix's weights.
struct BitAllotment {
  private let plan: Plan
  private let workers: Workers
  private let observer: RunObserver

  init(_ plan: Plan, on workers: Workers, observer: @escaping RunObserver) {
    self.plan = plan
    self.workers = workers
    self.observer = observer
  }

  /// Rows that strategies are tried on: errors of rows differ far less than those of strategies.
  static let sampledRows = 256

  /// Whether some product leaves bits open.
  static func isNeeded(for plan: Plan) -> Bool { plan.editions.contains { $0.averageBits != nil } }

  /// The plan with a type for every matrix, where a product says only how many bits there are on average: as an earlier run found
  /// it, or by measuring.
  static func resolved(
    _ plan: Plan, _ journals: Journals?, on workers: Workers, observer: @escaping RunObserver
  ) throws(RunError) -> Plan {
    guard isNeeded(for: plan) else { return plan }
    if let known = journals?.allotted(plan) { return known }
    let resolved = try BitAllotment(plan, on: workers, observer: observer).resolved()
    do { try journals?.keep(allotmentOf: resolved) } catch { throw .checkpoint(error) }
    return resolved
  }

  /// The plan with a strategy for each matrix.
  func resolved() throws(RunError) -> Plan {
    let trials = try trials()
    var editions = plan.editions
    for (index, trials) in trials { editions[index] = allotted(editions[index], trials) }
    return plan.replacing(editions)
  }

  /// What each strategy leaves of each matrix, by the matrix's place in the plan, for each edition that leaves bits open.
  private func trials() throws(RunError) -> [Int: [Int: [Double]]] {
    let calibrator = try calibrator()
    let layers = plan.source.shape.layers
    observer(.began(.allot, steps: layers))
    var trials: [Int: [Int: [Double]]] = [:]
    for layer in 0..<layers {
      let block = try observed(layer, calibrator)
      for editions in alike(layer) {
        for (place, errors) in try errors(layer, block, editions[0]) {
          for edition in editions { trials[edition, default: [:]][place] = errors }
        }
      }
      observer(.advanced(.allot, done: layer + 1, of: layers, detail: "block \(layer + 1)"))
    }
    return trials
  }

  /// Editions that leave bits open, together where they try the same: what transforms make of a block depends on the types of
  /// its matrices.
  private func alike(_ layer: Int) -> [[Int]] {
    let schemes = plan.editions.map { $0.schemes(layer: layer).mapValues(\.name) }
    let isOpen = plan.editions.map { edition in
      edition.tensors.map { $0.spec.layer == layer && $0.format is EXL2Scheme }
    }
    return plan.editions.indices.filter { plan.editions[$0].averageBits != nil }
      .grouped { isOpen[$0] == isOpen[$1] && (plan.blockTransforms.isEmpty || schemes[$0] == schemes[$1]) }
  }

  /// What each strategy leaves of the matrices of a block, as an edition edits it.
  private func errors(
    _ layer: Int, _ observed: ObservedBlock, _ edition: Int
  ) throws(RunError) -> [Int: [Double]] {
    var block = observed
    let tensors = plan.editions[edition].tensors
    for transform in plan.blockTransforms {
      _ = transform.edit(&block, plan.editions[edition].schemes(layer: layer), on: workers)
    }
    var trials: [Int: [Double]] = [:]
    for place in tensors.indices where tensors[place].spec.layer == layer && tensors[place].format is EXL2Scheme {
      let spec = tensors[place].spec
      let statistics = spec.site.flatMap { block.statistics[$0] } ?? plan.knownInputs(of: tensors[place])
      trials[place] = try errors(block.weights[spec].matrix, spec, statistics)
      block.weights.release(spec)
    }
    return trials
  }

  private func calibrator() throws(RunError) -> Calibrator? {
    guard let sequences = plan.calibration else { return nil }
    let input: InputWeights
    do { input = try plan.source.input() } catch { throw .checkpoint(error) }
    return try Calibrator(
      sequences, plan.source, inputs: .original, input, in: plan.resources, on: workers)
  }

  private func observed(_ layer: Int, _ calibrator: Calibrator?) throws(RunError) -> ObservedBlock {
    let weights: BlockWeights
    do { weights = try plan.source.block(layer).withPlainInputs() } catch { throw .checkpoint(error) }
    return ObservedBlock(
      layer: layer, wiring: plan.source.architecture.wiring(plan.source.shape, layer: layer), weights: weights,
      statistics: try calibrator?.observe(weights).statistics ?? [:])
  }

  /// The relative error that each strategy leaves.
  private func errors(
    _ weights: borrowing Matrix, _ spec: WeightSpec, _ statistics: ActivationStatistics
  ) throws(RunError) -> [Double] {
    let rows = sample(weights)
    let solver: any Solver =
      statistics.isDiagonal ? RoundToNearest() : GPTQ(sweeps: 0, refits: 0, asymmetry: 0, fallsBackToRounding: true)
    var errors: [Double] = []
    for strategy in EXL2Strategy.all {
      guard let scheme = strategy.scheme(columns: spec.columns) else {
        preconditionFailure("the plan gives \(spec.label) to a container that groups do not divide")
      }
      do {
        errors.append(try SortedColumns(solver).solve(rows, scheme, statistics, on: workers).record.error)
      } catch {
        throw .unsolvable(tensor: spec.label, error)
      }
    }
    return errors
  }

  /// Some rows at equal distances, or all.
  private func sample(_ weights: borrowing Matrix) -> Matrix {
    guard weights.rows > Self.sampledRows else { return weights.copy() }
    let rows = weights.rows
    return Matrix(rows: Self.sampledRows, columns: weights.columns) { weights[$0 * rows / Self.sampledRows, $1] }
  }

  private func allotted(_ edition: Edition, _ trials: [Int: [Double]]) -> Edition {
    guard let average = edition.averageBits else { return edition }
    let places = edition.tensors.indices.filter { edition.tensors[$0].format is EXL2Scheme }
    let items = places.map { place in
      let tensor = edition.tensors[place]
      let weights = Double(tensor.spec.rows * tensor.spec.columns)
      return zip(Self.bits(of: tensor.spec), trials[place] ?? []).map {
        BitBudget.Choice(bits: $0, error: $1 * weights)
      }
    }
    let weights = places.reduce(0) { $0 + edition.tensors[$1].spec.rows * edition.tensors[$1].spec.columns }
    let chosen = BitBudget.spend(Int(average * Double(weights)), on: items)
    var tensors = edition.tensors
    for (place, choice) in zip(places, chosen) {
      guard let scheme = EXL2Strategy.all[choice].scheme(columns: tensors[place].spec.columns) else { continue }
      tensors[place] = tensors[place].replacing(scheme)
    }
    return edition.replacing(tensors)
  }

  /// What each strategy costs for a matrix.
  static func bits(of spec: WeightSpec) -> [Int] {
    EXL2Strategy.all.map { strategy in
      strategy.scheme(columns: spec.columns).map { 8 * $0.byteCount(rows: spec.rows, columns: spec.columns) } ?? 0
    }
  }
}
