import Models
import Pipeline
import Solvers
import Tensors
import TestSupport
import Testing

/// The metrics of tables against their definition, written with plain loops.
@Suite struct TableMetricTests {
  private static let size = 12
  private static let readers: [(Role, Role, rows: Int)] = [
    (.attentionQuery, .attentionNorm, 16), (.attentionKey, .attentionNorm, 8), (.attentionValue, .attentionNorm, 8),
    (.feedForwardGate, .feedForwardNorm, 20), (.feedForwardUp, .feedForwardNorm, 20),
  ]

  private static let wiring = Architectures.all[0].wiring(
    DecoderShape(
      layers: 1, hiddenSize: size, intermediateSize: 20, heads: 4, keyValueHeads: 2, headSize: 4, vocabularySize: 5,
      contextLength: 8, normEpsilon: 1e-5, rotary: RotaryEmbedding(base: 100, dimensions: 4), tiedOutput: true),
    layer: 0)

  private let weights: [Role: [[Double]]]
  private let metric: TableMetric
  private let hidden: [[Double]]

  init() {
    var random = SeededRandom(seed: 5)
    var weights: [Role: [[Double]]] = [:]
    func draw(_ role: Role, rows: Int, around mean: Float = 0) {
      weights[role] = (0..<rows).map { _ in (0..<Self.size).map { _ in Double(mean + random.gaussian()) } }
    }
    for (role, _, rows) in Self.readers { draw(role, rows: rows) }
    draw(.attentionNorm, rows: 1, around: 2)
    draw(.feedForwardNorm, rows: 1, around: 1)
    var block: [Role: SharedMatrix] = [:]
    for (role, rows) in weights { block[role] = SharedMatrix(Self.matrix(rows)) }
    metric = TableMetric(firstBlock: BlockWeights(layer: 0, block), Self.wiring, size: Self.size, on: Workers(count: 2))
    let states = (0..<30).map { _ in (0..<Self.size).map { _ in Double(random.gaussian()) } }
    hidden = Self.gram(states)
    self.weights = weights
  }

  private static func matrix(_ rows: [[Double]]) -> Matrix {
    Matrix(rows: rows.count, columns: rows[0].count, rows.flatMap { $0.map { Float($0) } })
  }

  /// Σ over rows of the outer product.
  private static func gram(_ rows: [[Double]]) -> [[Double]] {
    (0..<size).map { i in (0..<size).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } } }
  }

  private static func unit(_ matrix: [[Double]]) -> [[Double]] {
    let mean = (0..<size).reduce(0) { $0 + matrix[$1][$1] } / Double(size)
    return matrix.map { $0.map { $0 / mean } }
  }

  private static func sum(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    zip(a, b).map { zip($0, $1).map { $0 + $1 } }
  }

  private static func identity(_ share: Double) -> [[Double]] {
    (0..<size).map { i in (0..<size).map { i == $0 ? share : 0 } }
  }

  private var readers: [[Double]] {
    var total = Self.identity(0)
    for (role, norm, _) in Self.readers {
      let scaled = (weights[role] ?? []).map { row in zip(row, weights[norm]?[0] ?? []).map { $0 * $1 } }
      let square = scaled.joined().reduce(0) { $0 + $1 * $1 }
      total = Self.sum(total, Self.gram(scaled).map { $0.map { $0 / square } })
    }
    return Self.unit(total)
  }

  private func expect(_ statistics: ActivationStatistics, equals reference: [[Double]]) {
    #expect(relativeDistance(statistics.hessian.array(), Array(reference.joined())) < 2e-6)
  }

  @Test func aTableThatOnlyLooksUp() {
    let statistics = metric.lookUp()
    expect(statistics, equals: Self.sum(readers, Self.identity(0.3)))
    #expect(statistics.tokens == 0)
  }

  @Test func aTableThatAlsoMakesLogits() {
    let statistics = metric.tied(ActivationStatistics(hessian: Self.matrix(hidden), tokens: 30))
    expect(statistics, equals: Self.sum(Self.sum(readers, Self.unit(hidden)), Self.identity(0.1)))
    #expect(statistics.tokens == 30)
  }
}
