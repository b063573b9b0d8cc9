import Models
import TestSupport
import Tensors
import Testing

/// The gated delta rule in chunks, against the recurrence in double precision.
struct DeltaNetTests {
  private static let heads = DeltaHeads(keyHeads: 2, valueHeads: 6, keySize: 8, valueSize: 12, order: .tiled)
  private static let columns = 2 * heads.keyColumns + heads.valueColumns + 2 * heads.valueHeads

  /// Queries, keys and values behind a convolution, as blocks have them.
  private static let steps: [any Step] = [
    CausalConvolution(.deltaConvolution, taps: 4, from: .blockInput, to: "mixed"),
    Split(
      "mixed",
      into: [
        ("q", heads.keyColumns), ("k", heads.keyColumns), ("v", heads.valueColumns), ("b", heads.valueHeads),
        ("a", heads.valueHeads),
      ]),
    L2Norm("q", headSize: heads.keySize, epsilon: 1e-6, times: 0.5, to: "q.unit"),
    L2Norm("k", headSize: heads.keySize, epsilon: 1e-6, to: "k.unit"),
    GatedDelta(heads, queries: "q.unit", keys: "k.unit", values: "v", beta: "b", alpha: "a", to: .blockOutput),
  ]

  /// - Parameter rate: the logarithm of how fast states fade.
  private static func weights(rate: Float, _ random: inout SeededRandom) -> BlockWeights {
    var weights = BlockWeights(layer: 0, [:])
    weights[.deltaConvolution] = SharedMatrix(random.gaussianMatrix(rows: columns, columns: 4, scale: 0.6))
    weights[.deltaRate] = SharedMatrix(Matrix(rows: 1, columns: heads.valueHeads) { rate + 0.3 * Float($1) })
    weights[.deltaStep] = SharedMatrix(random.gaussianMatrix(rows: 1, columns: heads.valueHeads))
    return weights
  }

  private static func run(
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
  @Test(arguments: [-6, -2, 0, 2.7] as [Float])
  func chunksAgreeWithTheRecurrence(rate: Float) {
    var random = SeededRandom(seed: 5)
    let weights = Self.weights(rate: rate, &random)
    let sequences = SequenceRows(lengths: [1, 64, 65, 200])
    let input = random.gaussianMatrix(rows: sequences.rows, columns: Self.columns)
    let found = Self.run(weights, input, sequences)
    let rows = (0..<input.rows).map { row in (0..<input.columns).map { Double(input[row, $0]) } }
    let reference = ReferenceSteps(weights: weights, sequences: sequences)
    let expected = (reference.run(Self.steps, [.blockInput: rows])[.blockOutput] ?? []).flatMap { $0.map { Float($0) } }
    #expect(relativeDistance(found, expected) < 1e-5)
  }

  /// What a sequence becomes hangs neither on what stands beside it nor on who works.
  @Test func bitsAreThoseOfTheSequenceAlone() {
    var random = SeededRandom(seed: 6)
    let weights = Self.weights(rate: -3, &random)
    let sequences = SequenceRows(lengths: [70, 5, 130])
    let input = random.gaussianMatrix(rows: sequences.rows, columns: Self.columns)
    let together = Self.run(weights, input, sequences)
    #expect(Self.run(weights, input, sequences, workers: 1) == together)
    let last = sequences.ranges[2]
    let alone = Self.run(weights, input.copy(rows: last), SequenceRows(lengths: [last.count]))
    #expect(alone == Array(together.suffix(alone.count)))
  }

  @Test func headsOfValuesThatShareKeysStandAsTheOrderSays() {
    let order = RowOrder.groupedHeads(headSize: 2, keyHeads: 2, from: 3)
    // The file has three heads for the first head of keys, then three for the second; the decoder takes turns.
    #expect((0..<15).map { order.row($0, of: 15) } == [0, 1, 2, 3, 4, 7, 8, 11, 12, 5, 6, 9, 10, 13, 14])
    let matrix = Matrix(rows: 15, columns: 2) { Float($0 * 2 + $1) }
    #expect(order.fromFile(order.forFile(matrix)).array() == matrix.array())
  }
}
