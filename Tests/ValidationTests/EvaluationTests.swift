import Calibration
import Foundation
import Models
import Synchronization
import TestSupport
import Tensors
import Testing
import Validation

struct EvaluationTests {
  private let folder: TemporaryFolder
  private let workers = Workers(count: 2)

  init() throws {
    folder = try TemporaryFolder()
  }

  private func sequences(_ count: Int, length: Int, vocabulary: Int = TinyLlama.vocabulary) -> TokenSequences {
    TokenSequences(
      tokens: (0..<count * length).map { Int32((1 + 37 * $0 * $0 + 11 * $0) % vocabulary) }, length: length)
  }

  private func open(_ model: TinyLlama, as name: String) throws -> ModelSource {
    try ModelSource(path: try model.write(to: folder, as: name), on: workers)
  }

  /// Logits of one sequence by itself, from the parts that the decoder's own tests hold to the papers.
  private func logits(_ model: ModelSource, _ tokens: ArraySlice<Int32>) throws -> Matrix {
    let decoder = Decoder(model.shape, sequenceLength: tokens.count, on: workers)
    let table = try model.matrix(.tokenEmbedding)
    var hidden = decoder.embed(Array(tokens), table)
    for layer in 0..<model.shape.layers { decoder.run(try model.block(layer), &hidden) }
    let normalized = decoder.normalize(hidden, try model.matrix(.outputNorm))
    return model.shape.tiedOutput
      ? decoder.logits(normalized, table) : decoder.logits(normalized, try model.matrix(.output))
  }

  /// Scores of the second half of every sequence, one position after the other.
  private func slowScores(
    _ candidate: ModelSource, _ reference: ModelSource, _ sequences: TokenSequences
  ) throws -> [TokenScore] {
    var scores: [TokenScore] = []
    for index in 0..<sequences.count {
      let tokens = Array(sequences[index])
      let p = try logits(reference, sequences[index])
      let q = try logits(candidate, sequences[index])
      for position in tokens.count / 2..<tokens.count - 1 {
        scores.append(
          TokenScore(reference: p.row(position), candidate: q.row(position), next: Int(tokens[position + 1])))
      }
    }
    return scores
  }

  @Test(arguments: [(4, 3), (7, 5), (64, 2), (128, 40)], [true, false])
  func everyTokenOfTheSecondHalvesIsScored(batch: (length: Int, count: Int), tied: Bool) throws {
    let sequences = sequences(batch.count, length: batch.length)
    let reference = try open(TinyLlama(tied: tied, seed: 1), as: "reference")
    let candidate = try open(TinyLlama(tied: tied, seed: 2), as: "candidate")
    let evaluation = Evaluation(sequences, on: workers)
    let scores = try evaluation.compare(candidate, with: reference)
    let expected = try slowScores(candidate, reference, sequences)
    #expect(scores.count == batch.count * (batch.length - 1 - batch.length / 2))
    #expect(scores.count == expected.count)
    for (score, other) in zip(scores, expected) {
      #expect(abs(score.loss - other.loss) < 1e-4)
      #expect(abs(score.referenceLoss - other.referenceLoss) < 1e-4)
      #expect(abs(score.divergence - other.divergence) < 1e-4)
      #expect(score.sameTop == other.sameTop)
    }
    // Random models have little in common, and a model by itself has the perplexity that the comparison says.
    let measurements = Measurements(scores)
    #expect(measurements.meanDivergence.value > 0.01)
    let alone = try evaluation.perplexity(of: candidate)
    #expect(abs(alone.value / measurements.perplexity.value - 1) < 1e-6)
    #expect(abs(alone.standardError / measurements.perplexity.standardError - 1) < 1e-6)
  }

  @Test func aModelDoesNotDivergeFromItself() throws {
    let model = try open(TinyLlama(), as: "model")
    let scores = try Evaluation(sequences(6, length: 32), on: workers).compare(model, with: model)
    #expect(scores.allSatisfy { $0.divergence == 0 && $0.sameTop && $0.loss == $0.referenceLoss })
    #expect(Measurements(scores).perplexityRatio == Estimate(value: 1, standardError: 0))
  }

  @Test func bitsDoNotDependOnWorkers() throws {
    let reference = try open(TinyLlama(seed: 1), as: "reference")
    let candidate = try open(TinyLlama(seed: 2), as: "candidate")
    func scores(_ count: Int) throws -> [TokenScore] {
      try Evaluation(sequences(70, length: 64), on: Workers(count: count)).compare(candidate, with: reference)
    }
    let one = try scores(1)
    #expect(try scores(2) == one)
    #expect(try scores(3) == one)
  }

  @Test func progressCountsEveryStepOnce() throws {
    let steps = Mutex<[[Int]]>([])
    let model = try open(TinyLlama(), as: "model")
    let evaluation = Evaluation(sequences(3, length: 8), on: workers) { done, total in
      steps.withLock { $0.append([done, total]) }
    }
    _ = try evaluation.compare(model, with: model)
    #expect(steps.withLock { $0 } == (1...7).map { [$0, 7] })
    steps.withLock { $0 = [] }
    _ = try evaluation.perplexity(of: model)
    #expect(steps.withLock { $0 } == (1...5).map { [$0, 5] })
  }

  /// transformers 5.23.0 in float32: three sequences of 64 of the tokens above, positions 32 to 62 scored.
  @Test(
    .enabled(if: SharedMaterial.isPresent, "needs ../shared"),
    arguments: [
      ("stories260k", 46_049_343.924, 39_936_367.054), ("wikicode-6m", 140_678.348, 35_975.369),
    ])
  func perplexitiesAreThoseOfTransformers(model: String, perplexity: Double, standardError: Double) throws {
    let source = try ModelSource(path: SharedMaterial.path("models/\(model)"), on: workers)
    let sequences = sequences(3, length: 64, vocabulary: source.shape.vocabularySize)
    let estimate = try Evaluation(sequences, on: workers).perplexity(of: source)
    #expect(abs(estimate.value / perplexity - 1) < 1e-4)
    #expect(abs(estimate.standardError / standardError - 1) < 1e-3)
  }
}
