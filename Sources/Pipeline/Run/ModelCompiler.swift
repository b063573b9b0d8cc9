import Calibration
import Checkpoints
import Models
import Products
import Schemes
import Solvers
import Tensors
import Transforms

/// Compiles a model's tensors in the order of the plan and hands on each.
///
/// Several editions are compiled side by side, block by block. They share what cannot differ: the weights as they are read, the
/// original's text, and calibration for as long as they agree (`EditionStream`).
final class ModelCompiler {
  private let plan: Plan
  private let tensors: any CompiledTensors
  private let workers: Workers
  private let observer: RunObserver
  private var streams: [EditionStream]
  private let gradients: LossGradients?
  private var tableMetric: TableMetric?
  /// By edition and place, what of the present block is compiled.
  private var compiled: [Int: [Int: CompiledTensor]] = [:]
  /// What was done for each edition, by its place in the plan.
  private(set) var ledgers: [Int: Ledger]

  /// A place between two blocks, at which an earlier compiler was ended.
  struct Start {
    /// The block that comes next, not the first.
    let layer: Int
    let streams: [EditionStream]
    let ledgers: [Int: Ledger]
  }

  /// - Parameters:
  ///   - editions: those to compile, by their places in the plan.
  ///   - tensors: what takes them.
  ///   - gradients: where matrices are to be solved for what the model predicts.
  ///   - start: where to go on; nil for the beginning.
  init(
    _ plan: Plan, editions: [Int], into tensors: any CompiledTensors, gradients: LossGradients? = nil,
    from start: Start? = nil, on workers: Workers,
    observer: @escaping RunObserver = { _ in }
  ) throws(RunError) {
    self.plan = plan
    self.observer = observer
    self.tensors = tensors
    self.workers = workers
    self.gradients = gradients
    if let start {
      (streams, ledgers) = (start.streams, start.ledgers)
      tableMetric = try Self.tableMetric(plan, try Self.block(plan, 0), on: workers)
      return
    }
    ledgers = Dictionary(uniqueKeysWithValues: editions.map { ($0, Ledger()) })
    guard plan.calibrates, let sequences = plan.calibration, let spec = plan.spec.calibration else {
      streams = [EditionStream(editions, nil)]
      return
    }
    let calibrator = try Calibrator(
      sequences, plan.source, inputs: spec.inputs, drift: plan.observesDrift(editions),
      ranges: plan.observesInputRanges(editions), experts: spec.experts ?? .usual, try Self.input(plan.source),
      in: plan.resources, on: workers)
    streams = [EditionStream(editions, calibrator)]
  }

  /// Calibrates, solves and emits one block, one sub-layer after the other, and moves the calibration text past it.
  func compileBlock(_ layer: Int) throws(RunError) {
    try read(layer)
    if plan.previewsBlocks { try preview(layer) }
    let places = plan.tensors.indices.filter { plan.tensors[$0].spec.layer == layer }
    takeLosses(places)
    let subLayers = plan.subLayers(layer)
    for (index, subLayer) in subLayers.enumerated() {
      if plan.calibrates { observer(.working("text")) }
      try observe(subLayer)
      let all = places.filter { subLayer.roles.contains(plan.tensors[$0].spec.role) }
      let own = all.filter { !subLayer.repeated.contains(plan.tensors[$0].spec.role) }
      for stream in streams { try solve(own, stream, layer) }
      if plan.spec.calibration?.inputs == .quantized {
        try advance(past: subLayer, isLast: index == subLayers.count - 1, layer, all)
      }
    }
    for stream in streams {
      stream.block = nil
      stream.losses = nil
      for place in places { try emit(stream.editions.compactMap { compiled[$0]?[place] }, stream, at: place) }
    }
    compiled = [:]
    do { try tensors.endBlock(layer, streams, ledgers) } catch { throw .checkpoint(error) }
  }

  /// Moves the calibration text past a block of the original that is not compiled here.
  ///
  /// - Precondition: blocks are calibrated on original inputs.
  func pass(_ layer: Int) throws(RunError) {
    try read(layer)
    for stream in streams {
      if let block = stream.block.take() { try stream.calibrator?.pass(block.weights) }
    }
  }

  /// Reads a block, of which nothing is known yet, for all streams.
  private func read(_ layer: Int) throws(RunError) {
    let block = try Self.block(plan, layer)
    let wiring = plan.source.architecture.wiring(plan.source.shape, layer: layer)
    if layer == 0, plan.calibrates { tableMetric = try Self.tableMetric(plan, block, on: workers) }
    for stream in streams {
      stream.block = ObservedBlock(layer: layer, wiring: wiring, weights: block, statistics: [:])
    }
  }

