import Schemes
import Tensors

/// The grid of the rows of a tile, turned like the tile itself.
struct TileGrid: ~Copyable {
  let columnsPerGroup: Int
  let groupsPerBlock: Int
  let parameters: GridParameters
  let levels: LevelTable
  /// The runs of levels that codes of several columns may spell.
  let vectors: VectorCodebook?
  /// The lowest and the highest level of each group.
  private let limits: [(low: Float, high: Float)]
  /// Scale, its reciprocal (0 for a scale of 0) and offset of each group of columns, `[groups, lanes]`.
  private(set) var scales: Matrix
  private(set) var reciprocals: Matrix
  private(set) var offsets: Matrix
  /// The integers that store them where they are nested, `[groups, lanes]`; empty elsewhere.
  private var scaleCodes: Matrix
  private var offsetCodes: Matrix
  /// The book that each group's vectors come from, `[groups, lanes]`; empty where there is only one.
  private var books: Matrix
  /// The factors of each block where they are nested, `[blocks, lanes]`.
  private var superScales: Matrix
  private var superOffsets: Matrix

  /// Takes the grid of `rows` of a layer.
  init(_ grid: Grid, rows: Range<Int>, _ scheme: any Scheme) {
    let lanes = RowTile.lanes(rows)
    columnsPerGroup = grid.columnsPerGroup
    groupsPerBlock = scheme.columnsPerBlock / grid.columnsPerGroup
    parameters = scheme.parameters
    levels = LevelTable(grid.levels)
    vectors = grid.vectors
    let groups = grid.rows[rows.lowerBound].scales.count
    let ends = levels.ends
    limits = grid.limits?.map { (Float($0.lowerBound), Float($0.upperBound)) } ?? Array(repeating: ends, count: groups)
    let nested = grid.rows[rows.lowerBound].nested
    scales = Matrix(rows: groups, columns: lanes)
    reciprocals = Matrix(rows: groups, columns: lanes)
    offsets = Matrix(rows: groups, columns: lanes)
    scaleCodes = Matrix(rows: nested.scaleCodes.count, columns: lanes)
    offsetCodes = Matrix(rows: nested.offsetCodes.count, columns: lanes)
    books = Matrix(rows: nested.books.count, columns: lanes)
    superScales = Matrix(rows: nested.superScales.count, columns: lanes)
    superOffsets = Matrix(rows: nested.superOffsets.count, columns: lanes)
    for (lane, row) in rows.enumerated() { replace(lane, with: grid.rows[row], fromGroup: 0) }
  }

  /// Takes other parameters for one lane, from a group on; a whole number of blocks.
  mutating func replace(_ lane: Int, with row: GridRow, fromGroup first: Int) {
    for group in 0..<row.scales.count { set(first + group, lane, row.scales[group], row.offsets[group]) }
    for group in 0..<row.nested.scaleCodes.count {
      scaleCodes[first + group, lane] = Float(row.nested.scaleCodes[group])
    }
    for group in 0..<row.nested.offsetCodes.count {
      offsetCodes[first + group, lane] = Float(row.nested.offsetCodes[group])
    }
    for group in 0..<row.nested.books.count { books[first + group, lane] = Float(row.nested.books[group]) }
    let firstBlock = first / groupsPerBlock
    for block in 0..<row.nested.superScales.count {
      superScales[firstBlock + block, lane] = row.nested.superScales[block]
    }
    for block in 0..<row.nested.superOffsets.count {
      superOffsets[firstBlock + block, lane] = row.nested.superOffsets[block]
    }
  }

  /// The levels that a group may use.
  func limits(_ group: Int) -> (low: Float, high: Float) { limits[group] }

  /// The book of a group of one lane.
  func book(_ group: Int, _ lane: Int) -> Int { books.rows == 0 ? 0 : Int(books[group, lane]) }

  private mutating func set(_ group: Int, _ lane: Int, _ scale: Float, _ offset: Float) {
    scales[group, lane] = scale
    reciprocals[group, lane] = scale == 0 ? 0 : 1 / scale
    offsets[group, lane] = offset
  }

  /// The parameters of one lane, in the form in which a scheme packs them.
  func row(_ lane: Int) -> GridRow {
    func column(_ matrix: borrowing Matrix) -> [Float] { (0..<matrix.rows).map { matrix[$0, lane] } }
    return GridRow(
      scales: column(scales), offsets: column(offsets),
      nested: GridRow.Nested(
        scaleCodes: column(scaleCodes).map { Int8($0) }, offsetCodes: column(offsetCodes).map { Int8($0) },
        books: column(books).map { UInt8($0) },
        superScales: column(superScales), superOffsets: column(superOffsets)))
  }
}

