import Calibration
import LinearAlgebra
import Models
import TestSupport
import Tensors
import Testing

struct StatisticsTests {
  @Test func sumsAreKeptBySite() {
    var random = SeededRandom(seed: 1)
    let first = random.gaussianMatrix(rows: 5, columns: 7)
    let second = random.gaussianMatrix(rows: 3, columns: 7)
    let other = random.gaussianMatrix(rows: 4, columns: 2)
    let statistics = SiteStatistics(on: Workers(count: 2))
    statistics.add(first, in: [RowUnit(rows: 0..<2), RowUnit(rows: 2..<5)], at: .attentionInput)
    statistics.add(other, in: [RowUnit(rows: 0..<4)], at: .feedForwardProduct)
    statistics.add(second, in: [RowUnit(rows: 0..<3, shard: 1)], at: .attentionInput)

    var expected = GramMatrix(size: 7)
    expected.add(first, rows: 0..<2, on: Workers(count: 1))
    expected.add(first, rows: 2..<5, on: Workers(count: 1))
    expected.add(second, shard: 1, on: Workers(count: 1))
    let sum = Taken(statistics.take(.attentionInput))
    let whole = Taken(expected)
    #expect(sum == whole)
    #expect(sum?.count == 8)
    let product = Taken(statistics.take(.feedForwardProduct))
    #expect(product?.count == 4)
    // What was taken is forgotten, and what was never added is not there.
    let taken = Taken(statistics.take(.attentionInput))
    let never = Taken(statistics.take(.finalHidden))
    #expect(taken == nil && never == nil)
    statistics.add(other, in: [RowUnit(rows: 0..<4)], at: .attentionInput)
    let anew = Taken(statistics.take(.attentionInput))
    #expect(anew?.elements.count == 4)
  }

  /// A sum that may be compared and copied.
  private struct Taken: Equatable {
    let count: Int
    let elements: [Float]

    init?(_ gram: consuming GramMatrix?) {
      guard let gram else { return nil }
      count = gram.count
      elements = gram.finished(on: Workers(count: 1)).array()
    }
  }
}

struct ActivationsTests {
  private static let shape = DecoderShape(
    layers: 1, hiddenSize: 3, intermediateSize: 4, heads: 1, keyValueHeads: 1, headSize: 2, vocabularySize: 5,
    contextLength: 64, normEpsilon: 1e-5, rotary: RotaryEmbedding(base: 100, dimensions: 2), tiedOutput: true)

  /// Sequences longer than a batch, that divide it, and that do not.
  @Test(arguments: [(4096, 2), (512, 9), (600, 7), (1, 5000)])
  func batchesAreWholeSequencesInOrder(length: Int, count: Int) {
    let tokens = (0..<length * count).map { Int32($0 % 5) }
    let sequences = TokenSequences(tokens: tokens, length: length)
    let decoder = Decoder(Self.shape, sequenceLength: length, on: Workers(count: 1))
    let input = InputWeights(table: SharedMatrix(Matrix(rows: 5, columns: 3) { Float($0 * 3 + $1) }))
    var activations = Activations(sequences, decoder, input)

    var seen: [Float] = []
    var isWhole = true
    for place in activations.batches {
      var batch = activations.stream(place)
      if batch.rows % length != 0 || batch.rows > max(length, Activations.tokensPerBatch(hiddenSize: 3)) {
        isWhole = false
      }
      seen += batch.array()
      batch[0, 0] = -1
    }
    #expect(isWhole)
    #expect(seen == decoder.embed(tokens, input).array())

    activations.update { batch, _ in
      for row in 0..<batch.rows { batch[row, 0] += 100 }
    }
    var moved: [Float] = []
    for batch in activations.batches { moved += activations.stream(batch).array() }
    #expect(moved == seen.enumerated().map { $0 % 3 == 0 ? $1 + 100 : $1 })
  }

  /// What stands beside the stream takes another width with each part of a block, and may come and go.
  @Test(arguments: [false, true])
  func everyPartSeesWhatTheOneBeforeLeft(inFile: Bool) throws {
    let folder = try TemporaryFolder()
    let storage = inFile ? ActivationStorage.file(folder: folder.url.path) : .memory
    let sequences = TokenSequences(tokens: (0..<9 * 512).map { Int32($0 % 5) }, length: 512)
    let decoder = Decoder(Self.shape, sequenceLength: 512, on: Workers(count: 1))
    let input = InputWeights(table: SharedMatrix(Matrix(rows: 5, columns: 3) { Float($0 * 3 + $1) }))
    var activations = try Activations(sequences, decoder, input, in: storage)
    #expect(activations.batches.count == 3)

    for (width, before) in [(2, 0), (4, 2), (4, 4), (0, 4), (2, 0)] {
      for batch in activations.batches {
        let copy = activations.copy(batch)
        var state = activations.take(batch)
        activations.putBack(batch, state)
        state = activations.take(batch)
        #expect(state.hidden.array() == copy.hidden.array() && state.carried.array() == copy.carried.array())
        let rows = batch.rows.count
        let known = (0..<rows * before).allSatisfy {
          state.carried.elements[$0] == Float(batch.rows.lowerBound + $0 / before) + Float(before)
        }
        #expect(state.carried.columns == before && known)
        state.hidden[0, 0] += 1
        state.carried = Matrix(rows: rows, columns: width) { row, _ in Float(batch.rows.lowerBound + row) + Float(width)
        }
        try activations.move(batch, to: state)
      }
    }
    let embedded = decoder.embed(sequences.tokens, input)
    for batch in activations.batches {
      let row = batch.rows.lowerBound
      let expected: [Float] = [embedded[row, 0] + 5, embedded[row, 1], embedded[row, 2]]
      #expect(activations.stream(batch).copy(rows: 0..<1).array() == expected)
    }
    #expect(try folder.contents().isEmpty)
  }
}
