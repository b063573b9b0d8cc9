import Calibration
import Checkpoints
import LinearAlgebra
import Models
import Solvers
import Tensors

/// Carries the calibration text through the network, one block at a time.
final class Calibrator {
  var activations: Activations
  /// The text as the original network carries it, where a solver asks how far `activations` has drifted from that.
  private var original: Activations?
  /// Whether `activations` and `original` differ: the first block reads the same from both.
  private var hasDrifted = false
  let decoder: Decoder
  private let inputs: CalibrationSpec.Inputs
  /// What becomes of starved experts; nil where nothing does.
  let rule: CalibrationSpec.Experts?
  let workers: Workers
  let tokens: Int
  /// The experts of the block that was observed last.
  private(set) var experts: [ObservedExpert] = []

  /// - Parameters:
  ///   - input: what turns tokens into what the first block reads.
  ///   - drift: whether to observe how far quantized inputs drift from the original ones.
  ///   - storage: where activations are kept.
  /// - Throws: `.file` where there is no room for activations in a file.
  init(
    _ sequences: TokenSequences, _ shape: DecoderShape, inputs: CalibrationSpec.Inputs, drift: Bool = false,
    experts rule: CalibrationSpec.Experts? = nil, _ input: InputWeights, in storage: ActivationStorage,
    on workers: Workers
  ) throws(RunError) {
    decoder = Decoder(shape, sequenceLength: sequences.length, on: workers)
    do {
      activations = try Activations(sequences, decoder, input, in: storage)
      original = drift ? try Activations(sequences, columns: input.table.matrix.columns, in: storage) : nil
    } catch {
      throw .file(error)
    }
    tokens = sequences.tokens.count
    self.inputs = inputs
    self.rule = rule
    self.workers = workers
  }

  /// Runs a block as it was and gathers what its matrices read.
  ///
  /// When later blocks are to see original activations, this also moves the text past the block.
  func observe(_ block: BlockWeights, layer: Int) throws(RunError) -> [Site: ActivationStatistics] {
    let sums = SiteStatistics(on: workers)
    // Where nothing has drifted yet, one run serves both texts.
    let movesOriginal = original != nil && !hasDrifted
    let extent: Decoder.Extent = inputs == .original || movesOriginal ? .whole : .allSites
    for batch in activations.batches {
      let originals = hasDrifted ? observeOriginal(block, batch) : [:]
      var rows = activations.batch(batch)
      var failure: RunError?
      decoder.run(block, &rows, batch.sequences, extent) { site, activations in
        if let (token, column) = activations.firstNonFinite(), failure == nil {
          failure = .activations(
            layer: layer, site: site.rawValue, token: token, column: column, value: activations[token, column])
        }
        sums.add(activations, at: site)
        if let pool = pool(site) { sums.add(activations, at: pool) }
        if let original = originals[site] { sums.addDrift(activations, from: original.matrix, at: site) }
      }
      if let failure { throw failure }
      // Starved experts are shown all tokens in another pass.
      if inputs == .original, decoder.shape.choices.experts == nil { activations.replace(batch, with: rows) }
      if movesOriginal { original?.replace(batch, with: rows) }
    }
    var statistics: [Site: ActivationStatistics] = [:]
    for site in sums.sites {
      if let sum = sums.take(site) {
        statistics[site] = ActivationStatistics(sum, drift: sums.takeDrift(site), on: workers)
      }
    }
    guard decoder.shape.choices.experts != nil else { return statistics }
    experts = feedStarved(&statistics, of: block)
    if inputs == .original { activations.update { [decoder] rows, sequences in decoder.run(block, &rows, sequences) } }
    return statistics
  }

  /// The scale of each site's inputs as eight-bit integers, of a block as it is about to be solved: after transforms, which
  /// change inputs too.
  ///
  /// - Precondition: later blocks see quantized inputs, so that the text stands before this block.
  func inputScales(_ block: BlockWeights) -> [Site: Float] {
    let ranges = InputRanges(on: workers)
    activations.forEachBatch { [decoder] rows, sequences in
      decoder.run(block, &rows, sequences, .allSites) { site, input in ranges.add(input, at: site) }
    }
    return ranges.all.mapValues { InputQuantization.stored(scale: $0.scale) }
  }

  /// Moves the original text past a block and tells what each site read; nothing where nobody asks for it.
  private func observeOriginal(_ block: BlockWeights, _ batch: Activations.Batch) -> [Site: SharedMatrix] {
    guard var rows = original?.batch(batch) else { return [:] }
    var seen: [Site: SharedMatrix] = [:]
    decoder.run(block, &rows, batch.sequences) { site, activations in
      // Other tokens go to an expert of the original.
      if site.expert == nil { seen[site] = SharedMatrix(activations.copy()) }
    }
    original?.replace(batch, with: rows)
    return seen
  }

  /// Moves the text past a block as it is in the product, when that is what later blocks are to see.
  func propagate(_ block: @autoclosure () -> BlockWeights) {
    guard inputs == .quantized else { return }
    let block = block()
    activations.update { [decoder] rows, sequences in decoder.run(block, &rows, sequences) }
    hasDrifted = original != nil
  }

  /// What is known of the final hidden state, which the output matrix reads.
  func finalHidden(norm: borrowing Matrix, bias: SharedMatrix? = nil) -> ActivationStatistics {
    let sums = SiteStatistics(on: workers)
    for batch in activations.batches {
      let rows = decoder.normalize(activations.batch(batch), norm, bias: bias)
      sums.add(rows, at: .finalHidden)
      guard let original = original?.batch(batch) else { continue }
      sums.addDrift(rows, from: decoder.normalize(original, norm, bias: bias), at: .finalHidden)
    }
    guard let sum = sums.take(.finalHidden) else { return .uniform(columns: norm.columns) }
    return ActivationStatistics(sum, drift: sums.takeDrift(.finalHidden), on: workers)
  }
}
