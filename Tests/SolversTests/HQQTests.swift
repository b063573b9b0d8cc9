import Foundation
import Schemes
import Solvers
import Tensors
import TestSupport
import Testing

@Suite struct HQQTests {
  private let workers = Workers(count: 2)

  private func weights(columns: Int) -> Matrix {
    var random = SeededRandom(seed: 5)
    return Matrix(rows: 6, columns: columns) { row, _ in
      let value = random.gaussian()
      return row % 2 == 0 ? 0.03 * value : 0.02 * value * value * value + 0.01
    }
  }

  private static func scheme(_ name: String) throws -> any Scheme {
    try #require(WeightFormats.named(name, columns: 512) as? any Scheme)
  }

  /// φ of one group in double precision, in steps of its scale.
  private static func objective(_ x: [Double], _ z: Double, _ top: Double) -> Double {
    x.reduce(0) { $0 + pow(abs($1 - (max(0, min(top, ($1 + z).rounded(.toNearestOrEven))) - z)), 0.7) }
  }

  /// The paper's iteration for one group, every step of it, in double precision.
  ///
  /// - Returns: the offsets that it goes through, in steps.
  private static func iterates(_ x: [Double], from start: Double, top: Double) -> [Double] {
    var z = start
    var β = 10.0
    return (0..<20).map { _ in
      let q = x.map { max(0, min(top, ($0 + z).rounded(.toNearestOrEven))) }
      let residuals = zip(x, q).map { $0 - ($1 - z) }
      let e = residuals.map { r in
        r == 0 ? 0 : (r < 0 ? -1 : 1) * max(0, abs(r) - pow(abs(r), 0.7 - 1) / β)
      }
      let targets = zip(x, e).map { $0 - $1 }
      z = zip(q, targets).reduce(0) { $0 + $1.0 - $1.1 } / Double(x.count)
      β *= 1.01
      return z
    }
  }

  /// The offset taken for each group is the best one that the paper's iteration leads to.
  @Test(arguments: ["int2_g64_bias", "int3_g32_bias", "int4_g128_bias", "q4_1", "int2_g64_asym", "int3_g32_asym"])
  func `offsets are those of the paper`(name: String) throws {
    let scheme = try Self.scheme(name)
    let weights = weights(columns: 512)
    let start = scheme.fit(weights, importance: [Float](repeating: 1, count: 512), on: workers)
    let solution = try HQQ().solve(weights, scheme, .uniform(columns: 512), on: workers)
    let top = Double(scheme.levels.count - 1)
    var moved = 0
    for row in 0..<6 {
      for group in 0..<start.rows[row].scales.count {
        let scale = Double(start.rows[row].scales[group])
        #expect(solution.grid.rows[row].scales[group] == start.rows[row].scales[group])
        let x = (0..<scheme.columnsPerGroup).map { Double(weights[row, group * scheme.columnsPerGroup + $0]) / scale }
        let first = Double(start.rows[row].offsets[group]) / scale
        var candidates = [first]
        for z in Self.iterates(x, from: first, top: top) {
          if name.hasSuffix("asym") {
            candidates += [z.rounded(.down), z.rounded(.up)].map { max(1, min(top, $0)) }
          } else {
            candidates.append(Double(Float16(z * scale)) / scale)
          }
        }
        let best = candidates.map { Self.objective(x, $0, top) }.min() ?? 0
        let objective = Self.objective(x, Double(solution.grid.rows[row].offsets[group]) / scale, top)
        #expect(abs(objective - best) <= 1e-9 * best, "row \(row), group \(group)")
        if objective < Self.objective(x, first, top) { moved += 1 }
      }
    }
    #expect(moved > 0 || name.hasSuffix("asym"), "integer zero points rarely move")
    #expect(solution.codes.array() == solution.grid.nearestCodes(weights).array())
  }

  /// Σ |weight − value|ᵖ falls, and what is packed is what was chosen.
  @Test(arguments: ["int2_row_bias", "int2_g32_asym", "int4_g64_bias", "q2_k", "q4_k", "q5_1"])
  func `the norm of residuals falls`(name: String) throws {
    let scheme = try Self.scheme(name)
    let weights = weights(columns: 512)
    func norm(_ solution: borrowing Solution) -> Double {
      let values = solution.grid.values(solution.codes)
      return zip(weights.array(), values.array()).reduce(0) { $0 + pow(abs(Double($1.0 - $1.1)), 0.7) }
    }
    let rounded = try RoundToNearest().solve(weights, scheme, .uniform(columns: 512), on: workers)
    let solved = try HQQ().solve(weights, scheme, .uniform(columns: 512), on: workers)
    #expect(norm(solved) < norm(rounded))
    #expect(solved.record.roundingError == rounded.record.error)
    let bytes = scheme.pack(solved.codes, solved.grid)
    let decoded = scheme.unpack(bytes.bytes, rows: 6, columns: 512).array()
    #expect(decoded == solved.grid.values(solved.codes).array())
  }

  @Test(arguments: ["int4_g128", "q4_0", "q6_k", "iq4_nl", "nf4"])
  func `types without offsets are refused`(name: String) throws {
    let scheme = try Self.scheme(name)
    #expect(HQQ().obstacle(scheme) == .needsOffsets(solver: "hqq", type: name))
    let error = #expect(throws: SolveError.self) {
      _ = try HQQ().solve(weights(columns: 512), scheme, .uniform(columns: 512), on: workers)
    }
    #expect(error == .needsOffsets(solver: "hqq", type: name))
    #expect(error?.description.contains("use an asymmetric type") == true)
  }

  @Test func `calibration does not change the codes`() throws {
    let scheme = try Self.scheme("int3_g64_asym")
    let weights = weights(columns: 512)
    let uniform = try HQQ().solve(weights, scheme, .uniform(columns: 512), on: workers)
    let known = ActivationStatistics(meanSquares: (0..<512).map { Float($0 % 9) }, tokens: 3)
    let other = try HQQ().solve(weights, scheme, known, on: workers)
    #expect(uniform.codes.array() == other.codes.array())
    #expect(uniform.record.error != other.record.error)
  }
}
