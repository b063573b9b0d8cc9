import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

/// Weights that lie on a grid already keep their codes.
@Suite struct ExactCodesTests {
  static let names = [
    "q4_0", "q5_0", "q8_0", "iq4_nl", "tq1_0", "tq2_0", "mxfp4", "nvfp4", "int4_g32", "int4_g128", "int8_row",
    "int2_g64", "int3_row", "q2_0", "q1_0",
  ]
  private static let workers = Workers(count: 2)

  private func scheme(_ name: String) throws -> any Scheme {
    try #require(WeightFormats.named(name, columns: 512) as? any Scheme)
  }

  /// Weights of a few rows, a group of zeros among them, rounded to a grid of the type.
  private func lattice(_ scheme: any Scheme, seed: UInt64 = 4) -> Matrix {
    var random = SeededRandom(seed: seed)
    var weights = random.gaussianMatrix(rows: 300, columns: 512)
    for column in 0..<256 { weights[2, column] = 0 }
    for column in 0..<512 { weights[7, column] *= 1e-3 }
    let grid = scheme.fit(weights, importance: [Float](repeating: 1, count: 512), on: Self.workers)
    return grid.values(grid.nearestCodes(weights))
  }

  private func exact(_ weights: borrowing Matrix, _ scheme: any Scheme) -> Solution? {
    let statistics = ActivationStatistics(meanSquares: [Float](repeating: 1, count: weights.columns), tokens: 1)
    return Solution.exact(weights, scheme, statistics, on: Self.workers)
  }

  /// What the bytes of exact codes decode to; nil where there are none.
  private func decoded(_ weights: borrowing Matrix, _ scheme: any Scheme) -> [Float]? {
    guard let exact = exact(weights, scheme) else { return nil }
    guard exact.record.solver == "exact", exact.record.error == 0 else { return nil }
    let packed = scheme.pack(exact.codes, exact.grid)
    return scheme.unpack(packed.bytes, rows: weights.rows, columns: weights.columns).array()
  }

  private func isExact(_ weights: borrowing Matrix, _ scheme: any Scheme) -> Bool { decoded(weights, scheme) != nil }

  @Test(arguments: names) func whatLiesOnTheGridIsKept(_ name: String) throws {
    let scheme = try scheme(name)
    let weights = lattice(scheme)
    let found = decoded(weights, scheme)
    let decoded = try #require(found)
    // Zeros of either sign are the same value.
    #expect(zip(decoded, weights.array()).allSatisfy { $0 == $1 })
  }

  /// Every number that a byte of MXFP4 holds, zeros of both signs among them, comes back to the last bit.
  @Test func fourBitFloatsComeBackWithTheSignsOfZeros() {
    let scheme = MXFP4()
    let blocks: [[UInt8]] = [
      [120] + (0..<16).map { UInt8($0) | UInt8(15 - $0) << 4 }, [125] + [UInt8](repeating: 0x88, count: 15) + [0x87],
    ]
    let bytes = blocks.flatMap { $0 }
    let weights = scheme.unpack(bytes.span.bytes, rows: 1, columns: 64)
    guard let exact = exact(weights, scheme) else {
      Issue.record("numbers of a type do not lie on its grid")
      return
    }
    var packed = scheme.pack(exact.codes, exact.grid)
    let unsigned = packed.array()
    var row = packed.mutableRow(0)
    scheme.signZeros(of: weights.row(0), in: &row)
    let signed = packed.array()
    #expect(unsigned != bytes && signed == bytes)
  }

  /// One weight of the last row that is the next number of single precision.
  @Test(arguments: names) func whatAlmostLiesOnTheGridIsNot(_ name: String) throws {
    let scheme = try scheme(name)
    for (row, column) in [(0, 3), (299, 511), (150, 256)] {
      var weights = lattice(scheme)
      weights[row, column] = weights[row, column].nextUp
      let isClaimed = isExact(weights, scheme)
      #expect(!isClaimed)
    }
  }

  /// A grid of another type, and weights of none, are not claimed.
  @Test(arguments: names) func otherWeightsAreNotClaimed(_ name: String) throws {
    let scheme = try scheme(name)
    var random = SeededRandom(seed: 8)
    let isRandomClaimed = isExact(random.gaussianMatrix(rows: 4, columns: 512), scheme)
    #expect(!isRandomClaimed)
    let other = lattice(try self.scheme("iq4_nl"))
    let isOtherClaimed = isExact(other, scheme)
    #expect(isOtherClaimed == ["iq4_nl", "q8_0"].contains(name))
  }

