import Calibration
import Checkpoints
import Foundation
import Models
import Tensors

/// Runs whole models over token sequences, one block in memory at a time.
///
/// As `llama-perplexity` does, only the second half of each sequence is scored, so that every prediction has at least
/// half a context behind it.
package struct Evaluation: Sendable {
  package let sequences: TokenSequences
  private let workers: Workers
  /// Called after each block and each scored sequence with the work done so far and in all.
  private let progress: @Sendable (_ done: Int, _ total: Int) -> Void

  package init(
    _ sequences: TokenSequences, on workers: Workers,
    progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in }
  ) {
    precondition(sequences.length >= 4, "half a sequence must leave something to predict")
    self.sequences = sequences
    self.workers = workers
    self.progress = progress
  }

  /// Positions of a sequence from which the next token is predicted and scored.
  private var scoredPositions: Range<Int> { sequences.length / 2..<sequences.length - 1 }

  /// Perplexity of one model by itself.
  package func perplexity(of model: ModelSource) throws(CheckpointError) -> Estimate {
    let steps = model.shape.layers + sequences.count
    let state = try run(model, from: 0, of: steps)
    var losses: [Double] = []
    for index in 0..<sequences.count {
      let logits = state.logits(index, scoredPositions)
      losses += score(index) { row, token in Double(loss(logits.row(row), next: token)) }
      progress(model.shape.layers + index + 1, steps)
    }
    let mean = Estimate(meanOf: losses)
    return Estimate(value: exp(mean.value), standardError: exp(mean.value) * mean.standardError)
  }

  /// Scores of every predicted token under two models with one vocabulary.
  package func compare(
    _ candidate: ModelSource, with reference: ModelSource
  ) throws(CheckpointError) -> [TokenScore] {
    let blocks = reference.shape.layers + candidate.shape.layers
    let steps = blocks + sequences.count
    let a = try run(reference, from: 0, of: steps)
    let b = try run(candidate, from: reference.shape.layers, of: steps)
    var scores: [TokenScore] = []
    for index in 0..<sequences.count {
      let p = a.logits(index, scoredPositions)
      let q = b.logits(index, scoredPositions)
      scores += score(index) { row, token in
        TokenScore(reference: p.row(row), candidate: q.row(row), next: token)
      }
      progress(blocks + index + 1, steps)
    }
    return scores
  }

  /// Applies `judge` to each scored row of a sequence and the token that really came next.
  private func score<T: Sendable>(_ index: Int, _ judge: (_ row: Int, _ token: Int) -> T) -> [T] {
    let tokens = sequences[index]
    return workers.map(scoredPositions.count) { row in
      judge(row, Int(tokens[tokens.startIndex + scoredPositions.lowerBound + row + 1]))
    }
  }

  /// All blocks and the last norm.
  private func run(
    _ model: ModelSource, from done: Int, of steps: Int
  ) throws(CheckpointError) -> FinalState {
    let decoder = Decoder(model.shape, sequenceLength: sequences.length, on: workers)
    let table = SharedMatrix(try model.matrix(.tokenEmbedding))
    var activations = Activations(sequences, decoder, table: table.matrix)
    for layer in 0..<model.shape.layers {
      let block = try model.block(layer)
      activations.update { batch in decoder.run(block, &batch) }
      model.release(layer)
      progress(done + layer + 1, steps)
    }
    let norm = try model.matrix(.outputNorm)
    activations.update { batch in batch = decoder.normalize(batch, norm) }
    let output = model.shape.tiedOutput ? table : SharedMatrix(try model.matrix(.output))
    return FinalState(decoder: decoder, hidden: activations, output: output)
  }
}

/// What the output matrix reads, and the output matrix.
private struct FinalState: ~Copyable {
  let decoder: Decoder
  let hidden: Activations
  let output: SharedMatrix

  /// Logits of some positions of one sequence, `[positions, vocabulary]`.
  borrowing func logits(_ index: Int, _ positions: Range<Int>) -> Matrix {
    decoder.logits(hidden.sequence(index).copy(rows: positions), output.matrix)
  }
}