// What a refit may choose.
extension TileGrid {
  /// The scale and offset that a group can store nearest to its target: the lowest cost of the few around it.
  ///
  /// - Returns: by how much scale and offset change; nil where no change lowers the cost.
  mutating func move(_ group: Int, _ lane: Int, _ cost: QuadraticCost) -> (scale: Float, offset: Float)? {
    let old = (scale: scales[group, lane], offset: offsets[group, lane])
    var best: (cost: Float, scale: Float, offset: Float, codes: (Float, Float))?
    func consider(_ scale: Float, _ offset: Float, _ codes: (Float, Float)) {
      let change = cost.change(scale - old.scale, offset - old.offset)
      if change < (best?.cost ?? 0) { best = (change, scale, offset, codes) }
    }
    let target = old.scale + cost.bestScale()
    switch parameters {
    case .fixed:
      return nil
    case .half(let hasOffsets):
      let scale = Self.half(target)
      // Where no half-precision scale is better, an offset may be.
      for scale in scale == old.scale ? [scale] : [scale, old.scale] {
        let offset = hasOffsets ? Self.half(old.offset + cost.bestOffset(scaleChange: scale - old.scale)) : old.offset
        consider(scale, offset, (0, 0))
      }
    case .zeroPoints(let range):
      let old = (scale: old.scale, offset: old.offset, zero: zero(group, lane))
      for step in -1...1 where range.contains(old.zero + step) {
        let zero = Float(old.zero + step)
        let scale = Self.half(
          old.scale + cost.bestScale(offsetTimes: zero, offsetChange: old.scale * zero - old.offset))
        if scale > 0 { consider(scale, scale * zero, (0, Float(Int8(truncatingIfNeeded: old.zero + step)))) }
      }
      if let best { offsetCodes[group, lane] = best.codes.1 }
    case .single:
      if target > 0, target < .greatestFiniteMagnitude / 512 { consider(target, 0, (0, 0)) }
    case .powers:
      // For codes that stay, twice or half of a scale is no better.
      return nil
    case .numbers(let numbers):
      let center = Self.place(of: target * superScales[0, lane], in: numbers)
      for step in -1...1 {
        let place = Self.limitedPlace(center + step, in: numbers)
        consider(numbers[place] / superScales[0, lane], 0, (Float(place), 0))
      }
      if let best { scaleCodes[group, lane] = best.codes.0 }
    case .squares(let range):
      let factor = superScales[group, lane]
      let center = factor > 0 && target > 0 ? (target / factor).squareRoot().rounded() : scaleCodes[group, lane]
      for step in [Float(0), -1, 1] {
        let root = Self.limited(center + step, range)
        consider(Self.half(root * root * factor), 0, (root, 0))
      }
      if let best { scaleCodes[group, lane] = best.codes.0 }
    case .odd(let count, _):
      let superScale = superScales[group / groupsPerBlock, lane]
      let center = superScale == 0 ? scaleCodes[group, lane] : Self.nearestOdd(target / superScale, count)
      for step in [Float(0), -2, 2] {
        let code = Self.limited(center + step, 1...2 * count - 1)
        consider(superScale * code, 0, (code, 0))
      }
      if let best { scaleCodes[group, lane] = best.codes.0 }
    case .nested(let scaleRange, let offsetRange):
      let block = group / groupsPerBlock
      let superScale = superScales[block, lane]
      let center = superScale == 0 ? scaleCodes[group, lane] : (target / superScale).rounded()
      for step in [Float(0), -1, 1] {
        let code = Self.limited(center + step, scaleRange)
        let scale = superScale * code
        guard let offsetRange else {
          consider(scale, 0, (code, 0))
          continue
        }
        let superOffset = superOffsets[block, lane]
        let target = old.offset + cost.bestOffset(scaleChange: scale - old.scale)
        let offsetCode =
          superOffset == 0 ? offsetCodes[group, lane] : Self.limited((target / superOffset).rounded(), offsetRange)
        consider(scale, superOffset * offsetCode, (code, offsetCode))
      }
      if let best {
        scaleCodes[group, lane] = best.codes.0
        if offsetRange != nil { offsetCodes[group, lane] = best.codes.1 }
      }
    }
    guard let best else { return nil }
    set(group, lane, best.scale, best.offset)
    return (best.scale - old.scale, best.offset - old.offset)
  }

  /// The scale that is so many places from that of a group, or the last one there is.
  func scale(_ group: Int, _ lane: Int, movedBy step: Int) -> Float {
    let old = scales[group, lane]
    switch parameters {
    case .powers(let range):
      guard old > 0 else { return old }
      let exponent = max(range.lowerBound, min(range.upperBound, Int(old.exponent) + step))
      return Float(sign: .plus, exponent: exponent, significand: 1)
    case .numbers(let numbers):
      return numbers[Self.limitedPlace(Int(scaleCodes[group, lane]) + step, in: numbers)] / superScales[0, lane]
    case .half, .nested, .odd, .zeroPoints, .squares, .single, .fixed: return old
    }
  }

