import LinearAlgebra
import Schemes
import Tensors

/// Grid refit on tr((T − Q)ᵀ B (T − Q) A) for one tile, while all other rows stay.
///
/// A move of one row's scale and offset changes what the same group of other rows gains by a move. With directions S and O of all
/// rows, that is told by the squares Sᵀ A S, Sᵀ A O and Oᵀ A O `[lanes, lanes]`, so a group's rows follow each other without
/// another look at its columns. Each move lowers the objective.
func refit(
  _ rows: borrowing CoupledRows, _ grid: inout TileGrid, A: borrowing Matrix, codes: borrowing Codes,
  Q: inout Matrix, X: inout Matrix
) {
  if grid.parameters == .fixed { return }
  let groups = RefitSize.groups(hasFactors: grid.hasFactors, perBlock: grid.groupsPerBlock)
  for first in stride(from: 0, to: rows.tile.columns / grid.columnsPerGroup, by: groups) {
    let block = RefitBlock(rows.tile, grid, A, codes, groups: first..<first + groups)
    var work = CoupledRefit(block, rows, X)
    if grid.hasFactors { work.moveFactors(block, rows, &grid, A) }
    for group in 0..<groups { work.move(group, block, rows, &grid, A) }
    work.apply(block, rows, A, &Q, &X)
  }
}

/// A block of columns whose parameters move, row after row.
private struct CoupledRefit: ~Copyable {
  /// C and X at the block's columns, `[columns, lanes]`.
  private let C: Matrix
  private var X: Matrix
  /// What values have risen by so far, `[columns, lanes]`.
  private var D: Matrix
  private var changed = false

  init(_ block: borrowing RefitBlock, _ rows: borrowing CoupledRows, _ X: borrowing Matrix) {
    C = rows.C.copy(rows: block.places)
    self.X = X.copy(rows: block.places)
    D = Matrix(rows: block.places.count, columns: rows.tile.lanes)
  }

  /// Moves the scale and the offset of one group of the block.
  mutating func move(
    _ group: Int, _ block: borrowing RefitBlock, _ rows: borrowing CoupledRows, _ grid: inout TileGrid,
    _ A: borrowing Matrix
  ) {
    let range = group * block.columnsPerGroup..<(group + 1) * block.columnsPerGroup
    let place = block.firstGroup + group
    move(range, block.levels, block.ones, block, rows, A) { lane, cost in grid.move(place, lane, cost) }
  }

  /// Moves the block's factors for the integers at hand.
  mutating func moveFactors(
    _ block: borrowing RefitBlock, _ rows: borrowing CoupledRows, _ grid: inout TileGrid, _ A: borrowing Matrix
  ) {
    let directions = block.factorDirections(grid)
    let place = block.firstGroup / block.groupsPerBlock
    move(0..<block.places.count, directions.scales, directions.offsets, block, rows, A) { lane, cost in
      grid.moveFactors(place, lane, cost)
    }
  }

  /// Lets the rows move along S and O in some of the block's columns, one after the other.
  private mutating func move(
    _ range: Range<Int>, _ S: borrowing Matrix, _ O: borrowing Matrix, _ block: borrowing RefitBlock,
    _ rows: borrowing CoupledRows, _ A: borrowing Matrix,
    _ choose: (_ lane: Int, _ cost: QuadraticCost) -> (scale: Float, offset: Float)?
  ) {
    let G = rows.gradient(C.copy(rows: range), X.view(rows: range))
    let squares = RefitSquares(S, O, range, block, A)
    var slopes = RefitSlopes(S, O, range, G, hasOffsets: block.hasOffsets)
    var moves = [(scale: Float, offset: Float)?](repeating: nil, count: rows.tile.lanes)
    for lane in 0..<rows.tile.rows.count {
      let cost = squares.cost(lane, slopes, weight: rows.B[lane, lane])
      guard let move = choose(lane, cost) else { continue }
      moves[lane] = move
      squares.tell(move, of: lane, rows.B.row(lane), to: &slopes)
    }
    guard moves.contains(where: { $0 != nil }) else { return }
    changed = true
    var step = Matrix(uninitializedRows: range.count, columns: rows.tile.lanes)
    for row in range {
      for lane in 0..<rows.tile.lanes {
        let rise = moves[lane].map { $0.scale * S[row, lane] - $0.offset * O[row, lane] } ?? 0
        step[row - range.lowerBound, lane] = rise
        D[row, lane] += rise
      }
    }
    block.lower(&X, range, by: step, A)
  }

