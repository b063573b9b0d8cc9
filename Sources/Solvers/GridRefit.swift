import LinearAlgebra
import Schemes
import Tensors

/// Grid refit: for the codes at hand, the scales and offsets that lower the objective under the full Hessian, in the form
/// in which the scheme stores them.
///
/// As in coordinate descent, G = H (W − Q) is kept up to date. A group's cost is a quadratic in the change of its scale
/// and offset, whose exact minimum is rounded to what can be stored, and taken only where that lowers the objective.
func refit(
  _ tile: borrowing RowTile, _ grid: inout TileGrid, H: borrowing Matrix, codes: borrowing Codes, Q: inout Matrix,
  G: inout Matrix
) {
  if grid.parameters == .fixed { return }
  let groups = RefitSize.groups(hasFactors: grid.hasFactors, perBlock: grid.groupsPerBlock)
  for first in stride(from: 0, to: tile.columns / grid.columnsPerGroup, by: groups) {
    var work = BlockRefit(RefitBlock(tile, grid, H, codes, groups: first..<first + groups))
    if grid.hasFactors { work.moveFactors(&grid, H, &G, &Q) }
    for group in 0..<groups { work.move(group, &grid, H, &G, &Q) }
  }
}

/// How much of a matrix is refitted at a time.
enum RefitSize {
  /// Groups of one scale each that move together: those of a block under common factors.
  static func groups(hasFactors: Bool, perBlock: Int) -> Int { hasFactors ? perBlock : 1 }

  /// Bytes that a refit of a tile holds beside it.
  static func bytes(columns: Int, lanes: Int, _ scheme: any Scheme) -> Int {
    var hasFactors = false
    switch scheme.parameters {
    case .fixed: return 0
    case .nested, .odd: hasFactors = true
    case .half, .zeroPoints, .squares, .single, .powers, .numbers: break
    }
    let perBlock = scheme.columnsPerBlock / scheme.columnsPerGroup
    let count = min(columns, scheme.columnsPerGroup * groups(hasFactors: hasFactors, perBlock: perBlock))
    // Levels, ones and changes, the two directions of factors, and their products with H.
    let directions = count * lanes * (hasFactors ? 7 : 5)
    return 4 * (directions + (count == columns && !hasFactors ? 0 : count * columns + count * count))
  }
}

/// One block of columns, or one group where groups have no factors in common, and the levels of its codes.
///
/// Columns stand group by group. With two directions S and O, `value = x · S − y · O`: for a group's scale and offset S is
/// the level of each code and O is 1; for a block's factors both are multiplied by the group's integers.
struct RefitBlock: ~Copyable {
  /// The places in the sweep of the block's columns. Where they are all columns, they stand in the order of the sweep: H serves
  /// as it is then, and nothing of its size is copied.
  let places: [Int]
  let firstGroup: Int
  let groupsPerBlock: Int
  let columnsPerGroup: Int
  let hasOffsets: Bool
  let isWhole: Bool
  /// Rows of H at those places, `[columns, all columns]`; empty where they are all.
  let rows: Matrix
  /// The part of them at the block's own columns, `[columns, columns]`; empty where they are all.
  private let square: Matrix
  /// The level of each code, `[columns, lanes]`.
  let levels: Matrix
  let ones: Matrix

  init(
    _ tile: borrowing RowTile, _ grid: borrowing TileGrid, _ H: borrowing Matrix, _ codes: borrowing Codes,
    groups: Range<Int>
  ) {
    let count = grid.columnsPerGroup * groups.count
    let first = groups.lowerBound * grid.columnsPerGroup
    // Of groups that are all columns together, one alone does without an order of its own.
    isWhole = groups.count == 1 && count == tile.columns
    let places = isWhole ? Array(0..<count) : tile.places(of: first..<first + count)
    var rows = Matrix(uninitializedRows: isWhole ? 0 : count, columns: tile.columns)
    var square = Matrix(uninitializedRows: isWhole ? 0 : count, columns: isWhole ? 0 : count)
    var levels = Matrix(uninitializedRows: count, columns: tile.lanes)
    for (index, place) in places.enumerated() {
      if !isWhole {
        let source = H.row(place)
        var row = rows.mutableRow(index)
        for column in 0..<source.count { row[unchecked: column] = source[unchecked: column] }
        for (column, place) in places.enumerated() { square[index, column] = source[place] }
      }
      let rowCodes = codes.row(place)
      for lane in 0..<tile.lanes { levels[index, lane] = grid.levels[rowCodes[lane]] }
    }
    self.places = places
    firstGroup = groups.lowerBound
    groupsPerBlock = grid.groupsPerBlock
    columnsPerGroup = grid.columnsPerGroup
    hasOffsets = grid.parameters.hasOffsets
    self.rows = rows
    self.square = square
    self.levels = levels
    ones = Matrix(rows: count, columns: tile.lanes, repeating: 1)
  }

  /// The directions of the block's factors for the integers at hand, `[columns, lanes]` each.
  func factorDirections(_ grid: borrowing TileGrid) -> FactorDirections {
    let count = places.count
    var S = Matrix(uninitializedRows: count, columns: levels.columns)
    var O = Matrix(uninitializedRows: count, columns: levels.columns)
    for row in 0..<count {
      let group = firstGroup + row / columnsPerGroup
      for lane in 0..<levels.columns {
        let codes = grid.codes(group, lane)
        S[row, lane] = codes.scale * levels[row, lane]
        O[row, lane] = codes.offset
      }
    }
    return FactorDirections(scales: S, offsets: O)
  }

