import Calibration
import Checkpoints
import LinearAlgebra
import Models
import Solvers
import Spec
import Tensors

/// Runs part of the calibration text through the original and back, block by block, so that every matrix can be solved for what the
/// model predicts.
///
/// Weights of one block are in memory at a time; what blocks read, and the gradients behind them, stay on the tape.
package struct BackwardPass {
  private let model: any ModelWeights
  private let sample: TextSample
  private let decoder: Decoder
  private let tape: Tape
  private let draw: PredictionDraw
  private let workers: Workers
  private let observer: RunObserver

  /// - Throws: `.file` where there is no room for the tape in a file.
  private init(
    _ plan: Plan, _ sample: TextSample, _ draw: PredictionDraw, on workers: Workers, observer: @escaping RunObserver
  ) throws(RunError) {
    model = plan.source
    self.sample = sample
    self.workers = workers
    self.observer = observer
    decoder = Decoder(plan.source, sequenceLength: sample.sequences.length, on: workers)
    self.draw = draw
    do {
      tape = try Tape(
        sample.sequences, blocks: plan.source.shape.layers, columns: plan.source.shape.hiddenSize,
        in: plan.resources.activations, tokensPerBatch: plan.resources.tokensPerBatch)
    } catch {
      throw .file(error)
    }
  }

  /// The gradients of a plan's text; nil where the plan asks for none.
  package static func run(
    _ plan: Plan, on workers: Workers, observer: @escaping RunObserver
  ) throws(RunError) -> LossGradients? {
    guard plan.calibrates, let spec = plan.spec.calibration, let gradients = spec.gradients,
      let text = plan.calibration
    else {
      return nil
    }
    let sample = TextSample(text, tokens: gradients.tokens)
    let draw = PredictionDraw(gradients.draw.kind, seed: spec.seed)
    return try BackwardPass(plan, sample, draw, on: workers, observer: observer).run()
  }

  private func run() throws(RunError) -> LossGradients {
    let layers = model.shape.layers
    let steps = 2 * layers + 1
    observer(.began(.gradients, steps: steps))
    func done(_ count: Int) { observer(.advanced(.gradients, done: count, of: steps, detail: "")) }
    try embed()
    for layer in 0..<layers {
      try forward(layer)
      done(layer + 1)
    }
    let output = try head()
    done(layers + 1)
    for layer in (0..<layers).reversed() {
      try backward(layer)
      done(steps - layer)
    }
    let embedding = EmbeddingGradients(
      tape, sample, vocabulary: model.shape.vocabularySize, size: model.shape.hiddenSize,
      multiplier: model.shape.choices.embeddingMultiplier ?? 1, on: workers)
    return LossGradients(tape, sample, decoder, output: output, embedding: embedding, on: workers)
  }

  private func embed() throws(RunError) {
    let input = try read { () throws(CheckpointError) in try model.input() }
    for batch in tape.batches {
      let tokens = Array(sample.sequences.tokens[batch.rows])
      tape.keep(input: decoder.embed(tokens, input, batch.sequences), 0, batch)
    }
  }

  private func forward(_ layer: Int) throws(RunError) {
    let block = try block(layer)
    for batch in tape.batches {
      let edges = Edges(stream: tape.input(layer, batch))
      decoder.run(nil, block, edges, batch.sequences)
      tape.keep(input: edges.takeStream(), layer + 1, batch)
    }
  }

  private func backward(_ layer: Int) throws(RunError) {
    let block = try block(layer)
    for batch in tape.batches {
      let gradient = decoder.backward(
        block, tape.input(layer, batch), batch.sequences, gradient: tape.gradient(layer + 1, batch))
      guard gradient.firstNonFinite() == nil else { throw .gradients(layer: layer) }
      tape.keep(gradient: gradient, layer, batch)
    }
  }

  /// Draws from what the model predicts and goes back through the output matrix and the last norm.
  ///
  /// - Returns: what that says of the output matrix.
  private func head() throws(RunError) -> MatrixLoss? {
    let isTied = model.shape.tiedOutput
    let output = try read { () throws(CheckpointError) in try model.matrix(isTied ? .tokenEmbedding : .output) }
    let norm = try read { () throws(CheckpointError) in try model.matrix(.outputNorm) }
    let bias = try read { () throws(CheckpointError) in try model.optional(.outputNormBias) }
    let outputBias = try read { () throws(CheckpointError) in try model.optional(.outputBias) }
    let origins = sample.origins
    let rowsPerTile = max(16, min(1024, Self.logitsPerTile / max(1, output.rows)))
    let sums = GradientSums<Role>(sample, on: workers)
    for batch in tape.batches {
      let hidden = tape.input(model.shape.layers, batch)
      var gradient = Matrix(uninitializedRows: hidden.rows, columns: hidden.columns)
      for unit in batch.sequences.units {
        for start in stride(from: unit.rows.lowerBound, to: unit.rows.upperBound, by: rowsPerTile) {
          let rows = start..<min(start + rowsPerTile, unit.rows.upperBound)
          let first = batch.rows.lowerBound + start
          let own = decoder.backwardHead(
            hidden.copy(rows: rows), norm: norm, bias: bias, output, outputBias: outputBias,
            slope: { draw.gradient(of: $0, at: Array(origins[first..<first + rows.count]), on: workers) },
            observe: { role, _, x, g, units in sums.add(x, g, in: units, from: first, of: role, .costs) })
          gradient.replaceRows(from: start, with: own)
        }
      }
      guard gradient.firstNonFinite() == nil else { throw .gradients(layer: model.shape.layers) }
      tape.keep(gradient: gradient, model.shape.layers, batch)
    }
    return sums.take(.output)
  }

  static let logitsPerTile = 1 << 24

  private func block(_ layer: Int) throws(RunError) -> BlockWeights {
    try read { () throws(CheckpointError) in try model.block(layer).withPlainInputs() }
  }

  private func read<T: ~Copyable>(_ body: () throws(CheckpointError) -> T) throws(RunError) -> T {
    do { return try body() } catch { throw .checkpoint(error) }
  }
}

extension CalibrationSpec.Gradients.Draw {
  fileprivate var kind: PredictionDraw.Kind {
    switch self {
    case .labels: .labels
    case .signs: .signs
    }
  }
}
