import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

/// Codes of several columns, against exhaustive search.
struct VectorCodesTests {
  static let names = ["iq3_s", "iq3_xxs", "iq2_s", "iq2_xs", "iq2_xxs", "iq1_m", "iq1_s"]

  static func scheme(_ name: String) throws -> any Scheme {
    try #require(WeightFormats.named(name) as? any Scheme)
  }

  /// Rounding finds codes that are as good as the best ones on the whole, under metrics whose columns depend on each other.
  @Test(arguments: names)
  func roundingIsNearTheBestOfAllCodes(name: String) throws {
    let book = try #require(try Self.scheme(name).vectors)
    let all = ExhaustiveCodes(book)
    let k = book.columnsPerCode
    var random = SeededRandom(seed: 17)
    var rounder = MetricRounder(book)
    var sums = (ours: 0.0, best: 0.0)
    for _ in 0..<(book.columnsPerCode > book.columnsPerVector ? 24 : 40) {
      let metric = Self.metric(k, &random)
      let size = book.levels.reduce(0) { $0 + abs($1) } / Float(book.levels.count)
      let target = (0..<k).map { _ in random.gaussian() * size * 0.8 }
      let scale = Float(0.75)
      var codes = [UInt8](repeating: 0, count: k)
      let flat = metric.flatMap { $0.map { Float($0) } }
      rounder.setMetric(flat.span)
      var span = codes.mutableSpan
      rounder.round(target.span, scale: scale, book: 0, isImproving: false, codes: &span)
      let error = (0..<k).map { Double(target[$0]) - Double(scale) * Double(book.levels[Int(codes[$0])]) }
      let ours = ExhaustiveCodes.cost(metric, error)
      let best = all.smallestCost(metric, target.map { Double($0) }, scale: Double(scale))
      #expect(ours > best * (1 - 1e-5), "no code is better than the best")
      sums.ours += ours
      sums.best += best
    }
    #expect(sums.ours <= 1.02 * sums.best, "\(sums.ours / sums.best)")
  }

  /// A code that is known stays unless another is better.
  @Test(arguments: names)
  func improvingNeverMakesACodeWorse(name: String) throws {
    let book = try #require(try Self.scheme(name).vectors)
    let k = book.columnsPerCode
    var random = SeededRandom(seed: 18)
    var rounder = MetricRounder(book)
    var codes = [UInt8](repeating: 0, count: k)
    let start = (0..<k).map { _ in random.gaussian() * 10 }
    let firstMetric = Self.metric(k, &random).flatMap { $0.map { Float($0) } }
    rounder.setMetric(firstMetric.span)
    var first = codes.mutableSpan
    rounder.round(start.span, scale: 1, book: 0, isImproving: false, codes: &first)
    for _ in 0..<50 {
      let metric = Self.metric(k, &random)
      let target = (0..<k).map { _ in random.gaussian() * 10 }
      func cost(_ codes: [UInt8]) -> Double {
        ExhaustiveCodes.cost(metric, (0..<k).map { Double(target[$0]) - Double(book.levels[Int(codes[$0])]) })
      }
      let before = cost(codes)
      let flat = metric.flatMap { $0.map { Float($0) } }
      rounder.setMetric(flat.span)
      var span = codes.mutableSpan
      rounder.round(target.span, scale: 1, book: 0, isImproving: true, codes: &span)
      #expect(cost(codes) <= before * (1 + 1e-5))
    }
  }

  /// After a solve, the best code of all in one place, given all others, would lower the objective of its row by no more than
  /// a fiftieth.
  @Test(arguments: names)
  func noCodeIsFarFromTheBestGivenTheOthers(name: String) throws {
    let scheme = try Self.scheme(name)
    let book = try #require(scheme.vectors)
    let problem = Problem(rows: 2, columns: 256)
    let solver = GPTQ(sweeps: 3, refits: 0)
    let solution = try problem.solve(solver, scheme)
    let conditioned = try problem.statistics.conditioned(
      for: solver.conditioning.grouping(book.columnsPerCode), on: Workers(count: 2))
    let values = solution.grid.values(solution.codes)
    let k = book.columnsPerCode
    for row in 0..<2 {
      let delta = conditioned.order.map { Double(problem.weights[row, $0]) - Double(values[row, $0]) }
      let gradient = delta.indices.map { place in
        delta.indices.reduce(0.0) { $0 + Double(conditioned.hessian[place, $1]) * delta[$1] }
      }
      let objective = zip(delta, gradient).reduce(0) { $0 + $1.0 * $1.1 }
      for first in stride(from: 0, to: 256, by: 64) {
        let column = conditioned.order[first]
        let scale = Double(solution.grid.rows[row].scales[column / scheme.columnsPerGroup])
        let books = solution.grid.rows[row].nested.books
        let all = ExhaustiveCodes(book, book: books.isEmpty ? 0 : Int(books[column / scheme.columnsPerGroup]))
        let metric = (0..<k).map { i in (0..<k).map { Double(conditioned.hessian[first + i, first + $0]) } }
        // With all others as they are, the code's own target is q + H⁻¹ g.
        let shift = Self.solve(metric, Array(gradient[first..<first + k]))
        let own = (0..<k).map { Double(values[row, column + $0]) }
        let now = ExhaustiveCodes.cost(metric, shift)
        let best = all.smallestCost(metric, zip(own, shift).map { $0 + $1 }, scale: scale)
        #expect(now - best <= 0.02 * objective, "\(name), row \(row), column \(column)")
      }
    }
  }

