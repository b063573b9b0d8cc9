import Models
import TestSupport
import Tensors
import Testing

struct DecoderTests {
  private static func shape(heads: Int, keyValueHeads: Int, _ scaling: RotaryEmbedding.Scaling) -> DecoderShape {
    DecoderShape(
      layers: 1, hiddenSize: 24, intermediateSize: 40, heads: heads, keyValueHeads: keyValueHeads, headSize: 6,
      vocabularySize: 11, contextLength: 256, normEpsilon: 1e-5,
      rotary: RotaryEmbedding(base: 100, dimensions: 6, scaling: scaling), tiedOutput: false)
  }

  private static func block(_ shape: DecoderShape, _ random: inout SeededRandom) -> BlockWeights {
    var matrices: [Role: SharedMatrix] = [:]
    for spec in family("llama").weights(shape) where spec.layer == 0 {
      var matrix = random.gaussianMatrix(rows: spec.rows, columns: spec.columns, scale: spec.isVector ? 0.2 : 0.4)
      if spec.isVector { for column in 0..<spec.columns { matrix[0, column] += 1 } }
      matrices[spec.role] = SharedMatrix(matrix)
    }
    return BlockWeights(layer: 0, matrices)
  }

  /// Sequences of one token, and shorter, equal to and longer than a block of 64 query rows.
  @Test(
    arguments: [(1, 5), (7, 3), (64, 1), (65, 2), (130, 1)],
    [(4, 4), (4, 2), (4, 1), (6, 2)])
  func aBlockAgreesWithThePapers(batch: (length: Int, sequences: Int), heads: (Int, Int)) {
    let scaling: RotaryEmbedding.Scaling =
      heads.1 == 1 ? .linear(factor: 3) : heads.1 == 4 ? .none : .divisors([1, 2.5, 8])
    let shape = Self.shape(heads: heads.0, keyValueHeads: heads.1, scaling)
    var random = SeededRandom(seed: UInt64(batch.length * 10 + heads.1))
    let block = Self.block(shape, &random)
    var hidden = random.gaussianMatrix(rows: batch.length * batch.sequences, columns: 24)
    var expected = (0..<batch.sequences).map { sequence in
      (0..<batch.length).map { token in (0..<24).map { Double(hidden[sequence * batch.length + token, $0]) } }
    }
    let decoder = Decoder(family("llama"), shape, sequenceLength: batch.length, on: Workers(count: 2))
    var seen: [Site: [Float]] = [:]
    decoder.run(block, &hidden) { site, inputs in seen[site] = inputs.array() }

    var sites: [Site: [Double]] = [:]
    let reference = ReferenceDecoder(shape)
    for sequence in expected.indices {
      for (site, inputs) in reference.run(block, &expected[sequence]) { sites[site, default: []] += inputs.joined() }
    }
    #expect(relativeDistance(hidden.array(), expected.joined().flatMap { $0 }) < 2e-5)
    #expect(Set(seen.keys) == [.attentionInput, .attentionContext, .feedForwardInput, .feedForwardProduct])
    for (site, inputs) in seen { #expect(relativeDistance(inputs, sites[site] ?? []) < 2e-5, "\(site)") }
  }

  @Test func bitsDoNotDependOnWorkers() {
    func run(_ workers: Int) -> [Float] {
      let shape = Self.shape(heads: 4, keyValueHeads: 2, .none)
      var random = SeededRandom(seed: 77)
      let block = Self.block(shape, &random)
      var hidden = random.gaussianMatrix(rows: 3 * 100, columns: 24)
      Decoder(family("llama"), shape, sequenceLength: 100, on: Workers(count: workers)).run(block, &hidden)
      return hidden.array()
    }
    let one = run(1)
    #expect(run(2) == one)
    #expect(run(3) == one)
  }

  /// What comes later cannot change what came before, nor can another sequence.
  @Test func tokensSeeTheirOwnPastAlone() {
    let shape = Self.shape(heads: 4, keyValueHeads: 2, .none)
    var random = SeededRandom(seed: 78)
    let block = Self.block(shape, &random)
    let decoder = Decoder(family("llama"), shape, sequenceLength: 70, on: Workers(count: 2))
    var hidden = random.gaussianMatrix(rows: 140, columns: 24)
    var changed = hidden.copy()
    for column in 0..<24 { changed[66, column] = 5 }
    decoder.run(block, &hidden)
    decoder.run(block, &changed)
    #expect(changed.copy(rows: 0..<66).array() == hidden.copy(rows: 0..<66).array())
    #expect(changed.copy(rows: 70..<140).array() == hidden.copy(rows: 70..<140).array())
    for row in 66..<70 {
      #expect(changed.copy(rows: row..<row + 1).array() != hidden.copy(rows: row..<row + 1).array())
    }
  }

  /// Sequences of several lengths in one batch are each what they are alone.
  @Test func lengthsMayDiffer() {
    let shape = Self.shape(heads: 4, keyValueHeads: 2, .none)
    var random = SeededRandom(seed: 79)
    let block = Self.block(shape, &random)
    let sequences = SequenceRows(lengths: [5, 130, 1, 70])
    let decoder = Decoder(family("llama"), shape, sequenceLength: 130, on: Workers(count: 2))
    let original = random.gaussianMatrix(rows: 206, columns: 24)
    var together = original.copy()
    decoder.run(block, &together, sequences)
    for rows in sequences.ranges {
      var alone = original.copy(rows: rows)
      Decoder(family("llama"), shape, sequenceLength: rows.count, on: Workers(count: 1)).run(block, &alone)
      #expect(relativeDistance(together.copy(rows: rows).array(), alone.array()) < 1e-5)
    }
  }

  @Test func embeddingsAreRowsOfTheTable() {
    let input = InputWeights(table: SharedMatrix(Matrix(rows: 4, columns: 3) { Float($0 * 10 + $1) }))
    let decoder = Decoder(
      family("llama"), Self.shape(heads: 4, keyValueHeads: 4, .none), sequenceLength: 1, on: Workers(count: 1))
    #expect(decoder.embed([2, 0, 2], input).array() == [20, 21, 22, 0, 1, 2, 20, 21, 22])
  }

  @Test func logitsAreProductsWithTheNormalizedState() {
    let decoder = Decoder(
      family("llama"), Self.shape(heads: 4, keyValueHeads: 4, .none), sequenceLength: 1, on: Workers(count: 1))
    // A root mean square of 5.
    let normalized = decoder.normalize(Matrix(rows: 1, columns: 2, [7, -1]), Matrix(rows: 1, columns: 2, [1, 2]))
    #expect(relativeDistance(normalized.array(), [1.4, -0.4]) < 1e-5)
    let logits = decoder.logits(normalized, Matrix(rows: 3, columns: 2, [1, 0, 0, 1, 1, 1]))
    #expect(relativeDistance(logits.array(), [1.4, -0.4, 1]) < 1e-5)
  }
}
