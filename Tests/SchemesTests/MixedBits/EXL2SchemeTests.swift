import Schemes
import Tensors
import TestSupport
import Testing

@Suite struct EXL2SchemeTests {
  private static let columns = 256

  private static func weights(rows: Int = 48) -> Matrix {
    var random = SeededRandom(seed: 77)
    return Matrix(rows: rows, columns: columns) { row, column in
      random.gaussian() * (row == 5 ? 0 : 0.01 + 0.005 * Float(row % 7)) * (column < 64 ? 3 : 1)
    }
  }

  private static func fitted(_ strategy: EXL2Strategy) throws -> (scheme: EXL2Scheme, grid: Grid) {
    let scheme = try #require(strategy.scheme(columns: columns))
    let importance = (0..<columns).map { 1 + Float($0 % 3) }
    return (scheme, scheme.fit(weights(), importance: importance, on: Workers(count: 2)))
  }

  /// What readers decode is what the grid says, to the last bit, and no code is wider than its group.
  @Test(arguments: EXL2Strategy.all)
  func rowsReadBackAsTheirCodes(_ strategy: EXL2Strategy) throws {
    let (scheme, grid) = try Self.fitted(strategy)
    let codes = grid.nearestCodes(Self.weights())
    let values = grid.values(codes).array()
    let packed = scheme.pack(codes, grid)
    var decoded: [Float] = []
    for row in 0..<48 {
      var target = Matrix(rows: 1, columns: Self.columns)
      var values = target.mutableRow(0)
      scheme.unpack(packed.row(row).bytes, into: &values)
      decoded += target.array()
      let parts = scheme.takeApart(packed.row(row).bytes)
      for (column, code) in parts.codes.enumerated() {
        #expect(Int(code) < 1 << scheme.bits[column / scheme.columnsPerGroup])
      }
    }
    #expect(decoded == values)
  }

  /// One code at a time and a row at a time round alike.
  @Test func codesAreTheNearestOfTheirGroup() throws {
    let (scheme, grid) = try Self.fitted(try #require(EXL2Strategy.named("exl2_6_3_p5_g64")))
    let weights = Self.weights()
    let codes = grid.nearestCodes(weights)
    for row in [0, 5, 17] {
      for column in 0..<Self.columns {
        let group = column / scheme.columnsPerGroup
        let scale = grid.rows[row].scales[group]
        let limits = -(1 << (scheme.bits[group] - 1))...(1 << (scheme.bits[group] - 1)) - 1
        let best = limits.map { abs(scale * Float($0) - weights[row, column]) }.min() ?? 0
        let found = abs(scale * Float(Int(codes[row, column]) - 128) - weights[row, column])
        #expect(found <= best * 1.0001 + 1e-9)
        #expect(codes[row, column] == grid.nearestCode(weights[row, column], row: row, column: column))
      }
    }
  }

  /// Every scale is the square of 1 to 16 under a factor that all rows have, rounded to half precision.
  @Test(arguments: ["exl2_4_g128", "exl2_2_g64", "exl2_8_6_g64"])
  func scalesAreSquaresUnderTheFactorOfTheirGroup(_ name: String) throws {
    let (scheme, grid) = try Self.fitted(try #require(EXL2Strategy.named(name)))
    for group in scheme.bits.indices {
      let factor = grid.rows[0].nested.superScales[group]
      #expect(factor > 0 && Float(Float16(factor)) == factor)
      for row in grid.rows {
        #expect(row.nested.superScales[group] == factor)
        let root = Float(row.nested.scaleCodes[group])
        #expect((1...16).contains(root))
        #expect(row.scales[group] == Float(Float16(root * root * factor)))
      }
    }
  }

  /// Four bits for a scale cost what they must, and most with many bits, where a scale that is too small cuts off what it was
  /// fitted to hold.
  @Test(arguments: ["exl2_4_g128", "exl2_3_g64", "exl2_6_g32"])
  func roundedScalesLeaveLittleMoreError(_ name: String) throws {
    let (scheme, grid) = try Self.fitted(try #require(EXL2Strategy.named(name)))
    let weights = Self.weights()
    var free = grid
    let importance = (0..<Self.columns).map { 1 + Float($0 % 3) }
    for row in free.rows.indices { free.rows[row] = scheme.fit(weights.row(row), importance: importance.span) }
    func error(_ grid: Grid) -> Double {
      zip(grid.values(grid.nearestCodes(weights)).array(), weights.array()).reduce(0) {
        $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1)
      }
    }
    #expect(error(grid) < (scheme.strategy.bits < 6 ? 1.35 : 2) * error(free))
  }

  @Test func strategiesCutColumnsIntoRunsThatFall() throws {
    let scheme = try #require(EXL2Strategy.named("exl2_8_4_p5_g128")?.scheme(columns: 2560))
    #expect(scheme.bits == [8] + [Int](repeating: 4, count: 19))
    #expect(scheme.name == "exl2_8_4_p5_g128")
    // 2560 · 64 codes of 4 bits, of 8 bits in one group more; 20 groups of 64 roots, a factor and a place; 2560 places.
    #expect(scheme.byteCount(rows: 64, columns: 2560) == 19 * 128 * 32 + 128 * 64 + 20 * (32 + 2 + 4) + 4 * 2560)
    let narrow = try #require(EXL2Strategy.named("exl2_5_4_g128")?.scheme(columns: 96))
    #expect(narrow.columnsPerGroup == 32 && narrow.bits == [5, 4, 4] && narrow.name == "exl2_5_4_g32")
    #expect(EXL2Strategy.named("exl2_5_4_g128")?.scheme(columns: 100) == nil)
    #expect(EXL2Strategy.named("exl2_7_g128") == nil)
    #expect(Set(EXL2Strategy.everySize.map(\.name)).count == EXL2Strategy.everySize.count)
  }

  @Test func targetsAreNumbersOfBits() {
    #expect(EXL2Target.bits("exl2_4.25") == 4.25 && EXL2Target.bits("exl2_4") == 4)
    for name in ["exl2_4.250", "exl2_", "exl2_0.5", "exl2_4_g128", "exl2_1e1", "exl2_nan", "q4_0"] {
      #expect(EXL2Target.bits(name) == nil, "\(name)")
    }
    #expect(EXL2Target.name(4.25) == "exl2_4.25" && EXL2Target.name(3) == "exl2_3")
  }
}
