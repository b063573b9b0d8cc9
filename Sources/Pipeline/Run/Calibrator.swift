import Calibration
import LinearAlgebra
import Models
import Solvers
import Tensors

/// Carries the calibration text through the network, one block at a time.
final class Calibrator {
  private var activations: Activations
  private let decoder: Decoder
  private let inputs: CalibrationSpec.Inputs
  private let workers: Workers
  let tokens: Int

  /// - Parameter table: the embedding table `[vocabulary, hidden]`.
  init(
    _ sequences: TokenSequences, _ shape: DecoderShape, inputs: CalibrationSpec.Inputs, table: borrowing Matrix,
    on workers: Workers
  ) {
    decoder = Decoder(shape, sequenceLength: sequences.length, on: workers)
    activations = Activations(sequences, decoder, table: table)
    tokens = sequences.tokens.count
    self.inputs = inputs
    self.workers = workers
  }

  /// Runs a block as it was and gathers what its matrices read.
  ///
  /// When later blocks are to see original activations, this also moves the text past the block.
  func observe(_ block: BlockWeights, layer: Int) throws(RunError) -> [Site: ActivationStatistics] {
    let sums = SiteStatistics(on: workers)
    let body: (inout Matrix) throws(RunError) -> Void = { [decoder] batch throws(RunError) in
      var failure: RunError?
      decoder.run(block, &batch) { site, activations in
        if let (token, column) = activations.firstNonFinite(), failure == nil {
          failure = .activations(
            layer: layer, site: site.rawValue, token: token, column: column, value: activations[token, column])
        }
        sums.add(activations, at: site)
      }
      if let failure { throw failure }
    }
    switch inputs {
    case .quantized: try activations.forEachBatch(body)
    case .original: try activations.update(body)
    }
    var statistics: [Site: ActivationStatistics] = [:]
    for site in Site.allCases {
      if let sum = sums.take(site) { statistics[site] = ActivationStatistics(sum) }
    }
    return statistics
  }

  /// Moves the text past a block as it is in the product, when that is what later blocks are to see.
  func propagate(_ block: @autoclosure () -> BlockWeights) {
    guard inputs == .quantized else { return }
    let block = block()
    activations.update { [decoder] batch in decoder.run(block, &batch) }
  }

  /// The mean outer product of what the output matrix reads, `[hidden, hidden]`.
  func finalHidden(norm: borrowing Matrix) -> Matrix {
    var sum = GramMatrix(size: norm.columns)
    activations.forEachBatch { batch in sum.add(decoder.normalize(batch, norm), on: workers) }
    return sum.finished()
  }
}