  @Test(arguments: names, ColumnOrder.allCases)
  func recordsAndStepsAreThoseOfASlowTrace(name: String, order: ColumnOrder) throws {
    let scheme = try Self.scheme(name)
    let problem = Problem(rows: 19, columns: 512, dead: [3, 300])
    let solver = GPTQ(order: order)
    let solution = try problem.solve(solver, scheme)
    let values = solution.grid.values(solution.codes)
    let error = problem.cost(of: values) / problem.total
    #expect(abs(solution.record.error / error - 1) < 1e-4)
    #expect(solution.record.error < solution.record.roundingError)
    let conditioned = try problem.statistics.conditioned(
      for: solver.conditioning.grouping(scheme.columnsPerCode), on: Workers(count: 2))
    let total = problem.dampedCost(of: Matrix(rows: 19, columns: 512), conditioned)
    let last = try #require(solution.record.steps.last)
    #expect(abs(last.objective * total / problem.dampedCost(of: values, conditioned) - 1) < 1e-4)
    for (before, after) in zip(solution.record.steps, solution.record.steps.dropFirst()) {
      #expect(after.objective <= before.objective * (1 + 1e-6), "\(after.step)")
    }
    let packed = scheme.pack(solution.codes, solution.grid)
    let decoded = scheme.unpack(packed.bytes, rows: 19, columns: 512)
    let same = zip(decoded.array(), values.array()).allSatisfy { $0 == $1 }
    #expect(same, "the bytes hold what the solver chose")
  }

  @Test(arguments: ["iq3_xxs", "iq2_s", "iq1_s"])
  func bitsDoNotDependOnWorkers(name: String) throws {
    let scheme = try Self.scheme(name)
    let one = try Problem(rows: 140, columns: 256).solve(GPTQ(), scheme, workers: 1)
    let three = try Problem(rows: 140, columns: 256).solve(GPTQ(), scheme, workers: 3)
    #expect(one.codes.array() == three.codes.array())
    let same = one.grid.rows == three.grid.rows
    #expect(same)
  }

  @Test func columnsOfACodeStayNeighbours() throws {
    let hessian = Matrix(rows: 16, columns: 16) { $0 == $1 ? Float($0 == 9 ? 100 : 1) : 0 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 1)
    let conditioning = Conditioning(order: .activation, damping: 0.01).grouping(8)
    let conditioned = try statistics.conditioned(for: conditioning, on: Workers(count: 1))
    #expect(conditioned.order == Array(8..<16) + Array(0..<8))
  }

  /// Symmetric and positive definite, with columns that have much in common and differ in size.
  private static func metric(_ k: Int, _ random: inout SeededRandom) -> [[Double]] {
    let sizes = (0..<k).map { _ in Double(Float.random(in: 0.3...2, using: &random)) }
    let samples = (0..<2 * k).map { _ in
      let common = Double(random.gaussian())
      return sizes.map { (Double(random.gaussian()) + 0.7 * common) * $0 }
    }
    return (0..<k).map { i in (0..<k).map { j in samples.reduce(i == j ? 0.1 : 0) { $0 + $1[i] * $1[j] } } }
  }

  /// x with A x = b, by elimination.
  private static func solve(_ a: [[Double]], _ b: [Double]) -> [Double] {
    var a = a
    var b = b
    for pivot in b.indices {
      for row in b.indices where row != pivot {
        let factor = a[row][pivot] / a[pivot][pivot]
        for column in b.indices { a[row][column] -= factor * a[pivot][column] }
        b[row] -= factor * b[pivot]
      }
    }
    return b.indices.map { b[$0] / a[$0][$0] }
  }
}