  /// Moves the scale of a group by so many places.
  mutating func moveScale(_ group: Int, _ lane: Int, by step: Int) {
    set(group, lane, scale(group, lane, movedBy: step), offsets[group, lane])
    guard case .numbers(let numbers) = parameters else { return }
    scaleCodes[group, lane] = Float(Self.limitedPlace(Int(scaleCodes[group, lane]) + step, in: numbers))
  }

  private static func limitedPlace(_ place: Int, in numbers: [Float]) -> Int { max(0, min(numbers.count - 1, place)) }

  /// The place of the first number that is not below a value.
  private static func place(of value: Float, in numbers: [Float]) -> Int {
    var (low, high) = (0, numbers.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] < value { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// Moves the factors of a block to the half-precision numbers nearest to the best ones, if that lowers the cost, and
  /// all scales and offsets of the block with them.
  ///
  /// - Parameter cost: of the factors of one lane, for the integers at hand.
  /// - Returns: by how much the two factors change; nil where no change lowers the cost.
  mutating func moveFactors(_ block: Int, _ lane: Int, _ cost: QuadraticCost) -> (scale: Float, offset: Float)? {
    let hasOffsets = parameters.hasOffsets
    let old = (scale: superScales[block, lane], offset: hasOffsets ? superOffsets[block, lane] : 0)
    let unit = parameters.factorUnit
    let scale = Self.half((old.scale + cost.bestScale()) / unit) * unit
    let offset = hasOffsets ? Self.half(old.offset + cost.bestOffset(scaleChange: scale - old.scale)) : 0
    guard cost.change(scale - old.scale, offset - old.offset) < 0 else { return nil }
    superScales[block, lane] = scale
    if hasOffsets { superOffsets[block, lane] = offset }
    for group in block * groupsPerBlock..<(block + 1) * groupsPerBlock {
      set(group, lane, scale * scaleCodes[group, lane], hasOffsets ? offset * offsetCodes[group, lane] : 0)
    }
    return (scale - old.scale, offset - old.offset)
  }

  /// The zero point of a group of one lane: its code is the bit pattern of a byte.
  private func zero(_ group: Int, _ lane: Int) -> Int {
    Int(UInt8(bitPattern: Int8(offsetCodes[group, lane])))
  }

  /// Whether blocks have factors of their own.
  var hasFactors: Bool {
    switch parameters {
    case .nested, .odd: true
    case .half, .zeroPoints, .squares, .single, .powers, .numbers, .fixed: false
    }
  }

  /// The integers of a group of one lane.
  func codes(_ group: Int, _ lane: Int) -> (scale: Float, offset: Float) {
    (scaleCodes[group, lane], parameters.hasOffsets ? offsetCodes[group, lane] : 0)
  }

  private static func half(_ value: Float) -> Float {
    let largest = Float(Float16.greatestFiniteMagnitude)
    return Float(Float16(max(-largest, min(largest, value))))
  }

  private static func nearestOdd(_ value: Float, _ count: Int) -> Float {
    limited(2 * (0.5 * (value - 1)).rounded() + 1, 1...2 * count - 1)
  }

  private static func limited(_ value: Float, _ range: ClosedRange<Int>) -> Float {
    max(Float(range.lowerBound), min(Float(range.upperBound), value))
  }
}

/// What a change of two parameters costs: `−2 (a·x + b·y) + A x² + 2 B x y + C y²`, where y may have no part in it.
struct QuadraticCost {
  var a: Float = 0
  var b: Float = 0
  var A: Float = 0
  var B: Float = 0
  var C: Float = 0

  func change(_ x: Float, _ y: Float) -> Float {
    x * (A * x + 2 * (B * y - a)) + y * (C * y - 2 * b)
  }

  /// The best x, with y free to follow where it has a part.
  func bestScale() -> Float {
    // A determinant that is lost in rounding says that one parameter can do what the other does.
    let determinant = A * C - B * B
    if C > 0, determinant > 1e-4 * A * C { return (a * C - b * B) / determinant }
    return A > 0 ? a / A : 0
  }

  /// The best x, where y is bound to it: `y = factor · x + start`.
  func bestScale(offsetTimes factor: Float, offsetChange start: Float) -> Float {
    let curvature = A + factor * (2 * B + C * factor)
    return curvature > 0 ? (a + b * factor - start * (B + C * factor)) / curvature : 0
  }

  /// The best y for a given x.
  func bestOffset(scaleChange x: Float) -> Float {
    C > 0 ? (b - B * x) / C : 0
  }
}