  private static func block(_ plan: Plan, _ layer: Int) throws(RunError) -> BlockWeights {
    // What a runtime makes of the inputs of a quantized original is nothing that its weights make up for.
    do { return try plan.source.block(layer).withPlainInputs() } catch { throw .checkpoint(error) }
  }

  /// - Parameter block: the first.
  private static func tableMetric(
    _ plan: Plan, _ block: BlockWeights, on workers: Workers
  ) throws(RunError) -> TableMetric {
    TableMetric(
      firstBlock: block, plan.source.architecture.wiring(plan.source.shape, layer: 0),
      size: plan.source.shape.hiddenSize,
      embeddingNorm: try readOptional(plan.source, .embeddingNorm), on: workers)
  }

  /// Runs the gradients' text through the block and back, for all streams at once unless transforms gave them blocks of their own.
  ///
  /// - Parameter places: of the tensors of the block.
  private func takeLosses(_ places: [Int]) {
    guard let gradients else { return }
    func losses(_ editions: [Int], _ weights: BlockWeights) -> BlockLosses {
      var readers: [Site: [BlockWeights.Key]] = [:]
      var layerSites: Set<Site> = []
      for place in places {
        let spec = plan.tensors[place].spec
        let solvers = editions.compactMap { plan.editions[$0].tensors[place].solver }
        guard let site = spec.site, !solvers.isEmpty else { continue }
        readers[site, default: []].append(spec.key)
        // Experts that too few tokens go to are fed what others read.
        if spec.expert != nil || solvers.contains(where: { $0.loss == .layer }) { layerSites.insert(site) }
      }
      if places.contains(where: { plan.tensors[$0].spec.expert != nil }) {
        layerSites.formUnion(places.compactMap { plan.tensors[$0].spec.site })
        layerSites.formUnion(plan.source.architecture.steps(plan.source.shape, layer: weights.layer).sites.joined())
      }
      return BlockLosses(
        matrices: gradients.losses(of: weights, Set(readers.values.joined())), readers: readers,
        layerSites: layerSites)
    }
    guard plan.blockTransforms.isEmpty else {
      for stream in streams { stream.losses = stream.block.map { losses(stream.editions, $0.weights) } }
      return
    }
    guard let block = streams.first?.block?.weights else { return }
    let shared = losses(streams.flatMap(\.editions), block)
    for stream in streams { stream.losses = shared }
  }

  /// Shows transforms the whole block as it was, before the first of its matrices is solved.
  private func preview(_ layer: Int) throws(RunError) {
    try part { stream in editGroups(stream, layer) }
    for stream in streams {
      guard var block = stream.block.take() else { continue }
      block.statistics = try stream.calibrator?.preview(block.weights) ?? [:]
      transform(&block, for: stream.editions)
      stream.block = block
    }
  }

  /// Observes what a sub-layer reads; streams of one original are observed together.
  private func observe(_ subLayer: SubLayer) throws(RunError) {
    var rest = streams[...]
    while let first = rest.first {
      var together = [first]
      rest.removeFirst()
      if let original = first.calibrator?.original {
        together += rest.filter { $0.calibrator?.original === original }
        rest.removeAll { $0.calibrator?.original === original }
      }
      let texts = together.compactMap(\.calibrator)
      guard !texts.isEmpty else { continue }
      let observations = try Calibrator.observe(
        texts, together.compactMap(\.block?.weights), subLayer, losses: together.map(\.losses))
      for (stream, observation) in zip(together, observations) {
        stream.block?.statistics = observation.statistics
        stream.underLoss = observation.underLoss
        stream.inputScales = observation.inputScales
      }
    }
  }

  /// Compiles some matrices of a block for all editions of a stream.
  private func solve(_ places: [Int], _ stream: EditionStream, _ layer: Int) throws(RunError) {
    // Where later matrices see original inputs, edits part a block and not its text.
    let groups = plan.previewsBlocks ? [stream.editions] : editGroups(stream, layer)
    for (index, editions) in groups.enumerated() {
      guard var block = stream.block else { continue }
      let isLast = index == groups.count - 1
      // Nobody else is to hold on to what is let go here.
      if isLast { stream.block = nil }
      if !plan.previewsBlocks { transform(&block, for: editions) }
      try compile(places, of: &block, editions, stream)
      if isLast { stream.block = block }
    }
  }

  /// Editions of a stream whose matrices transforms edit alike: by what they are to be stored as.
  private func editGroups(_ stream: EditionStream, _ layer: Int) -> [[Int]] {
    guard !plan.blockTransforms.isEmpty, !plan.sharesCalibration else { return [stream.editions] }
    let schemes = plan.editions.map { $0.schemes(layer: layer).mapValues(\.name) }
    return stream.editions.grouped { schemes[$0] == schemes[$1] }
  }

