import Calibration
import Checkpoints
import LinearAlgebra
import Models
import Solvers
import Spec
import Tensors

/// Carries the calibration text through a network that is being quantized, one sub-layer of a block at a time.
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
        sequences, decoder, input, in: resources.activations, tokensPerBatch: resources.tokensPerBatch)
    }
    let original = try Self.attempt { () throws(FileError) in
      drift
        ? try OriginalText(
          sequences, columns: input.table.matrix.columns, in: resources.activations,
          tokensPerBatch: resources.tokensPerBatch) : nil
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
  /// - Parameter blocks: for each text, of the same weights.
  static func observe(
    _ texts: [Calibrator], _ blocks: [BlockWeights], _ subLayer: SubLayer
  ) throws(RunError) -> [Observation] {
    let first = texts[0]
    precondition(texts.count == 1 || texts.allSatisfy { $0.hasDrifted && $0.original === first.original })
    let gatherings = texts.map { Gathering(asksForRanges: $0.observesRanges, on: $0.workers) }
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
    if inputs == .original { try move(block, subLayer) }
    return observation
  }

  /// What the matrices of a block would read if none of them were quantized. No text moves.
  func preview(_ block: BlockWeights) throws(RunError) -> [Site: ActivationStatistics] {
    let gathering = Gathering(asksForRanges: false, on: workers)
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
      gathering.add(activations, in: units, at: site)
      if failure == nil { failure = notFinite(activations, at: site, of: block, gathering.sums) }
      if let pool = pool(site) { gathering.sums.add(activations, in: units, at: pool) }
      if let original = originals[site] {
        gathering.sums.addDrift(activations, from: original.matrix, in: units, at: site)
      }
    }
    if let failure { throw failure }
  }

  /// What to say of activations that are no numbers; nil where all are. They show in the sum, which is far quicker to look at.
  private func notFinite(
    _ activations: borrowing Matrix, at site: Site, of block: BlockWeights, _ sums: SiteStatistics
  ) -> RunError? {
    guard !sums.isFinite(at: site), let (token, column) = activations.firstNonFinite() else { return nil }
    return .activations(
      layer: block.layer, site: site.label, token: token, column: column, value: activations[token, column])
  }

  /// Moves the text past a sub-layer as it is in the product, when that is what comes after it is to see.
  func propagate(_ block: @autoclosure () -> BlockWeights, _ subLayer: SubLayer) throws(RunError) {
    guard inputs == .quantized else { return }
    try move(block(), subLayer)
    hasDrifted = original != nil
  }

  private func move(_ block: BlockWeights, _ subLayer: SubLayer) throws(RunError) {
    for batch in activations.batches {
      let edges = activations.take(batch)
      decoder.run(subLayer, block, edges, batch.sequences)
      do { try activations.move(batch, to: edges) } catch { throw .file(error) }
    }
  }

  /// What is known of the final hidden state, which the output matrix reads.
  func finalHidden(norm: borrowing Matrix, bias: SharedMatrix? = nil) -> ActivationStatistics {
    let sums = SiteStatistics(on: workers)
    for batch in activations.batches {
      let rows = decoder.normalize(activations.stream(batch), norm, bias: bias)
      let units = batch.sequences.units
      sums.add(rows, in: units, at: .finalHidden)
      guard let original = original?.stream(batch) else { continue }
      sums.addDrift(rows, from: decoder.normalize(original, norm, bias: bias), in: units, at: .finalHidden)
    }
    guard let sum = sums.take(.finalHidden) else { return .uniform(columns: norm.columns) }
    return ActivationStatistics(sum, drift: sums.takeDrift(.finalHidden), on: workers)
  }
}

/// What calibration saw of a sub-layer.
struct Observation {
  var statistics: [Site: ActivationStatistics] = [:]
  /// The scale of each site's inputs as eight-bit integers; none where nobody asks.
  var inputScales: [Site: Float] = [:]
}

/// What is summed up while text runs through a sub-layer.
private struct Gathering {
  let sums: SiteStatistics
  private let ranges: InputRanges?

  init(asksForRanges: Bool, on workers: Workers) {
    sums = SiteStatistics(on: workers)
    ranges = asksForRanges ? InputRanges(on: workers) : nil
  }

  func add(_ activations: borrowing Matrix, in units: [RowUnit], at site: Site) {
    sums.add(activations, in: units, at: site)
    ranges?.add(activations, at: site)
  }

  func finished(on workers: Workers) -> Observation {
    var observation = Observation()
    for site in sums.sites {
      guard let sum = sums.take(site) else { continue }
      observation.statistics[site] = ActivationStatistics(sum, drift: sums.takeDrift(site), on: workers)
    }
    observation.inputScales = ranges?.all.mapValues { InputQuantization.stored(scale: $0.scale) } ?? [:]
    return observation
  }
}
