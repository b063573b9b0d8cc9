import ArgumentParser
import Calibration
import LinearAlgebra
import Models
import Tensors

/// How fast a model runs block by block, with and without sums of outer products at every site.
struct ModelCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "model",
    abstract: "Tokens a second of a model's blocks: the forward pass alone, and with whole Hessians.")

  @OptionGroup var options: BenchOptions
  @Argument(help: "A Hugging Face folder or a GGUF file.")
  var model: String
  @Option(help: "Tokens to run.")
  var tokens = 4096
  @Option(help: "Tokens in one sequence.")
  var context = 512

  struct Report: Encodable {
    let core: String
    let workers: Int
    let tokens: Int
    let context: Int
    let forwardTokensPerSecond: Double
    let calibrationTokensPerSecond: Double
    /// Billions of useful operations a second in calibration: products with weights, causal attention, one triangle of
    /// each Hessian.
    let usefulRate: Double
    /// The rate of plain square products on all workers.
    let peakRate: Double
    let shareOfPeak: Double
  }

  func run() throws {
    let workers = options.workers
    let source = try ModelSource(path: model, on: workers)
    let sequences = TokenSequences(
      tokens: (0..<tokens).map { Int32(($0 * 7919 + $0 / 97) % source.shape.vocabularySize) }, length: context)
    let decoder = Decoder(source, sequenceLength: context, on: workers)
    let input = try source.input()
    let blocks = try (0..<source.shape.layers).map { try source.block($0) }
    func run(observing: Bool) throws {
      var activations = try Activations(sequences, decoder, input, in: .memory)
      for block in blocks {
        let sums = SiteStatistics(on: workers)
        activations.update { edges, sequences in
          decoder.run(nil, block, edges, sequences) { site, inputs, units in
            if observing { sums.add(inputs, in: units, at: site) }
          }
        }
      }
    }
    let forward = try options.fastest { try run(observing: false) }
    let calibration = try options.fastest { try run(observing: true) }
    let rate = usefulOperations(source) * Double(tokens) / calibration * 1e-9
    let peak = PeakCommand.peak(options, workers, side: 2048)
    try report(
      Report(
        core: BLAS.coreName, workers: workers.count, tokens: tokens, context: context,
        forwardTokensPerSecond: Double(tokens) / forward, calibrationTokensPerSecond: Double(tokens) / calibration,
        usefulRate: rate, peakRate: peak, shareOfPeak: rate / peak))
  }

  /// Operations for one token in all blocks.
  private func usefulOperations(_ source: ModelSource) -> Double {
    var sum = 0.0
    for layer in 0..<source.shape.layers {
      var inputs: [Site: Int] = [:]
      for weight in source.specs(layer: layer) {
        guard let site = weight.site, !weight.isVector else { continue }
        sum += 2 * Double(weight.rows) * Double(weight.columns)
        inputs[site] = weight.columns
      }
      // Scores and their sums of values, over half of the context on average.
      sum += 2 * Double(context + 1) * Double(source.shape.heads * source.shape.headSize)
      for columns in inputs.values { sum += Double(columns) * Double(columns + 1) }
    }
    return sum
  }
}
