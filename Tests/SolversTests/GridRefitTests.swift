import Schemes
import Solvers
import Tensors
import Testing

/// Grid refit under the schemes that products have: every way in which scales and offsets are stored.
struct GridRefitTests {
  static let schemes: [any Scheme] =
    [
      Q2_K(), Q3_K(), Q4_K(), Q5_K(), Q6_K(), IQ4_XS(), Q4_0(), Q4_1(), Q5_1(), Q8_0(), IQ4_NL(), TQ2_0(), MXFP4(),
      NVFP4(), NVFP4Global(), NF4(),
    ]
    + [
      "fp8_row", "int4_g128", "int8_g64", "nf4_dq", "int4_g128_asym", "int2_g32_asym", "int8_g64_asym", "int3_g64_bias",
    ]
    .compactMap {
      WeightFormats.named($0, columns: 512) as? any Scheme
    }

  /// One of some types for rows of so many columns: a type with one scale a row has as many in its group.
  static func scheme(_ schemes: [any Scheme], _ index: Int, columns: Int) -> any Scheme {
    WeightFormats.named(schemes[index].name, columns: columns) as? any Scheme ?? schemes[index]
  }

  /// Rows that fill no tile and more than one; one block of columns and two.
  @Test(arguments: schemes.indices, [(7, 256), (70, 512)])
  func noStepRaisesTheObjective(index: Int, shape: (rows: Int, columns: Int)) throws {
    let problem = Problem(rows: shape.rows, columns: shape.columns)
    let scheme = Self.scheme(Self.schemes, index, columns: shape.columns)
    let solution = try problem.solve(GPTQ(sweeps: 1, refits: 3), scheme)
    let steps = solution.record.steps
    #expect(steps.map(\.step) == ["sweep", "descent", "refit", "descent", "refit", "descent", "refit", "descent"])
    for (before, after) in zip(steps, steps.dropFirst()) {
      #expect(after.objective <= before.objective * (1 + 1e-6), "\(scheme.name)")
    }
  }

  /// The objective in the record is the one that a slow trace finds for the codes and the grid that came out.
  @Test(arguments: schemes.indices)
  func theLastStepIsTheSolutions(index: Int) throws {
    let problem = Problem(rows: 5, columns: 256)
    let solver = GPTQ(sweeps: 1, refits: 2)
    let solution = try problem.solve(solver, Self.scheme(Self.schemes, index, columns: 256))
    let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let zero = Matrix(rows: 5, columns: 256)
    let cost = problem.dampedCost(of: solution.grid.values(solution.codes), conditioned)
    let relative = cost / problem.dampedCost(of: zero, conditioned)
    let recorded = try #require(solution.record.steps.last).objective
    #expect(abs(recorded / relative - 1) < 1e-4)
  }

  /// What the refit chose is what the scheme stores: any reader of the packed bytes sees the same values.
  @Test(arguments: schemes.indices)
  func packedBytesHoldTheRefittedGrid(index: Int) throws {
    let scheme = Self.schemes[index]
    let problem = Problem(rows: 9, columns: 512)
    let solution = try problem.solve(GPTQ(refits: 2), scheme)
    let packed = scheme.pack(solution.codes, solution.grid)
    let read = scheme.unpack(packed.bytes, rows: 9, columns: 512)
    #expect(read.array() == solution.grid.values(solution.codes).array())
  }

  @Test(arguments: schemes.indices)
  func aRefitPaysWhereAGridCanBeRefitted(index: Int) throws {
    let scheme = Self.scheme(Self.schemes, index, columns: 256)
    let problem = Problem(rows: 128, columns: 256)
    let without = try problem.solve(GPTQ(sweeps: 2, refits: 0), scheme).record.error
    let with = try problem.solve(GPTQ(sweeps: 2, refits: 2), scheme).record.error
    if scheme.parameters == .fixed {
      // Two more rounds of descent are all that happens.
      #expect(with <= without * (1 + 1e-6))
    } else {
      #expect(with < without)
    }
  }

  /// With codes given, no other pair of a scale and an offset that the type can store is better for any group: tried one
  /// by one, in double precision.
  @Test(arguments: [Q2_K() as any Scheme, Q3_K(), Q4_K()].indices)
  func atItsEndNoStorablePairIsBetter(index: Int) throws {
    let scheme = [Q2_K() as any Scheme, Q3_K(), Q4_K()][index]
    guard case .nested(let scales, let offsets) = scheme.parameters else {
      Issue.record("\(scheme.name) has no nested parameters, and nothing was tried")
      return
    }
    let problem = Problem(rows: 1, columns: 256)
    let solver = GPTQ(sweeps: 2, refits: 60)
    let solution = try problem.solve(solver, scheme)
    let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
    let cost = problem.dampedCost(of: solution.grid.values(solution.codes), conditioned)
    var grid = solution.grid
    let nested = solution.grid.rows[0].nested
    for group in stride(from: 0, to: 256 / scheme.columnsPerGroup, by: 3) {
      for scale in scales where abs(scale - Int(nested.scaleCodes[group])) < 6 {
        for offset in offsets ?? 0...0 where offsets == nil || abs(offset - Int(nested.offsetCodes[group])) < 3 {
          grid.rows[0].scales[group] = nested.superScales[0] * Float(scale)
          if offsets != nil { grid.rows[0].offsets[group] = nested.superOffsets[0] * Float(offset) }
          let other = problem.dampedCost(of: grid.values(solution.codes), conditioned)
          #expect(other >= cost * (1 - 1e-6))
        }
      }
      grid.rows[0] = solution.grid.rows[0]
    }
  }
}

/// Everything that can be tried on tiny problems.
struct ExhaustiveSearchTests {
  /// One row of two columns with two bits each: sixteen pairs of codes on the scheme's grid. With only two codes, descent
  /// can be caught where both would have to change at once; the bound says how much that costs at most here.
  @Test func withinABoundOfTheBestCodes() throws {
    let scheme = TestScheme(levels: .uniform(lowest: 0, count: 4), columnsPerGroup: 2)
    var best = 0.0
    var found = 0.0
    for seed in 1...200 {
      let problem = Problem(rows: 1, columns: 2, tokens: 20, seed: UInt64(seed))
      let solver = GPTQ(sweeps: 4, refits: 0)
      let solution = try problem.solve(solver, scheme)
      let conditioned = try problem.statistics.conditioned(for: solver.conditioning, on: Workers(count: 2))
      let costs = (0..<16).map { number in
        problem.dampedCost(
          of: solution.grid.values(Codes(rows: 1, columns: 2) { UInt8(number >> (2 * $1) & 3) }), conditioned)
      }
      let chosen = problem.dampedCost(of: solution.grid.values(solution.codes), conditioned)
      let least = try #require(costs.min())
      #expect(chosen >= least * (1 - 1e-9))
      best += least
      found += chosen
    }
    // All two hundred problems together: within one percent of what exhaustive search reaches.
    #expect(found <= best * 1.01)
  }
}