  /// H of some of the block's columns times X, `[range, lanes]`.
  func product(_ range: Range<Int>, _ X: borrowing Matrix, _ H: borrowing Matrix) -> Matrix {
    var result = Matrix(uninitializedRows: range.count, columns: levels.columns)
    var target = result.mutableView()
    let own = isWhole ? H.view(rows: range, columns: range) : square.view(rows: range, columns: range)
    multiply(own, .plain, X.view(rows: range), .plain, into: &target)
    return result
  }

  /// `X ← X − H D` at the block's columns, for changes D of some of them.
  func lower(_ X: inout Matrix, _ range: Range<Int>, by D: borrowing Matrix, _ H: borrowing Matrix) {
    var target = X.mutableView()
    let own = isWhole ? H.view(rows: range) : square.view(rows: range)
    multiply(own, .transposed, D.view(), .plain, into: &target, alpha: -1, beta: 1)
  }
}

/// What the factors of a block multiply, `[columns, lanes]` each.
struct FactorDirections: ~Copyable {
  let scales: Matrix
  let offsets: Matrix
}

/// What the objective says about the parameters of a block of columns of rows that have nothing to do with each other.
private struct BlockRefit: ~Copyable {
  private let block: RefitBlock
  /// Changes of values, `[columns, lanes]`.
  private var D: Matrix

  init(_ block: consuming RefitBlock) {
    D = Matrix(rows: block.places.count, columns: block.levels.columns)
    self.block = block
  }

  /// Moves the scale and the offset of one group of the block.
  mutating func move(
    _ group: Int, _ grid: inout TileGrid, _ H: borrowing Matrix, _ G: inout Matrix, _ Q: inout Matrix
  ) {
    let range = group * block.columnsPerGroup..<(group + 1) * block.columnsPerGroup
    let costs = costs(range, block.levels, block.ones, H, G)
    var changed = false
    for lane in 0..<block.levels.columns {
      let change = grid.move(block.firstGroup + group, lane, costs[lane])
      if change != nil { changed = true }
      for row in range { D[row, lane] = (change?.scale ?? 0) * block.levels[row, lane] - (change?.offset ?? 0) }
    }
    if changed { apply(range, H, &G, &Q) }
  }

  /// Moves the block's factors for the integers at hand.
  mutating func moveFactors(
    _ grid: inout TileGrid, _ H: borrowing Matrix, _ G: inout Matrix, _ Q: inout Matrix
  ) {
    let count = block.places.count
    let directions = block.factorDirections(grid)
    let costs = costs(0..<count, directions.scales, directions.offsets, H, G)
    var changed = false
    for lane in 0..<block.levels.columns {
      let change = grid.moveFactors(block.firstGroup / block.groupsPerBlock, lane, costs[lane])
      if change != nil { changed = true }
      for row in 0..<count {
        D[row, lane] =
          (change?.scale ?? 0) * directions.scales[row, lane] - (change?.offset ?? 0) * directions.offsets[row, lane]
      }
    }
    if changed { apply(0..<count, H, &G, &Q) }
  }

  /// The cost of moving along S and O in some of the block's columns, for each lane.
  private func costs(
    _ range: Range<Int>, _ S: borrowing Matrix, _ O: borrowing Matrix, _ H: borrowing Matrix, _ G: borrowing Matrix
  ) -> [QuadraticCost] {
    var costs = [QuadraticCost](repeating: QuadraticCost(), count: block.levels.columns)
    let HS = block.product(range, S, H)
    for row in range {
      let s = S.row(row)
      let hs = HS.row(row - range.lowerBound)
      let g = G.row(block.places[row])
      for lane in 0..<block.levels.columns {
        costs[lane].a += s[unchecked: lane] * g[unchecked: lane]
        costs[lane].A += s[unchecked: lane] * hs[unchecked: lane]
      }
    }
    guard block.hasOffsets else { return costs }
    let HO = block.product(range, O, H)
    for row in range {
      let o = O.row(row)
      let hs = HS.row(row - range.lowerBound)
      let ho = HO.row(row - range.lowerBound)
      let g = G.row(block.places[row])
      for lane in 0..<block.levels.columns {
        costs[lane].b -= o[unchecked: lane] * g[unchecked: lane]
        costs[lane].B -= o[unchecked: lane] * hs[unchecked: lane]
        costs[lane].C += o[unchecked: lane] * ho[unchecked: lane]
      }
    }
    return costs
  }

  /// Adds the changes D of some of the block's columns to Q, and what they mean to G.
  private func apply(_ range: Range<Int>, _ H: borrowing Matrix, _ G: inout Matrix, _ Q: inout Matrix) {
    for row in range {
      var values = Q.mutableRow(block.places[row])
      addMultiple(1, of: D.row(row), to: &values)
    }
    var gradient = G.mutableView()
    let own = block.isWhole ? H.view(rows: range) : block.rows.view(rows: range)
    multiply(own, .transposed, D.view(rows: range), .plain, into: &gradient, alpha: -1, beta: 1)
  }
}