  @Test func typesWithOffsetsClaimNothing() throws {
    for name in ["q4_1", "q4_k", "int4_g32_asym", "int4_g32_bias", "nf4"] {
      let scheme = try scheme(name)
      let isClaimed = isExact(lattice(scheme), scheme)
      #expect(!isClaimed)
    }
  }

  /// Ternary weights keep their codes: exactly where half precision holds their magnitude, as it does one of bfloat16, and else under
  /// the nearest magnitude.
  @Test(arguments: ["tq1_0", "tq2_0", "q2_0", "q8_0", "q4_0", "int4_g128", "int2_g64"], [0.0478515625, 0.0481377])
  func ternaryWeightsKeepTheirCodes(_ name: String, _ magnitude: Float) throws {
    let scheme = try scheme(name)
    var random = SeededRandom(seed: 9)
    var weights = Matrix(rows: 300, columns: 512) { _, _ in magnitude * Float(Int(random.next() % 3) - 1) }
    for column in 0..<256 { weights[2, column] = 0 }
    guard let solution = exact(weights, scheme) else {
      Issue.record("no exact codes")
      return
    }
    let isHeld = Float(Float16(magnitude)) == magnitude
    #expect(solution.record.solver == (isHeld ? "exact" : "exact codes"))
    #expect(isHeld ? solution.record.error == 0 : 1e-12...1e-7 ~= solution.record.error)
    let packed = scheme.pack(solution.codes, solution.grid)
    let decoded = scheme.unpack(packed.bytes, rows: 300, columns: 512).array()
    let factor = Float(Float16(magnitude)) / magnitude
    #expect(zip(decoded, weights.array()).allSatisfy { abs($0 - factor * $1) <= 1e-6 * abs($1) })
  }

  /// A magnitude that half precision does not come near, and two magnitudes in one group.
  @Test(arguments: ["tq1_0", "tq2_0", "q2_0", "mxfp4"]) func otherTernaryWeightsDoNot(_ name: String) throws {
    let scheme = try scheme(name)
    var random = SeededRandom(seed: 10)
    let small = Matrix(rows: 3, columns: 512) { _, _ in 1.37e-7 * Float(Int(random.next() % 3) - 1) }
    let large = Matrix(rows: 3, columns: 512) { _, _ in 1e6 * Float(Int(random.next() % 3) - 1) }
    let mixed = Matrix(rows: 3, columns: 512) { _, column in
      (column % 2 == 0 ? 0.0481377 : 0.0491377) * Float(Int(random.next() % 3) - 1)
    }
    let (isSmallClaimed, isLargeClaimed) = (exact(small, scheme) != nil, exact(large, scheme) != nil)
    let isMixedClaimed = exact(mixed, scheme) != nil
    #expect(!isSmallClaimed && !isLargeClaimed && !isMixedClaimed)
  }

  /// What training for a q4_0 grid leaves in BF16: scales of few binary digits.
  @Test func latticesOfHalfPrecisionCheckpointsAreFound() throws {
    var random = SeededRandom(seed: 5)
    let scales = (0..<64 * 16).map { _ in Float(Int.random(in: 1...15, using: &random)) / 1024 }
    let weights = Matrix(rows: 64, columns: 512) { row, column in
      scales[row * 16 + column / 32] * Float(Int.random(in: -8...7, using: &random))
    }
    for name in ["q4_0", "int4_g32"] {
      let found = try decoded(weights, scheme(name))
      #expect(found == weights.array())
    }
  }

  /// Four-bit floats of another program under powers of two are those of `mxfp4`, and under scales of E4M3 those of `nvfp4`.
  @Test func floatsUnderStoredScalesAreFound() throws {
    var random = SeededRandom(seed: 6)
    let numbers = SmallFloat.e2m1.values
    let scales = SmallFloat.e4m3.values[1..<127].map { $0 }
    let powers = Matrix(rows: 40, columns: 512) { row, column in
      Float(sign: .plus, exponent: (row + column / 32) % 20 - 12, significand: 1) * numbers[Int(random.next() % 16)]
    }
    let arePowersKept = try isExact(powers, scheme("mxfp4"))
    #expect(arePowersKept)
    let nested = Matrix(rows: 40, columns: 512) { row, column in
      scales[(row * 7 + column / 16) % scales.count] * numbers[Int(random.next() % 16)]
    }
    let areNestedKept = try isExact(nested, scheme("nvfp4"))
    #expect(areNestedKept)
    let areNestedPowers = try isExact(nested, scheme("mxfp4"))
    #expect(!areNestedPowers)
  }
}
