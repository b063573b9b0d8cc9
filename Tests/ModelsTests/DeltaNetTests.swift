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

  private static var recurrence: Recurrence { Recurrence(steps: steps, columns: columns, weights: weights) }

  @Test(arguments: Recurrence.rates)
  func chunksAgreeWithTheRecurrence(rate: Float) { Self.recurrence.expectChunksAgree(rate: rate) }

  @Test func bitsAreThoseOfTheSequenceAlone() { Self.recurrence.expectBitsOfTheSequenceAlone() }

  @Test func headsOfValuesThatShareKeysStandAsTheOrderSays() {
    let order = RowOrder.groupedHeads(headSize: 2, keyHeads: 2, from: 3)
    // The file has three heads for the first head of keys, then three for the second; the decoder takes turns.
    #expect((0..<15).map { order.row($0, of: 15) } == [0, 1, 2, 3, 4, 7, 8, 11, 12, 5, 6, 9, 10, 13, 14])
    let matrix = Matrix(rows: 15, columns: 2) { Float($0 * 2 + $1) }
    #expect(order.fromFile(order.forFile(matrix)).array() == matrix.array())
  }
}
