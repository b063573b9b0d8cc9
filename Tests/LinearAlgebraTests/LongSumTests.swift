import LinearAlgebra
import TestSupport
import Tensors
import Testing

/// Sums over long texts keep their digits.
struct LongSumTests {
  /// Vectors of one call.
  private static let rows = 512
  private static let columns = 4
  private static let shards = 16

  /// What is added again and again.
  enum Stream: CaseIterable {
    /// All alike, so that every rounding of a growing sum goes the same way, those inside of one product too: the worst that can
    /// happen. One Float32 sum would be off by 1e-4 and more.
    case constant
    /// Around zero, as activations are, with a column a thousand times as large as another.
    case gaussian

    /// Of the sum. A part is added up in Float32, in as few as four strands: kernels of old processors lose the most, where all terms have
    /// one sign.
    var tolerance: Double { self == .constant ? 1e-5 : 2e-6 }
  }

  private func vectors(_ stream: Stream) -> Matrix {
    var random = SeededRandom(seed: 5)
    let sizes: [Float] = [1, 0.03, 30, 0.7]
    switch stream {
    case .constant: return Matrix(rows: Self.rows, columns: Self.columns) { _, column in 1.1 * sizes[column] }
    case .gaussian:
      let values = random.gaussianMatrix(rows: Self.rows, columns: Self.columns)
      return Matrix(rows: Self.rows, columns: Self.columns) { values[$0, $1] * sizes[$1] }
    }
  }

  /// Σ x yᵀ of one call in Float64.
  private func products(_ x: borrowing Matrix, _ y: borrowing Matrix) -> RowMajor<Double> {
    RowMajor<Double>(rows: Self.columns, columns: Self.columns) { row, column in
      var sum = 0.0
      for token in 0..<x.rows { sum += Double(x[token, row]) * Double(y[token, column]) }
      return sum
    }
  }

  /// Ten million tokens lose no more than what one product loses, relative to the norms of the two columns.
  @Test(arguments: Stream.allCases)
  func tenMillionTokensKeepTheirDigits(stream: Stream) {
    let calls = 10_000_000 / Self.rows
    let workers = Workers(count: 1)
    let x = vectors(stream)
    let y = Matrix(rows: Self.rows, columns: Self.columns) { x[($0 + 1) % Self.rows, $1] + 0.25 * x[$0, $1] }
    var gram = GramMatrix(size: Self.columns)
    var cross = CrossGramMatrix(size: Self.columns)
    for call in 0..<calls {
      let shard = Self.shards * call / calls
      gram.add(x, shard: shard, on: workers)
      cross.add(x, y, shard: shard, on: workers)
    }
    #expect(gram.count == calls * Self.rows && cross.count == gram.count)
    let squares = products(x, x)
    let others = products(y, y)
    let pairs = products(x, y)
    let found = gram.finished(times: 1 / Double(Self.rows), on: workers)
    let foundCross = cross.finished(times: 1 / Double(Self.rows), on: workers)
    let factor = Double(calls) / Double(Self.rows)
    var worst = 0.0
    var worstCross = 0.0
    for row in 0..<Self.columns {
      for column in 0..<Self.columns {
        let norm = (squares[row, row] * squares[column, column]).squareRoot() * factor
        worst = max(worst, abs(Double(found[row, column]) - squares[row, column] * factor) / norm)
        let crossNorm = (squares[row, row] * others[column, column]).squareRoot() * factor
        worstCross = max(worstCross, abs(Double(foundCross[row, column]) - pairs[row, column] * factor) / crossNorm)
      }
    }
    #expect(worst < stream.tolerance, "\(worst)")
    #expect(worstCross < stream.tolerance, "\(worstCross)")
  }

  /// A text in one part is what one product makes of it; a part that ends changes no more than the last digit.
  @Test func partsEndWithShards() {
    var random = SeededRandom(seed: 6)
    let x = random.gaussianMatrix(rows: 96, columns: 7)
    func sum(_ shards: [Int], workers: Int) -> [Float] {
      var gram = GramMatrix(size: 7)
      for (index, shard) in shards.enumerated() {
        gram.add(x, rows: index * 32..<(index + 1) * 32, shard: shard, on: Workers(count: workers))
      }
      return gram.finished(on: Workers(count: workers)).array()
    }
    let whole = sum([0, 0, 0], workers: 1)
    let parts = sum([0, 3, 15], workers: 1)
    #expect(parts == sum([0, 3, 15], workers: 3))
    #expect(zip(whole, parts).allSatisfy { abs($0 - $1) < 1e-5 * 96 })
    // Float64 of three Float32 sums is exact, and so is the order of nothing else.
    let alone = [0, 1, 2].map { index -> [Float] in
      var gram = GramMatrix(size: 7)
      gram.add(x, rows: index * 32..<(index + 1) * 32, on: Workers(count: 1))
      return gram.finished(on: Workers(count: 1)).array()
    }
    let added = alone[0].indices.map { Float(Double(alone[0][$0]) + Double(alone[1][$0]) + Double(alone[2][$0])) }
    #expect(parts == added)
  }

  @Test func aSumOfNothingIsZero() {
    var gram = GramMatrix(size: 3)
    gram.add(Matrix(rows: 4, columns: 3), rows: 2..<2, shard: 5, on: Workers(count: 1))
    #expect(gram.count == 0)
    #expect(gram.finished(on: Workers(count: 1)).array() == [Float](repeating: 0, count: 9))
  }
}
