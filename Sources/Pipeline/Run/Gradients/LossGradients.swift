import Calibration
import LinearAlgebra
import Models
import Solvers
import Tensors

/// What a backward pass left: from it every block's own gradients can be had again.
package final class LossGradients {
  private let tape: Tape
  private let sample: TextSample
  private let decoder: Decoder
  private let workers: Workers
  /// Of the output matrix, whose own rows are weighed and not what they do to each other.
  package let output: MatrixLoss?
  let embedding: EmbeddingGradients

  init(
    _ tape: Tape, _ sample: TextSample, _ decoder: Decoder, output: MatrixLoss?, embedding: EmbeddingGradients,
    on workers: Workers
  ) {
    self.tape = tape
    self.sample = sample
    self.decoder = decoder
    self.output = output
    self.embedding = embedding
    self.workers = workers
  }

  /// Runs the text through one block and back, and sums up what its matrices read and the gradients behind them.
  ///
  /// - Parameters:
  ///   - block: the original's weights, or what transforms made of them without changing what the block does.
  ///   - keys: the matrices that are asked about.
  package func losses(
    of block: BlockWeights, _ keys: Set<BlockWeights.Key>, _ form: OutputForm = .blocks
  ) -> [BlockWeights.Key: MatrixLoss] {
    let sums = GradientSums<BlockWeights.Key>(sample, on: workers)
    for batch in tape.batches {
      _ = decoder.backward(
        block, tape.input(block.layer, batch), batch.sequences, gradient: tape.gradient(block.layer + 1, batch)
      ) { role, expert, x, g, units in
        let key = BlockWeights.Key(role, expert: expert)
        if keys.contains(key) { sums.add(x, g, in: units, from: batch.rows.lowerBound, of: key, form) }
      }
    }
    var losses: [BlockWeights.Key: MatrixLoss] = [:]
    for key in sums.keys { losses[key] = sums.take(key) }
    return losses
  }
}

/// What gradients say of the embedding table: the metric Σ g gᵀ of the stream before the first block, and for each row of the table
/// what the gradients of its own tokens add up to.
struct EmbeddingGradients {
  /// An error δ in a row costs half its weight times δᵀ H δ nats per token, H being the Hessian with a mean diagonal of 1.
  let statistics: ActivationStatistics

  /// - Parameters:
  ///   - vocabulary: rows of the table.
  ///   - size: columns of it.
  ///   - multiplier: of what is looked up.
  init(_ tape: Tape, _ sample: TextSample, vocabulary: Int, size: Int, multiplier: Float, on workers: Workers) {
    let tokens = sample.sequences.tokens
    var gram = GramMatrix(size: size)
    var weights = [Double](repeating: 0, count: vocabulary)
    for batch in tape.batches {
      let gradient = tape.gradient(0, batch)
      for unit in batch.sequences.units { gram.add(gradient, rows: unit.rows, shard: unit.shard, on: workers) }
      for row in 0..<gradient.rows {
        let values = gradient.row(row)
        weights[Int(tokens[batch.rows.lowerBound + row])] += Double(
          laneSum(size) { values[unchecked: $0] * values[unchecked: $0] })
      }
    }
    let trace = weights.reduce(0, +)
    let hessian = gram.finished(times: trace > 0 ? Double(size) / trace : 0, on: workers)
    let share = Double(multiplier) * Double(multiplier) / Double(max(1, size * tokens.count))
    statistics = ActivationStatistics(
      hessian: hessian, outputs: OutputMetric(rowWeights: weights.map { Float($0 * share) }, tokens: tokens.count),
      tokens: tokens.count)
  }
}

extension EmbeddingGradients {
  /// The same for a table that makes logits too: one Hessian for all rows, and for each row the sum of what both uses cost.
  ///
  /// - Parameter output: what is known of the final hidden state, and for each row how much it counts there.
  func tied(_ output: ActivationStatistics) -> ActivationStatistics {
    guard let ofOutput = output.outputs, let ofTable = statistics.outputs else { return output }
    let (first, second) = (ofOutput.diagonal, ofTable.diagonal)
    let share = first.reduce(0, +)
    let other = second.reduce(0, +)
    let all = share + other
    guard all > 0 else { return output }
    let hessian = Matrix(rows: output.hessian.rows, columns: output.hessian.columns) {
      (share * output.hessian[$0, $1] + other * statistics.hessian[$0, $1]) / all
    }
    let (trace, otherTrace) = (Self.meanDiagonal(output.hessian), Self.meanDiagonal(statistics.hessian))
    let mean = (share * trace + other * otherTrace) / all
    let weights = zip(first, second).map { ($0 * trace + $1 * otherTrace) / mean }
    return ActivationStatistics(
      hessian: hessian, outputs: OutputMetric(rowWeights: weights, tokens: ofOutput.tokens), tokens: output.tokens)
  }

  private static func meanDiagonal(_ matrix: borrowing Matrix) -> Float {
    (0..<matrix.rows).reduce(0) { $0 + matrix[$1, $1] } / Float(max(1, matrix.rows))
  }
}
