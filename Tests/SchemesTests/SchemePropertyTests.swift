import Schemes
import Tensors
import TestSupport
import Testing

/// What holds for every registered scheme and every row.
@Suite struct SchemePropertyTests {
  /// The names of all schemes: a closure, because a key path over `any` types crashes the compiler.
  static let names =
    WeightFormats.all.filter { $0 is any Scheme }.map { $0.name } + IntegerType.all.map { $0.name }
    + FP8Type.allCases.map { $0.rawValue }

  /// The scheme of rows of 512.
  static func scheme(_ name: String) throws -> any Scheme {
    try #require(WeightFormats.named(name, columns: 512) as? any Scheme)
  }

  /// Packed codes decode to exactly the values that the grid says.
  @Test(arguments: names, RowCase.all)
  func `bytes hold what the grid says`(name: String, rowCase: RowCase) throws {
    let scheme = try Self.scheme(name)
    let weights = rowCase.weights()
    let grid = scheme.fit(weights, importance: rowCase.importance(), on: Workers(count: 2))
    var random = SeededRandom(seed: 3)
    let count = scheme.levels.count
    let nearest = grid.nearestCodes(weights)
    // Where vectors are coded not all runs of codes exist: those that do are nearest to something.
    let arbitrary =
      scheme.vectors == nil
      ? Codes(rows: weights.rows, columns: weights.columns) { _, _ in UInt8(random.next() % UInt64(count)) }
      : grid.nearestCodes(
        Matrix(rows: weights.rows, columns: weights.columns) {
          grid.rows[$0].scales[$1 / scheme.columnsPerGroup] * random.gaussian() * 20
        })
    for codes in [Shared(nearest), Shared(arbitrary)] {
      let expected = grid.values(codes.matrix)
      let packed = scheme.pack(codes.matrix, grid)
      let decoded = scheme.unpack(packed.bytes, rows: weights.rows, columns: weights.columns)
      // Zeros of either sign are the same value.
      let same = zip(decoded.array(), expected.array()).allSatisfy { $0 == $1 }
      #expect(same)
    }
  }

  /// Values are finite, and no row comes out worse than a row of zeros would.
  @Test(arguments: names, RowCase.all)
  func `values are finite and near`(name: String, rowCase: RowCase) throws {
    let scheme = try Self.scheme(name)
    let weights = rowCase.weights()
    let importance = rowCase.importance()
    let grid = scheme.fit(weights, importance: importance, on: Workers(count: 1))
    let values = grid.values(grid.nearestCodes(weights))
    #expect(values.firstNonFinite() == nil)
    for row in 0..<weights.rows {
      var error = 0.0
      var energy = 0.0
      for column in 0..<weights.columns {
        let weight = Double(weights[row, column])
        let difference = weight - Double(values[row, column])
        error += difference * difference
        energy += weight * weight
      }
      // Neither vectors nor signs alone have zeros to lay beside one large weight.
      let least = scheme.levels.count == 2 ? 2 : scheme.vectors == nil ? 0 : 0.6
      let tolerance = max(rowCase.tolerance, least)
      #expect(error <= energy * tolerance, "row \(row)")
    }
  }

  @Test(arguments: names)
  func `zeros stay zeros`(name: String) throws {
    let scheme = try Self.scheme(name)
    let weights = Matrix(rows: 1, columns: 512)
    let grid = scheme.fit(weights, importance: [Float](repeating: 1, count: 512), on: Workers(count: 1))
    #expect(grid.values(grid.nearestCodes(weights)).array().allSatisfy { $0 == 0 })
  }

  /// More workers change nothing.
  @Test(arguments: names)
  func `workers do not change the grid`(name: String) throws {
    let scheme = try Self.scheme(name)
    let weights = RowCase.all[0].weights()
    let importance = RowCase.all[0].importance()
    let one = scheme.fit(weights, importance: importance, on: Workers(count: 1))
    let four = scheme.fit(weights, importance: importance, on: Workers(count: 4))
    let same = one.rows == four.rows
    #expect(same)
  }

  /// A power of two times the weights gives the same codes, while its scales fit half precision.
  @Test(arguments: names)
  func `fits do not depend on the unit`(name: String) throws {
    let scheme = try Self.scheme(name)
    let source = RowCase.all[0].weights()
    let weights = Matrix(rows: 3, columns: 512) { source[$0, $1] * 16 }
    let larger = Matrix(rows: 3, columns: 512) { source[$0, $1] * 256 }
    let importance = RowCase.all[0].importance()
    let one = scheme.fit(weights, importance: importance, on: Workers(count: 1)).nearestCodes(weights).array()
    let other = scheme.fit(larger, importance: importance, on: Workers(count: 1)).nearestCodes(larger).array()
    let same = one == other
    #expect(same)
  }
}
