import Calibration
import Checkpoints
import LinearAlgebra
import Models
import Solvers
import Spec
import Tensors

/// Carries the calibration text through a network that is being quantized, one sub-layer of a block at a time. Of several ranks each
/// carries some shards of it, and all know what was observed of all.
final class Calibrator {
  var activations: Activations
  /// The text as the original network carries it, where a solver asks how far `activations` has drifted from that.
  private(set) var original: OriginalText?
  /// Whether `activations` and `original` differ: the first block reads the same from both.
  private(set) var hasDrifted = false
  let decoder: Decoder
  private let inputs: CalibrationSpec.Inputs
  /// What becomes of starved experts; nil where nothing does.
  let rule: CalibrationSpec.Experts?
  let workers: Workers
  let tokens: Int
  /// Whether products ask for scales of inputs.
  private let observesRanges: Bool
  /// The experts of the block that was observed last.
  private(set) var experts: [ObservedExpert] = []

  /// - Parameters:
  ///   - input: what turns tokens into what the first block reads.
  ///   - drift: whether to observe how far quantized inputs drift from the original ones.
  ///   - ranges: whether to observe how large inputs are.
  ///   - resources: where activations are kept, and how many are worked on at a time.
  /// - Throws: `.file` where there is no room for activations in a file.
  convenience init(
    _ sequences: TokenSequences, _ model: any ModelWeights, inputs: CalibrationSpec.Inputs, drift: Bool = false,
    ranges: Bool = false, experts rule: CalibrationSpec.Experts? = nil, _ input: InputWeights,
    in resources: ResourcePlan,
    on workers: Workers
  ) throws(RunError) {
    let decoder = Decoder(model, sequenceLength: sequences.length, on: workers)
    let activations = try Self.attempt { () throws(FileError) in
      try Activations(
        sequences, decoder, input, in: resources.activations, tokensPerBatch: resources.tokensPerBatch,
        over: workers.ranks)
    }
    let original = try Self.attempt { () throws(FileError) in
      drift
        ? try OriginalText(
          sequences, columns: input.table.matrix.columns, in: resources.activations,
          tokensPerBatch: resources.tokensPerBatch, over: workers.ranks) : nil
    }
    self.init(
      activations, original, hasDrifted: false, model, sequences, inputs: inputs, ranges: ranges, experts: rule,
      on: workers)
  }

  /// The text as it stands somewhere between blocks.
  init(
    _ activations: consuming Activations, _ original: OriginalText?, hasDrifted: Bool, _ model: any ModelWeights,
    _ sequences: TokenSequences, inputs: CalibrationSpec.Inputs, ranges: Bool, experts rule: CalibrationSpec.Experts?,
    on workers: Workers
  ) {
    decoder = Decoder(model, sequenceLength: sequences.length, on: workers)
    self.activations = activations
    self.original = original
    self.hasDrifted = hasDrifted
    tokens = sequences.tokens.count
    self.inputs = inputs
    observesRanges = ranges
    self.rule = rule
    self.workers = workers
  }

  /// Does what may find no room in a file.
  static func attempt<T: ~Copyable>(_ body: () throws(FileError) -> T) throws(RunError) -> T {
    do { return try body() } catch { throw .file(error) }
  }

  /// The text where another one stands, which goes its own way from here on.
  ///
  /// - Parameters:
  ///   - sharesOriginal: whether blocks stay those of the other one, as the original network has them.
  /// - Throws: `.file` where there is no room for activations in a file.
  init(
    parting other: Calibrator, drift: Bool, ranges: Bool, sharesOriginal: Bool
  ) throws(RunError) {
    do { activations = try other.activations.duplicated() } catch { throw .file(error) }
    if !drift {
      original = nil
    } else if sharesOriginal {
      original = other.original
    } else {
      original = try other.original?.duplicated()
    }
    hasDrifted = original != nil && other.hasDrifted
    (decoder, inputs, rule, workers, tokens) = (other.decoder, other.inputs, other.rule, other.workers, other.tokens)
    observesRanges = ranges
    experts = other.experts
  }

  /// Runs a sub-layer of a block as it was, and gathers what its matrices read.
  ///
  /// When later matrices are to see original activations, this also moves the text past it.
  func observe(_ block: BlockWeights, _ subLayer: SubLayer) throws(RunError) -> Observation {
    try Self.observe([self], [block], subLayer)[0]
  }

  /// The same for a whole block.
  func observe(_ block: BlockWeights) throws(RunError) -> Observation {
    try observe(block, decoder.blocks[block.layer].whole)
  }