  /// Adds the block's changes to Q, and what they mean to X.
  func apply(
    _ block: borrowing RefitBlock, _ rows: borrowing CoupledRows, _ A: borrowing Matrix, _ Q: inout Matrix,
    _ X: inout Matrix
  ) {
    guard changed else { return }
    for (row, place) in block.places.enumerated() {
      var values = Q.mutableRow(place)
      addMultiple(1, of: D.row(row), to: &values)
    }
    if block.isWhole {
      rows.lower(&X, A, 0..<block.places.count, by: D)
    } else {
      rows.lower(&X, block.rows, 0..<block.places.count, by: D)
    }
  }
}

/// What the gradient says of moves of each lane: ⟨S, G⟩ and −⟨O, G⟩.
private struct RefitSlopes {
  var scales: [Float]
  /// Empty where there are no offsets.
  var offsets: [Float]

  /// - Parameters:
  ///   - S, O: `[columns of the block, lanes]`.
  ///   - range: those of the block's columns that move.
  ///   - G: of these, `[range, lanes]`.
  init(_ S: borrowing Matrix, _ O: borrowing Matrix, _ range: Range<Int>, _ G: borrowing Matrix, hasOffsets: Bool) {
    scales = [Float](repeating: 0, count: G.columns)
    offsets = [Float](repeating: 0, count: hasOffsets ? G.columns : 0)
    for row in range {
      let gradient = G.row(row - range.lowerBound)
      var ofScales = scales.mutableSpan
      addProduct(of: gradient, S.row(row), times: 1, to: &ofScales)
      guard hasOffsets else { continue }
      var ofOffsets = offsets.mutableSpan
      addProduct(of: gradient, O.row(row), times: -1, to: &ofOffsets)
    }
  }
}

/// What moves of all rows of a group along two directions, `value = x · S − y · O`, mean to each other.
private struct RefitSquares: ~Copyable {
  private let hasOffsets: Bool
  /// Sᵀ A S, `[lanes, lanes]`.
  private let SS: Matrix
  /// Sᵀ A O, Oᵀ A S and Oᵀ A O; empty where there are no offsets.
  private let SO: Matrix
  private let OS: Matrix
  private let OO: Matrix

  /// - Parameters:
  ///   - S, O: `[columns of the block, lanes]`.
  ///   - range: those of the block's columns that move.
  init(
    _ S: borrowing Matrix, _ O: borrowing Matrix, _ range: Range<Int>, _ block: borrowing RefitBlock,
    _ A: borrowing Matrix
  ) {
    func square(_ X: borrowing Matrix, _ AY: borrowing Matrix) -> Matrix {
      var square = Matrix(uninitializedRows: X.columns, columns: X.columns)
      var target = square.mutableView()
      multiply(X.view(rows: range), .transposed, AY.view(), .plain, into: &target)
      return square
    }
    hasOffsets = block.hasOffsets
    let AS = block.product(range, S, A)
    SS = square(S, AS)
    guard block.hasOffsets else {
      SO = Matrix(rows: 0, columns: 0)
      OS = Matrix(rows: 0, columns: 0)
      OO = Matrix(rows: 0, columns: 0)
      return
    }
    let AO = block.product(range, O, A)
    SO = square(S, AO)
    OS = square(O, AS)
    OO = square(O, AO)
  }

  /// The cost of a move of one lane, whose slopes are known.
  ///
  /// - Parameter weight: B_ii.
  func cost(_ lane: Int, _ slopes: RefitSlopes, weight: Float) -> QuadraticCost {
    var cost = QuadraticCost(a: slopes.scales[lane], A: weight * SS[lane, lane])
    guard hasOffsets else { return cost }
    cost.b = slopes.offsets[lane]
    cost.B = -weight * SO[lane, lane]
    cost.C = weight * OO[lane, lane]
    return cost
  }

  /// Takes what a move of one lane leaves of the slopes of all.
  ///
  /// - Parameters:
  ///   - weights: B_i, `[lanes]`.
  ///   - slopes: of all lanes.
  func tell(
    _ move: (scale: Float, offset: Float), of lane: Int, _ weights: Span<Float>, to slopes: inout RefitSlopes
  ) {
    let (x, y) = move
    var scales = slopes.scales.mutableSpan
    addProduct(of: weights, SS.row(lane), times: -x, to: &scales)
    guard hasOffsets else { return }
    addProduct(of: weights, OS.row(lane), times: y, to: &scales)
    var offsets = slopes.offsets.mutableSpan
    addProduct(of: weights, SO.row(lane), times: x, to: &offsets)
    addProduct(of: weights, OO.row(lane), times: -y, to: &offsets)
  }
}
