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
  /// What was done for each edition of the plan.
  private(set) var ledgers: [Ledger]

  init(_ plan: Plan, into products: [any Product], on workers: Workers) throws(RunError) {
    self.plan = plan
    self.products = products
    self.workers = workers
    ledgers = plan.editions.map { _ in Ledger() }
    guard let sequences = plan.calibration, let spec = plan.spec.calibration else {
      calibrator = nil
      return
    }
    calibrator = try Calibrator(
      sequences, plan.source.shape, inputs: spec.inputs, drift: plan.observesDrift,
      ranges: plan.observesInputRanges, experts: spec.experts ?? .usual, try Self.input(plan.source),
      in: plan.resources, on: workers)
  }

  /// Calibrates, solves and emits one block, piece by piece, and moves the calibration text past it.
  func compileBlock(_ layer: Int) throws(RunError) {
    var block = try read(layer)
    if plan.previewsBlocks {
      block.statistics = try calibrator?.preview(block.weights) ?? [:]
      transform(&block)
    }
    let places = plan.tensors.indices.filter { plan.tensors[$0].spec.layer == layer }
    var compiled: [Int: [CompiledTensor]] = [:]
    for parts in plan.pieces {
      let observation = try calibrator?.observe(block.weights, parts) ?? Observation()
      block.statistics = observation.statistics
      if !plan.previewsBlocks { transform(&block) }
      let own = places.filter { plan.tensors[$0].spec.role.part.map(parts.contains) ?? false }
      compiled.merge(try compile(own, of: &block, observation.inputScales)) { $1 }
      // What the last block makes of the text is for the output matrix alone.
      let isRead = parts.upperBound < .feedForwardOutput || layer + 1 < plan.source.shape.layers || plan.solvesOutput
      if isRead { try calibrator?.propagate(decoded(own.compactMap { compiled[$0]?[0] }, layer: layer), parts) }
    }
    for place in places { try emit(compiled[place] ?? [], at: place) }
  }

  /// Compiles some matrices of a block. A block's Hessians and weights are the largest things in memory: what no later one reads
  /// is let go.
  ///
  /// - Returns: by their places, the tensor of each edition.
  private func compile(
    _ places: [Int], of block: inout ObservedBlock, _ inputScales: [Site: Float]
  ) throws(RunError) -> [Int: [CompiledTensor]] {
    var compiled: [Int: [CompiledTensor]] = [:]
    for (index, place) in places.enumerated() {
      let spec = plan.tensors[place].spec
      compiled[place] = try compile(
        block.weights[spec].matrix, at: place, spec.site.flatMap { block.statistics[$0] },
        inputScale: spec.site.flatMap { inputScales[$0] })
      block.weights.release(spec)
      if let site = spec.site,
        !places[(index + 1)...].contains(where: { plan.tensors[$0].spec.site == site })
      {
        block.statistics[site] = nil
      }
    }
    return compiled
  }

  /// Reads a block, of which nothing is known yet.
  private func read(_ layer: Int) throws(RunError) -> ObservedBlock {
    let block: BlockWeights
    // What a runtime makes of the inputs of a quantized original is nothing that its weights make up for.
    do { block = try plan.source.block(layer).withPlainInputs() } catch { throw .checkpoint(error) }
    let wiring = plan.source.architecture.wiring(plan.source.shape)
    if layer == 0, calibrator != nil {
      let norm = try Self.readOptional(plan.source, .embeddingNorm)
      tableMetric = TableMetric(firstBlock: block, wiring, embeddingNorm: norm, on: workers)
    }
    return ObservedBlock(layer: layer, wiring: wiring, weights: block, statistics: [:])
  }

  private func transform(_ block: inout ObservedBlock) {
    guard !plan.blockTransforms.isEmpty else { return }
    let schemes = plan.schemes(layer: block.layer)
    for transform in plan.blockTransforms {
      let records = transform.edit(&block, schemes, on: workers)
      for edition in ledgers.indices { ledgers[edition].transforms += records }
    }
  }

  /// Compiles what stands outside of all blocks: the last norm, the output matrix and the tables.
  func compileTables() throws(RunError) {
    let norm = try Self.readOptional(plan.source, .outputNorm)
    let bias = try Self.readOptional(plan.source, .outputNormBias)
    for place in plan.tensors.indices where plan.tensors[place].spec.layer == nil {
      let role = plan.tensors[place].spec.role
      let isSolved = plan.editions.contains { $0.tensors[place].solver != nil }
      let statistics = isSolved ? tableStatistics(role, norm: norm, bias: bias) : nil
      try emit(try compile(try Self.read(plan.source, role), at: place, statistics), at: place)
    }
  }

  private func tableStatistics(_ role: Role, norm: SharedMatrix?, bias: SharedMatrix?) -> ActivationStatistics? {
    guard let calibrator, let tableMetric else { return nil }
    switch (role, plan.source.shape.tiedOutput, norm) {
    case (.output, _, let norm?): return calibrator.finalHidden(norm: norm.matrix, bias: bias)
    case (.tokenEmbedding, true, let norm?):
      return tableMetric.tied(calibrator.finalHidden(norm: norm.matrix, bias: bias))
    case (.tokenEmbedding, false, _): return tableMetric.lookUp()
    default: return nil
    }
  }

  /// Compiles one tensor for every edition. Editions that agree on it share the work.
  ///
  /// - Parameter place: in the tensors of each edition.
  private func compile(
    _ weights: borrowing Matrix, at place: Int, _ statistics: ActivationStatistics?, inputScale: Float? = nil
  ) throws(RunError) -> [CompiledTensor] {
    var all: [CompiledTensor] = []
    for edition in plan.editions {
      let tensor = edition.tensors[place]
      if let shared = all.first(where: { $0.plan.hasSameSolution(as: tensor) }) {
        all.append(shared)
      } else {
        all.append(try compile(weights, tensor, statistics, inputScale: inputScale))
      }
    }
    return all
  }

  /// Hands a tensor to every product and notes it in the ledgers.
  ///
  /// - Parameter compiled: for each edition.
  private func emit(_ compiled: [CompiledTensor], at place: Int) throws(RunError) {
    for (edition, tensor) in compiled.enumerated() {
      for (product, own) in zip(products, plan.editionOfProduct) where own == edition {
        do { try product.append(tensor, on: workers) } catch { throw .checkpoint(error) }
      }
      ledgers[edition].entries.append(entry(of: tensor))
    }
  }

  /// A tensor's line in the ledger; an expert's says how many tokens it was sent.
  private func entry(of compiled: CompiledTensor) -> LedgerEntry {
    var entry = compiled.entry
    if let expert = compiled.plan.spec.expert, let observed = calibrator?.experts[expert.index] {
      entry.expertTokens = observed.tokens
      entry.starved = observed.substitute?.rawValue
    }
    return entry
  }

  private func compile(
    _ weights: borrowing Matrix, _ tensor: TensorPlan, _ statistics: ActivationStatistics?, inputScale: Float?
  ) throws(RunError) -> CompiledTensor {
    var statistics = statistics
    if tensor.solver != nil, statistics == nil { statistics = plan.knownInputs(of: tensor) }
    return try CompiledTensor.compile(
      weights, tensor, statistics, inputScale: tensor.isQuantized ? inputScale : nil, on: workers)
  }

  private func decoded(_ tensors: [CompiledTensor], layer: Int) -> BlockWeights {
    var block = BlockWeights(layer: layer, [:])
    for tensor in tensors {
      block[tensor.plan.spec] = SharedMatrix(tensor.decoded(on: workers))
      guard plan.roundsInputs, let scale = tensor.inputScale else { continue }
      block.setInputs(of: tensor.plan.spec, .fixed(scale: scale, zero: 0))
    }
    return block
  }

  private static func input(_ model: any ModelWeights) throws(RunError) -> InputWeights {
    do { return try model.input() } catch { throw .checkpoint(error) }
  }

  private static func readOptional(_ model: any ModelWeights, _ role: Role) throws(RunError) -> SharedMatrix? {
    do { return try model.optional(role) } catch { throw .checkpoint(error) }
  }

  private static func read(_ model: any ModelWeights, _ role: Role) throws(RunError) -> Matrix {
    do { return try model.matrix(role) } catch { throw .checkpoint(error) }
  }
}
