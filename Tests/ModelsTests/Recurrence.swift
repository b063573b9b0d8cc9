import Models
import TestSupport
import Tensors
import Testing

/// Steps that carry a state from token to token and are computed in chunks.
struct Recurrence {
  let steps: [any Step]
  /// Of their input.
  let columns: Int
  /// - Parameter rate: the logarithm of how fast states fade.
  let weights: (_ rate: Float, _ random: inout SeededRandom) -> BlockWeights

  static let rates: [Float] = [-6, -2, 0, 2.7]

  private func run(
    _ weights: BlockWeights, _ input: borrowing Matrix, _ sequences: SequenceRows, workers: Int = 2
  ) -> [Float] {
    let shape = DecoderShape(
      layers: 1, hiddenSize: columns, intermediateSize: 8, heads: 1, keyValueHeads: 1, headSize: 2, vocabularySize: 3,
      contextLength: 512, normEpsilon: 1e-5, rotary: RotaryEmbedding(base: 100, dimensions: 2), tiedOutput: true)
    let decoder = Decoder(
      ListedSteps(steps: steps), shape, sequenceLength: sequences.longest, on: Workers(count: workers))
    var hidden = input.copy()
    decoder.run(weights, &hidden, sequences)
    return hidden.array()
  }

  /// From states that fade at once to states that last the whole sequence, over several chunks and a part of one.
  func expectChunksAgree(rate: Float) {
    var random = SeededRandom(seed: 5)
    let weights = weights(rate, &random)
    let sequences = SequenceRows(lengths: [1, 64, 65, 200])
    let input = random.gaussianMatrix(rows: sequences.rows, columns: columns)
    let found = run(weights, input, sequences)
    let rows = (0..<input.rows).map { row in (0..<input.columns).map { Double(input[row, $0]) } }
    let reference = ReferenceSteps(weights: weights, sequences: sequences)
    let expected = (reference.run(steps, [.blockInput: rows])[.blockOutput] ?? []).flatMap { $0.map { Float($0) } }
    #expect(relativeDistance(found, expected) < 1e-5)
  }

  /// What a sequence becomes hangs neither on what stands beside it nor on who works.
  func expectBitsOfTheSequenceAlone() {
    var random = SeededRandom(seed: 6)
    let weights = weights(-3, &random)
    let sequences = SequenceRows(lengths: [70, 5, 130])
    let input = random.gaussianMatrix(rows: sequences.rows, columns: columns)
    let together = run(weights, input, sequences)
    #expect(run(weights, input, sequences, workers: 1) == together)
    let last = sequences.ranges[2]
    let alone = run(weights, input.copy(rows: last), SequenceRows(lengths: [last.count]))
    #expect(alone == Array(together.suffix(alone.count)))
  }
}