  private func transform(_ block: inout ObservedBlock, for editions: [Int]) {
    guard !plan.blockTransforms.isEmpty else { return }
    let schemes = plan.editions[editions[0]].schemes(layer: block.layer)
    for transform in plan.blockTransforms {
      let records = transform.edit(&block, schemes, on: workers)
      for edition in editions { ledgers[edition]?.transforms += records }
    }
  }

  /// Compiles some matrices of a block. A block's Hessians and weights are the largest things in memory: what no later one reads
  /// is let go.
  private func compile(
    _ places: [Int], of block: inout ObservedBlock, _ editions: [Int], _ stream: EditionStream
  ) throws(RunError) {
    let repeated = Set(plan.subLayers(block.layer).flatMap(\.repeated))
    for (index, place) in places.enumerated() {
      let spec = plan.tensors[place].spec
      observer(.working(spec.shortName))
      let made = try compile(
        block.weights[spec].matrix, at: place, editions,
        MatrixStatistics(layer: spec.site.flatMap { block.statistics[$0] }, loss: stream.underLoss[spec.key]),
        inputScale: spec.site.flatMap { stream.inputScales[$0] })
      stream.underLoss[spec.key] = nil
      for (edition, tensor) in zip(editions, made) { compiled[edition, default: [:]][place] = tensor }
      if !repeated.contains(spec.role) { block.weights.release(spec) }
      if let site = spec.site,
        !places[(index + 1)...].contains(where: { plan.tensors[$0].spec.site == site })
      {
        block.statistics[site] = nil
      }
    }
  }

  /// Moves each text past a sub-layer as its editions made it; where they made something else of it, the text parts.
  private func advance(
    past subLayer: SubLayer, isLast: Bool, _ layer: Int, _ places: [Int]
  ) throws(RunError) {
    if !plan.sharesCalibration {
      try part { stream in
        stream.editions.grouped { first, second in places.allSatisfy { agree(first, second, at: $0) } }
      }
    }
    for stream in streams {
      // What the last block makes of the text is for the output matrix alone.
      let isRead =
        !isLast || layer + 1 < plan.source.shape.layers || plan.solvesOutput(stream.editions)
      guard isRead, let text = stream.calibrator else { continue }
      let leading = stream.editions[0]
      let tensors = places.compactMap { compiled[leading]?[$0] }
      try text.propagate(
        decoded(tensors, layer, plan.editions[leading]), subLayer)
    }
  }

  /// Parts streams whose editions go on by themselves.
  private func part(_ groups: (EditionStream) -> [[Int]]) throws(RunError) {
    var parted: [EditionStream] = []
    for stream in streams {
      if stream.calibrator == nil {
        parted.append(stream)
      } else {
        parted += try stream.parted(groups(stream), of: plan)
      }
    }
    streams = parted
  }

  /// Compiles what stands outside of all blocks: the last norm, the output matrix and the tables.
  func compileTables() throws(RunError) {
    let norm = try Self.readOptional(plan.source, .outputNorm)
    let bias = try Self.readOptional(plan.source, .outputNormBias)
    for place in plan.tensors.indices where plan.tensors[place].spec.layer == nil {
      let role = plan.tensors[place].spec.role
      observer(.working(plan.tensors[place].spec.shortName))
      let weights = try Self.read(plan.source, role)
      for stream in streams {
        let statistics = tableStatistics(at: place, stream, norm: norm, bias: bias)
        try emit(try compile(weights, at: place, stream.editions, statistics), stream, at: place)
      }
    }
  }

  /// What is known of a table: as the layer alone has it, where an edition asks for that or nothing else is known, and as the loss
  /// feels it.
  private func tableStatistics(
    at place: Int, _ stream: EditionStream, norm: SharedMatrix?, bias: SharedMatrix?
  ) -> MatrixStatistics {
    let solvers = stream.editions.compactMap { plan.editions[$0].tensors[place].solver }
    guard !solvers.isEmpty, let calibrator = stream.calibrator, let tableMetric else { return MatrixStatistics() }
    let role = plan.tensors[place].spec.role
    let underLoss = gradients.flatMap { gradients -> ActivationStatistics? in
      switch (role, plan.source.shape.tiedOutput, norm) {
      case (.output, _, let norm?):
        guard let loss = gradients.output else { return nil }
        return calibrator.finalHidden(norm: norm.matrix, bias: bias, loss: loss)
      case (.tokenEmbedding, true, let norm?):
        guard let loss = gradients.output else { return nil }
        return gradients.embedding.tied(calibrator.finalHidden(norm: norm.matrix, bias: bias, loss: loss))
      case (.tokenEmbedding, false, _): return gradients.embedding.statistics
      default: return nil
      }
    }
    guard underLoss == nil || solvers.contains(where: { $0.loss == .layer }) else {
      return MatrixStatistics(loss: underLoss)
    }
    let layer: ActivationStatistics? =
      switch (role, plan.source.shape.tiedOutput, norm) {
      case (.output, _, let norm?): calibrator.finalHidden(norm: norm.matrix, bias: bias)
      case (.tokenEmbedding, true, let norm?): tableMetric.tied(calibrator.finalHidden(norm: norm.matrix, bias: bias))
      case (.tokenEmbedding, false, _): tableMetric.lookUp()
      default: nil
      }
    return MatrixStatistics(layer: layer, loss: underLoss)
  }

