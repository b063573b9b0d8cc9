import Tensors

/// Groups of 16 four-bit floating-point numbers under E4M3 scales, and these under one number for the matrix:
/// `value = s / global · number`.
///
/// Servers join matrices and need one global scale for all their parts. So it is 64 for all matrices whose weights are at most
/// 42, as nearly all are, and no part has to know of the others; else a lower power of two. Nothing is lost by that: scales of groups
/// whose largest weight is at least 0.0015 have three binary digits after the first. The bytes here are ours: the global scale (f32), then
/// group by group the scale and 8 bytes of two numbers each, the first in the low nibble.
package struct NVFP4Global: Scheme {
  package init() {}
  package var name: String { "nvfp4_global" }
  package var columnsPerBlock: Int { 16 }
  package var bytesPerBlock: Int { 9 }
  package var columnsPerGroup: Int { 16 }
  package var levels: Levels { .table(Self.numbers) }
  package var parameters: GridParameters { .numbers(Self.positive) }
  package var sharesRows: Bool { true }

  /// What scales are divided by unless weights are too large.
  package static let usualGlobal: Float = 64
  static let headerBytes = 4

  package func bytesPerRow(columns: Int) -> Int {
    precondition(columns % columnsPerBlock == 0, "\(name) stores \(columnsPerBlock) columns a block, not \(columns)")
    return Self.headerBytes + columns / columnsPerBlock * bytesPerBlock
  }

  package func byteCount(rows: Int, columns: Int) -> Int {
    Self.headerBytes + rows * (columns / columnsPerBlock * bytesPerBlock)
  }

  /// In ascending order; zero once.
  private static let numbers = FourBitFloats.table.map { 0.5 * $0 }
  /// The numbers that scales are, by their bytes; they ascend.
  private static let positive = Array(SmallFloat.e4m3.values.prefix(127))

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let trial = ScaleTrial(rounding: TableRounding(Self.numbers))
    let global = Self.global(for: weights)
    var block = WeightedBlock()
    var codes = [Int8](repeating: 0, count: weights.count / 16)
    for group in 0..<codes.count {
      guard block.load(weights, importance: importance, from: group * 16, count: 16) else { continue }
      // At the unit over four, the largest weight is between numbers 4 and 8.
      let wish = block.unit / 4 * global
      let near = Self.positive.firstIndex { $0 >= wish } ?? Self.positive.count - 1
      let lowest = max(0, min(Self.positive.count - 16, near - 6))
      var candidates = Lanes()
      for lane in 0..<16 {
        let scale = Self.positive[lowest + lane] / global
        candidates[lane] = scale < .greatestFiniteMagnitude / 8 ? scale / block.unit : 0
      }
      let lane = trial.best(
        of: candidates, block.x.span.extracting(0..<16), weights: block.errorWeights.span.extracting(0..<16))
      codes[group] = Int8(lowest + lane)
    }
    return Self.row(codes, global)
  }

  /// The largest power of two up to the usual one under which the largest weight has a scale.
  private static func global(for weights: Span<Float>) -> Float {
    var largest: Float = 0
    for column in 0..<weights.count { largest = max(largest, abs(weights[column])) }
    var global = usualGlobal
    while largest / 6 > 448 / global, global > .leastNormalMagnitude { global /= 2 }
    return global
  }

  private static func row(_ codes: [Int8], _ global: Float) -> GridRow {
    GridRow(
      scales: codes.map { positive[Int($0)] / global }, nested: GridRow.Nested(scaleCodes: codes, superScales: [global])
    )
  }

  /// All rows take the lowest global scale of any.
  package func share(_ rows: inout [GridRow]) {
    let global = rows.reduce(Self.usualGlobal) { min($0, $1.nested.superScales.first ?? $0) }
    for row in rows.indices where rows[row].nested.superScales != [global] {
      let codes = rows[row].scales.map { Int8(Self.code(nearest: $0 * global)) }
      rows[row] = Self.row(codes, global)
    }
  }

  private static func code(nearest scale: Float) -> Int {
    let above = positive.firstIndex { $0 >= scale } ?? positive.count - 1
    return above > 0 && scale - positive[above - 1] < positive[above] - scale ? above - 1 : above
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    bytes.append((grid.nested.superScales.first ?? Self.usualGlobal).bitPattern)
    for group in 0..<grid.nested.scaleCodes.count {
      bytes.append(grid.nested.scaleCodes[group])
      for index in 0..<8 {
        let column = group * 16 + 2 * index
        bytes.append(FourBitFloats.bits(codes[column]) | FourBitFloats.bits(codes[column + 1]) << 4)
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let numbers = SmallFloat.e2m1.values
    let global = Float(bitPattern: bytes.littleEndian(UInt32.self, at: 0))
    let scales = SmallFloat.e4m3.values.map { global > 0 ? $0 / global : 0 }
    for group in 0..<values.count / 16 {
      let start = Self.headerBytes + group * bytesPerBlock
      let scale = scales[Int(bytes.littleEndian(UInt8.self, at: start))]
      for index in 0..<8 {
        let pair = bytes.littleEndian(UInt8.self, at: start + 1 + index)
        values[group * 16 + 2 * index] = scale * numbers[Int(pair & 15)]
        values[group * 16 + 2 * index + 1] = scale * numbers[Int(pair >> 4)]
      }
    }
  }
}
