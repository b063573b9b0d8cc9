import Schemes
import Tensors
import TestSupport
import Testing

@Suite struct IntegerSchemeTests {
  static let types = IntegerType.all.filter { $0.group == .columns(128) || $0.group == .columns(32) }

  /// Rows of 512 weights: normal ones, ones with heavy tails, and ones that are off centre.
  enum Shape: String, CaseIterable {
    case normal
    case tails
    case shifted

    func weights(rows: Int) -> Matrix {
      var random = SeededRandom(seed: 31)
      return Matrix(rows: rows, columns: 512) { _, _ in
        let value = random.gaussian()
        switch self {
        case .normal: return 0.02 * value
        case .tails: return 0.02 * value * value * value
        case .shifted: return 0.02 * value + 0.015
        }
      }
    }
  }

  /// The fit leaves less weighted error than the best of eighty ranges, and far less than the plain range.
  ///
  /// At two bits it may leave a little more than the former: there it gives up squared error for less bias.
  @Test(arguments: types, Shape.allCases)
  func `fits are better than what others observe`(type: IntegerType, shape: Shape) throws {
    let scheme = try #require(type.scheme(columns: 512))
    let weights = shape.weights(rows: 8)
    let importance = (0..<512).map { 0.2 + Float($0 % 5) }
    let grid = scheme.fit(weights, importance: importance, on: Workers(count: 1))
    let values = grid.values(grid.nearestCodes(weights))
    let minMax = Observer.minMax(type.bits, type.zero)
    let squares = Observer.squares(type.bits, type.zero)
    var total = (ours: 0.0, minMax: 0.0, squares: 0.0)
    for row in 0..<8 {
      for start in stride(from: 0, to: 512, by: scheme.columnsPerGroup) {
        let range = start..<start + scheme.columnsPerGroup
        let x = (0..<512).map { Double(weights[row, $0]) }
        let errorWeights = importance.map { Double($0) }
        let ours = range.reduce(0.0) { sum, column in
          let difference = Double(values[row, column]) - x[column]
          return sum + errorWeights[column] * difference * difference
        }
        total.ours += ours
        total.minMax += minMax.error(x[range], weights: errorWeights[range])
        total.squares += squares.error(x[range], weights: errorWeights[range])
      }
    }
    #expect(total.ours <= total.squares * (type.bits == 2 ? 1.05 : 1))
    #expect(total.ours <= total.minMax * (type.bits == 8 ? 0.95 : 0.91))
  }

  /// Zero points are integers of the range, offsets are what they say, and half precision holds all else.
  @Test(arguments: IntegerType.all)
  func `parameters are what containers store`(type: IntegerType) throws {
    let scheme = try #require(type.scheme(columns: 512))
    for rowCase in RowCase.all {
      let weights = rowCase.weights()
      let grid = scheme.fit(weights, importance: rowCase.importance(), on: Workers(count: 1))
      for row in grid.rows {
        #expect(row.scales.allSatisfy { Float(Float16($0)) == $0 })
        switch type.zero {
        case .symmetric: #expect(row.offsets.allSatisfy { $0 == 0 })
        case .bias: #expect(row.offsets.allSatisfy { Float(Float16($0)) == $0 })
        case .point:
          let zeros = row.nested.offsetCodes.map { UInt8(bitPattern: $0) }
          #expect(zeros.count == row.scales.count && zeros.allSatisfy { 1..<(1 << type.bits) ~= Int($0) })
          #expect(zip(row.offsets, zip(row.scales, zeros)).allSatisfy { $0 == $1.0 * Float($1.1) })
        }
      }
    }
  }

  /// The bytes by hand: scale, zero point, then fields from the lowest bit up.
  @Test func `bytes are laid out as documented`() throws {
    let type = try #require(IntegerType.named("int3_row_asym"))
    let scheme = try #require(type.scheme(columns: 6))
    let grid = GridRow(scales: [0.5], offsets: [2.5], nested: GridRow.Nested(offsetCodes: [5]))
    #expect(scheme.bytesPerBlock == 6)
    let codes = Codes(rows: 1, columns: 6, [1, 2, 3, 4, 5, 7])
    let packed = scheme.pack(codes, Grid(levels: scheme.levels, columnsPerGroup: 6, rows: [grid]))
    // 0.5 is 0x3800; 1 + 2·8 + 3·64 + 4·512 + 5·4096 + 7·32768 = 0x3_D8D1.
    #expect(packed.array() == [0x00, 0x38, 5, 0xD1, 0xD8, 0x03])
    #expect(scheme.unpack(packed.bytes, rows: 1, columns: 6).array() == [-2, -1.5, -1, -0.5, 0, 1])
  }
}