  /// Compiles one tensor for some editions. Those that agree on it share the work.
  ///
  /// - Parameter place: in the tensors of each edition.
  /// - Returns: the tensor of each edition.
  private func compile(
    _ weights: borrowing Matrix, at place: Int, _ editions: [Int], _ statistics: MatrixStatistics,
    inputScale: Float? = nil
  ) throws(RunError) -> [CompiledTensor] {
    var all: [CompiledTensor] = []
    for (index, edition) in editions.enumerated() {
      if let known = editions[..<index].firstIndex(where: { agree($0, edition, at: place) }) {
        all.append(all[known])
      } else {
        all.append(try compile(weights, at: place, edition, statistics, inputScale: inputScale))
      }
    }
    return all
  }

  private func compile(
    _ weights: borrowing Matrix, at place: Int, _ edition: Int, _ all: MatrixStatistics, inputScale: Float?
  ) throws(RunError) -> CompiledTensor {
    let tensor = plan.editions[edition].tensors[place]
    var statistics = all.statistics(for: tensor.solver)
    if tensor.solver != nil, statistics == nil { statistics = plan.knownInputs(of: tensor) }
    let isScaled = plan.editions[edition].holdsInputScales && tensor.isQuantized
    return try CompiledTensor.compile(
      weights, tensor, statistics, foretelling: all.loss, inputScale: isScaled ? inputScale : nil, on: workers)
  }

  /// Whether two editions make the same of a tensor that they solve for the same inputs.
  private func agree(_ first: Int, _ second: Int, at place: Int) -> Bool {
    let (first, second) = (plan.editions[first], plan.editions[second])
    return first.tensors[place].hasSameSolution(as: second.tensors[place])
      && first.holdsInputScales == second.holdsInputScales && first.dynamicInputs == second.dynamicInputs
  }

  /// Hands on a tensor of some editions and notes it in the ledgers.
  ///
  /// - Parameter compiled: for each edition of the stream.
  private func emit(_ compiled: [CompiledTensor], _ stream: EditionStream, at place: Int) throws(RunError) {
    for (edition, tensor) in zip(stream.editions, compiled) {
      let tensor = CompiledTensor(packed: tensor.packed, entry: entry(of: tensor, stream.calibrator))
      do { try tensors.append(tensor, of: edition, at: place) } catch { throw .checkpoint(error) }
      ledgers[edition]?.entries.append(tensor.entry)
    }
  }

  /// A tensor's line in the ledger; an expert's says how many tokens it was sent.
  private func entry(of compiled: CompiledTensor, _ calibrator: Calibrator?) -> LedgerEntry {
    var entry = compiled.entry
    // Heads of latent attention are no experts.
    let ofExperts: [Site] = [.expertInput(nil), .expertProduct(nil)]
    let spec = compiled.plan.spec
    if let expert = spec.expert, let site = spec.site, ofExperts.contains(site.of(expert: nil)),
      let observed = calibrator?.experts[expert.index]
    {
      entry.expertTokens = observed.tokens
      entry.starved = observed.substitute?.rawValue
    }
    return entry
  }

  private func decoded(_ tensors: [CompiledTensor], _ layer: Int, _ edition: Edition) -> BlockWeights {
    var block = BlockWeights(layer: layer, [:])
    for tensor in tensors {
      block[tensor.plan.spec] = SharedMatrix(tensor.decoded(on: workers))
      if edition.holdsInputScales, let scale = tensor.inputScale {
        block.setInputs(of: tensor.plan.spec, .fixed(scale: scale, zero: 0))
      } else if let inputs = edition.dynamicInputs?.quantization(for: tensor.plan.format) {
        block.setInputs(of: tensor.plan.spec, inputs)
      }
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

/// What is known of the inputs of a matrix.
private struct MatrixStatistics {
  /// With all tokens alike.
  var layer: ActivationStatistics?
  /// With tokens weighed by their gradients, and what the loss feels of errors in the outputs.
  var loss: ActivationStatistics?

  /// What a solver is to be given.
  func statistics(for solver: (any Solver)?) -> ActivationStatistics? {
    solver?.loss == .layer ? layer : loss ?? layer
  }
}

extension WeightSpec {
  /// The name inside of its block: `attn_q` for `blk.3.attn_q.weight`.
  package var shortName: String {
    ggufName.replacing(/^blk\.\d+\./, with: "").replacing(".weight", with: "")
  }
}