  /// The same for several texts that share the original one, which is run once for all of them.
  ///
  /// - Parameters:
  ///   - blocks: for each text, of the same weights.
  ///   - losses: for each text, where gradients are known.
  static func observe(
    _ texts: [Calibrator], _ blocks: [BlockWeights], _ subLayer: SubLayer, losses: [BlockLosses?] = []
  ) throws(RunError) -> [Observation] {
    let first = texts[0]
    precondition(texts.count == 1 || texts.allSatisfy { $0.hasDrifted && $0.original === first.original })
    let gatherings = texts.indices.map { index in
      Gathering(
        asksForRanges: texts[index].observesRanges, losses: index < losses.count ? losses[index] : nil,
        on: texts[index].workers)
    }
    for batch in first.activations.batches {
      let originals =
        first.hasDrifted ? try first.original?.advance(batch, past: subLayer, of: blocks[0], first.decoder) : nil
      for (index, text) in texts.enumerated() {
        try text.observe(batch, blocks[index], subLayer, into: gatherings[index], originals ?? [:])
      }
    }
    var observations: [Observation] = []
    for (index, text) in texts.enumerated() {
      observations.append(try text.finished(gatherings[index], blocks[index], subLayer))
    }
    return observations
  }

  private func observe(
    _ batch: Activations.Batch, _ block: BlockWeights, _ subLayer: SubLayer, into gathering: Gathering,
    _ originals: [Site: SharedMatrix]
  ) throws(RunError) {
    // Starved experts are shown all tokens in another pass.
    let moves = inputs == .original && route(subLayer, block) == nil
    // Where nothing has drifted yet, one run serves both texts.
    let movesOriginal = original != nil && !hasDrifted
    let edges = movesOriginal && !moves ? activations.copy(batch) : activations.take(batch)
    try run(subLayer, block, edges, batch, moves || movesOriginal ? .whole : .allSites, into: gathering, originals)
    do throws(FileError) {
      if moves {
        try activations.move(batch, to: edges)
      } else if movesOriginal {
        try original?.move(batch, to: edges)
      } else {
        activations.putBack(batch, edges)
      }
    } catch {
      throw .file(error)
    }
  }

  /// The experts of a sub-layer.
  private func route(_ subLayer: SubLayer, _ block: BlockWeights) -> Route? {
    subLayer.route(decoder.blocks[block.layer])
  }

  private func finished(
    _ gathering: Gathering, _ block: BlockWeights, _ subLayer: SubLayer
  ) throws(RunError) -> Observation {
    var observation = gathering.finished(on: workers)
    guard let route = route(subLayer, block) else { return observation }
    experts = feedStarved(&observation.statistics, of: block, subLayer, route)
    // What a starved expert is fed has no gradients.
    observation.underLoss = observation.underLoss.filter { key, _ in
      key.expert.map { experts[$0].substitute == nil } ?? true
    }
    if inputs == .original { try move(block, subLayer) }
    return observation
  }

  /// What the matrices of a block would read if none of them were quantized. No text moves.
  func preview(_ block: BlockWeights) throws(RunError) -> [Site: ActivationStatistics] {
    let gathering = Gathering(asksForRanges: false, losses: nil, on: workers)
    for batch in activations.batches {
      let edges = activations.take(batch)
      try run(decoder.blocks[block.layer].whole, block, edges, batch, .allSites, into: gathering)
      activations.putBack(batch, edges)
    }
    return gathering.finished(on: workers).statistics
  }

  private func run(
    _ subLayer: SubLayer, _ block: BlockWeights, _ edges: Edges, _ batch: Activations.Batch, _ extent: Decoder.Extent,
    into gathering: Gathering, _ originals: [Site: SharedMatrix] = [:]
  ) throws(RunError) {
    var failure: RunError?
    decoder.run(subLayer, block, edges, batch.sequences, extent) { site, activations, units in
      gathering.add(activations, original: originals[site], in: units, from: batch.rows.lowerBound, at: site)
      if failure == nil { failure = notFinite(activations, at: site, of: block, gathering) }
      if let pool = pool(site) { gathering.sums.add(activations, in: units, at: pool) }
    }
    if let failure { throw failure }
  }

  /// What to say of activations that are no numbers; nil where all are. They show in the sum, which is far quicker to look at.
  private func notFinite(
    _ activations: borrowing Matrix, at site: Site, of block: BlockWeights, _ gathering: Gathering
  ) -> RunError? {
    guard !gathering.isFinite(at: site), let (token, column) = activations.firstNonFinite() else { return nil }
    return .activations(
      layer: block.layer, site: site.label, token: token, column: column, value: activations[token, column])
  }

  /// Moves the text past a sub-layer as it is in the product, when that is what comes after it is to see.
  func propagate(_ block: @autoclosure () -> BlockWeights, _ subLayer: SubLayer) throws(RunError) {
    guard inputs == .quantized else { return }
    try move(block(), subLayer)
    hasDrifted = original != nil
  }

