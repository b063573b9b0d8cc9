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
    let decoder = Decoder(Architectures.all[0], Self.shape, sequenceLength: length, on: Workers(count: 1))
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

    activations.update { edges, _ in
      for row in 0..<edges[.blockInput].matrix.rows { edges[.blockInput].matrix[row, 0] += 100 }
    }
    var moved: [Float] = []
    for batch in activations.batches { moved += activations.stream(batch).array() }
    #expect(moved == seen.enumerated().map { $0 % 3 == 0 ? $1 + 100 : $1 })
  }

  /// What stands beside the stream comes and goes between sub-layers, and the stream goes by another name within a block.
  @Test(arguments: [false, true])
  func everySubLayerSeesWhatTheOneBeforeLeft(inFile: Bool) throws {
    let folder = try TemporaryFolder()
    let storage = inFile ? ActivationStorage.file(folder: folder.url.path) : .memory
    let sequences = TokenSequences(tokens: (0..<9 * 512).map { Int32($0 % 5) }, length: 512)
    let decoder = Decoder(Architectures.all[0], Self.shape, sequenceLength: 512, on: Workers(count: 1))
    let input = InputWeights(table: SharedMatrix(Matrix(rows: 5, columns: 3) { Float($0 * 3 + $1) }))
    var activations = try Activations(sequences, decoder, input, in: storage)
    #expect(activations.batches.count == 3)

    let places: [[Edge: Int]] = [
      [.blockInput: 3], [.blockInput: 3, "context": 2], [.afterAttention: 3, "context": 3, "more": 4],
      [.afterAttention: 3, "more": 4], [.blockInput: 3],
    ]
    func fill(_ edges: Edges, _ edge: Edge, _ columns: Int, _ place: Int, _ batch: Activations.Batch) {
      edges[edge] = HeldMatrix(
        Matrix(rows: batch.rows.count, columns: columns) { row, column in
          Float((batch.rows.lowerBound + row) * 10 + column + place + edge.name.count)
        })
    }
    for (place, next) in places.enumerated().dropFirst() {
      for batch in activations.batches {
        let before = places[place - 1]
        let copy = activations.copy(batch)
        activations.putBack(batch, activations.take(batch))
        let edges = activations.take(batch)
        #expect(Set(edges.all) == Set(before.keys))
        for edge in edges.all { #expect(edges[edge].matrix.array() == copy[edge].matrix.array()) }
        let expected = Edges()
        for (edge, columns) in before where place > 1 {
          fill(expected, edge, columns, place - 1, batch)
          #expect(edges[edge].matrix.array() == expected[edge].matrix.array(), "\(edge.label) at \(place)")
        }
        for edge in edges.all where next[edge] == nil { edges.remove(edge) }
        for (edge, columns) in next { fill(edges, edge, columns, place, batch) }
        try activations.move(batch, to: edges)
      }
    }
    for batch in activations.batches {
      let first = Float(batch.rows.lowerBound * 10 + 4 + Edge.blockInput.name.count)
      #expect(activations.stream(batch).copy(rows: 0..<1).array() == [first, first + 1, first + 2])
    }
    #expect(try folder.contents().isEmpty)
  }
}
