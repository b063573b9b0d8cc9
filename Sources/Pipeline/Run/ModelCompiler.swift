import Calibration
import Checkpoints
import Models
import Schemes
import Solvers
import Tensors
import Transforms

/// Compiles a model's tensors in the order of the plan and hands each to every product.
final class ModelCompiler {
  private let plan: Plan
  private let products: [any Product]
  private let workers: Workers
  private let calibrator: Calibrator?
  private var tableMetric: TableMetric?
  private(set) var ledger = Ledger()

  init(_ plan: Plan, into products: [any Product], on workers: Workers) throws(RunError) {
    self.plan = plan
    self.products = products
    self.workers = workers
    guard let sequences = plan.calibration, let spec = plan.spec.calibration else {
      calibrator = nil
      return
    }
    calibrator = Calibrator(
      sequences, plan.source.shape, inputs: spec.inputs, drift: plan.observesDrift,
      experts: spec.experts ?? .usual,
      table: try Self.read(plan.source, .tokenEmbedding),
      positions: try Self.readOptional(plan.source, .positionEmbedding), on: workers)
  }

  /// Calibrates, solves and emits one block, and moves the calibration text past it.
  func compileBlock(_ layer: Int) throws(RunError) {
    let block: BlockWeights
    do { block = try plan.source.block(layer) } catch { throw .checkpoint(error) }
    let wiring = plan.source.architecture.wiring(plan.source.shape)
    if layer == 0, calibrator != nil { tableMetric = TableMetric(firstBlock: block, wiring, on: workers) }
    var observed = ObservedBlock(
      layer: layer, wiring: wiring, weights: block,
      statistics: try calibrator?.observe(block, layer: layer) ?? [:])
    transform(&observed)
    var compiled: [CompiledTensor] = []
    for tensor in plan.tensors(layer: layer) {
      let known = tensor.spec.site.flatMap { observed.statistics[$0] }
      compiled.append(try compile(observed.weights[tensor.spec].matrix, tensor, known))
    }
    calibrator?.propagate(decoded(compiled, layer: layer))
    plan.source.release(layer)
  }

  private func transform(_ block: inout ObservedBlock) {
    guard !plan.blockTransforms.isEmpty else { return }
    var schemes: [Role: any Scheme] = [:]
    for tensor in plan.tensors(layer: block.layer) where tensor.spec.expert == nil {
      if let scheme = tensor.format as? any Scheme { schemes[tensor.spec.role] = scheme }
    }
    for transform in plan.blockTransforms { ledger.transforms += transform.edit(&block, schemes, on: workers) }
  }

  /// Compiles the last norm, the output matrix and the tables.
  func compileTables() throws(RunError) {
    let norm = SharedMatrix(try Self.read(plan.source, .outputNorm))
    let bias = try Self.readOptional(plan.source, .outputNormBias)
    for tensor in plan.tensors where tensor.spec.layer == nil {
      let role = tensor.spec.role
      let weights = try Self.read(plan.source, role)
      _ = try compile(weights, tensor, tableStatistics(role, norm: norm, bias: bias))
    }
  }

  private func tableStatistics(_ role: Role, norm: SharedMatrix, bias: SharedMatrix?) -> ActivationStatistics? {
    guard let calibrator, let tableMetric else { return nil }
    switch (role, plan.source.shape.tiedOutput) {
    case (.output, _): return calibrator.finalHidden(norm: norm.matrix, bias: bias)
    case (.tokenEmbedding, true): return tableMetric.tied(calibrator.finalHidden(norm: norm.matrix, bias: bias))
    case (.tokenEmbedding, false): return tableMetric.lookUp()
    default: return nil
    }
  }

  /// Compiles one tensor and hands it to every product.
  private func compile(
    _ weights: borrowing Matrix, _ tensor: TensorPlan, _ statistics: ActivationStatistics?
  ) throws(RunError) -> CompiledTensor {
    var statistics = statistics
    if tensor.solver != nil, statistics == nil { statistics = knownBefore(tensor) }
    let compiled = try CompiledTensor.compile(weights, tensor, statistics, on: workers)
    for product in products {
      do { try product.append(compiled, on: workers) } catch { throw .checkpoint(error) }
    }
    var entry = compiled.entry
    if let expert = tensor.spec.expert, let observed = calibrator?.experts[expert.index] {
      entry.expertTokens = observed.tokens
      entry.starved = observed.substitute?.rawValue
    }
    ledger.entries.append(entry)
    return compiled
  }

  /// What is known about a tensor's inputs without running the model.
  private func knownBefore(_ tensor: TensorPlan) -> ActivationStatistics {
    let index = tensor.spec.expert?.index ?? 0
    guard let entry = plan.importance?[tensor.spec.ggufName], let meanSquares = entry.meanSquares(of: index) else {
      return .uniform(columns: tensor.spec.columns)
    }
    return ActivationStatistics(meanSquares: meanSquares, tokens: Int(min(entry.counts[index], 1e15)))
  }

  private func decoded(_ tensors: [CompiledTensor], layer: Int) -> BlockWeights {
    var block = BlockWeights(layer: layer, [:])
    for tensor in tensors { block[tensor.plan.spec] = SharedMatrix(tensor.decoded(on: workers)) }
    return block
  }

  private static func readOptional(_ model: any ModelWeights, _ role: Role) throws(RunError) -> SharedMatrix? {
    do { return try model.optional(role) } catch { throw .checkpoint(error) }
  }

  private static func read(_ model: any ModelWeights, _ role: Role) throws(RunError) -> Matrix {
    do { return try model.matrix(role) } catch { throw .checkpoint(error) }
  }
}