  /// Moves the text past a whole block.
  func pass(_ block: BlockWeights) throws(RunError) { try move(block, decoder.blocks[block.layer].whole) }

  private func move(_ block: BlockWeights, _ subLayer: SubLayer) throws(RunError) {
    for batch in activations.batches {
      let edges = activations.take(batch)
      decoder.run(subLayer, block, edges, batch.sequences)
      do { try activations.move(batch, to: edges) } catch { throw .file(error) }
    }
  }

  /// What is known of the final hidden state, which the output matrix reads.
  ///
  /// - Parameter loss: what gradients say of the output matrix; nil to let all tokens count alike.
  func finalHidden(
    norm: borrowing Matrix, bias: SharedMatrix? = nil, loss: MatrixLoss? = nil
  ) -> ActivationStatistics {
    let key = BlockWeights.Key(.output)
    let losses = loss.map { BlockLosses(matrices: [key: $0], readers: [.finalHidden: [key]], layerSites: []) }
    let gathering = Gathering(asksForRanges: false, losses: losses, on: workers)
    for batch in activations.batches {
      let rows = decoder.normalize(activations.stream(batch), norm, bias: bias)
      let original = original.map { SharedMatrix(decoder.normalize($0.stream(batch), norm, bias: bias)) }
      gathering.add(
        rows, original: original, in: batch.sequences.units, from: batch.rows.lowerBound, at: .finalHidden)
    }
    let observation = gathering.finished(on: workers)
    return observation.underLoss[key] ?? observation.statistics[.finalHidden] ?? .uniform(columns: norm.columns)
  }
}

/// What calibration saw of a sub-layer.
struct Observation {
  var statistics: [Site: ActivationStatistics] = [:]
  /// The same for single matrices, whose tokens are weighed by their gradients.
  var underLoss: [BlockWeights.Key: ActivationStatistics] = [:]
  /// The scale of each site's inputs as eight-bit integers; none where nobody asks.
  var inputScales: [Site: Float] = [:]
}

/// What is summed up while text runs through a sub-layer.
private struct Gathering {
  let sums: SiteStatistics
  private let weighed: OuterProducts<BlockWeights.Key>
  private let losses: BlockLosses?
  private let ranges: InputRanges?
  private let workers: Workers

  init(asksForRanges: Bool, losses: BlockLosses?, on workers: Workers) {
    sums = SiteStatistics(on: workers)
    weighed = OuterProducts(on: workers)
    self.losses = losses
    ranges = asksForRanges ? InputRanges(on: workers) : nil
    self.workers = workers
  }

  /// - Parameters:
  ///   - original: what the original network gives the site, where that is asked for.
  ///   - first: the token that the units count from.
  func add(
    _ activations: borrowing Matrix, original: SharedMatrix?, in units: [RowUnit], from first: Int, at site: Site
  ) {
    ranges?.add(activations, at: site)
    if losses?.isCountedAlike(site) ?? true {
      sums.add(activations, in: units, at: site)
      if let original { sums.addDrift(activations, from: original.matrix, in: units, at: site) }
    }
    for key in losses?.readers(of: site) ?? [] {
      guard let weights = losses?.matrices[key]?.weights else { continue }
      let own = weights.applied(to: activations, in: units, from: first, on: workers)
      weighed.add(own, in: units, at: key)
      guard let original else { continue }
      let ownOriginal = weights.applied(to: original.matrix, in: units, from: first, on: workers)
      weighed.addDrift(own, from: ownOriginal, in: units, at: key)
    }
  }

  /// Whether all that was added of a site's inputs is finite, as far as sums show.
  func isFinite(at site: Site) -> Bool {
    sums.isFinite(at: site) && (losses?.readers(of: site) ?? []).allSatisfy { weighed.isFinite(at: $0) }
  }

  func finished(on workers: Workers) -> Observation {
    sums.gather()
    weighed.gather()
    ranges?.gather()
    var observation = Observation()
    for site in sums.sites {
      guard let sum = sums.take(site) else { continue }
      observation.statistics[site] = ActivationStatistics(sum, drift: sums.takeDrift(site), on: workers)
    }
    for key in weighed.sites {
      guard let sum = weighed.take(key) else { continue }
      observation.underLoss[key] = ActivationStatistics(
        sum, drift: weighed.takeDrift(key), outputs: losses?.matrices[key]?.outputs, on: workers)
    }
    observation.inputScales = ranges?.all.mapValues { InputQuantization.stored(scale: $0.scale) } ?? [:]
    return observation
  }
}
