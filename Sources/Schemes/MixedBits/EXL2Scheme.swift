import Tensors

/// Codes of 2 to 8 bits, of a width that may change from group to group, in columns that are sorted by the size of their
/// inputs: what EXL2 checkpoints hold.
///
/// `value = factor · s² · (code − 2^(bits − 1))`, with s from 1 to 16 for each row and group, and one half-precision factor for
/// each group, which all rows share. The product of both is rounded to half precision, as exllamav2 does.
///
/// Our layout repeats what rows share: for each group the factor (f16), s (u8), and the codes as fields of its bits, from the
/// lowest bit of the first byte up.
package struct EXL2Scheme: Scheme {
  package let strategy: EXL2Strategy
  /// Of each group, never more than those of the group before it.
  package let bits: [Int]
  package let columnsPerGroup: Int

  init(_ strategy: EXL2Strategy, bits: [Int], columnsPerGroup: Int) {
    self.strategy = strategy
    self.bits = bits
    self.columnsPerGroup = columnsPerGroup
  }

  package var name: String { strategy.name }
  package var columnsPerBlock: Int { columnsPerGroup }
  /// Of the widest group.
  package var bytesPerBlock: Int { Self.headerBytes + columnsPerGroup * strategy.bits / 8 }
  package var levels: Levels { .uniform(lowest: -128, count: 256) }
  package var levelLimits: [ClosedRange<Int>]? { bits.map { -(1 << ($0 - 1))...(1 << ($0 - 1)) - 1 } }
  package var parameters: GridParameters { .squares(Self.roots) }
  package var sharesRows: Bool { true }

  /// What the root of a scale may be.
  static let roots = 1...16
  private static let headerBytes = 3

  package func bytesPerRow(columns: Int) -> Int {
    precondition(columns == bits.count * columnsPerGroup, "\(name) of \(bits.count) groups, not of \(columns) columns")
    return bits.reduce(0) { $0 + Self.headerBytes + columnsPerGroup * $1 / 8 }
  }

  /// As the container has them: codes, roots of four bits, and for each group its factor and place, for each column its own.
  package func byteCount(rows: Int, columns: Int) -> Int {
    let codes = bits.reduce(0) { $0 + columnsPerGroup * $1 * rows / 8 }
    return codes + bits.count * (rows / 2 + 2 + 4) + 4 * columns
  }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    var row = GridRow(scales: [Float](repeating: 0, count: bits.count))
    var block = WeightedBlock()
    for (group, bits) in bits.enumerated() {
      let start = group * columnsPerGroup
      guard block.load(weights, importance: importance, from: start, count: columnsPerGroup) else { continue }
      let middle = 1 << (bits - 1)
      let search = SymmetricSearch(
        rounding: IntegerRounding(-middle...middle - 1),
        places: Shrinkage(bits: bits).lanes.flatMap { [Float(middle) / $0, Float(middle - 1) / $0] },
        allowsNegativeScale: false)
      let range = 0..<block.paddedCount
      let x = block.x.span.extracting(range)
      let errorWeights = block.errorWeights.span.extracting(range)
      row.scales[group] =
        search.fit(x, weights: errorWeights, bias: BiasPenalty(x, errorWeights)) * block.unit
    }
    return row
  }

  /// Rounds scales to squares under the factor of their group.
  package func share(_ rows: inout [GridRow]) {
    for row in rows.indices {
      rows[row].nested = GridRow.Nested(
        scaleCodes: [Int8](repeating: 1, count: bits.count), superScales: [Float](repeating: 0, count: bits.count))
    }
    for group in bits.indices {
      let factor = SquareRounding.factor(rows.map { $0.scales[group] })
      for row in rows.indices {
        let root = SquareRounding.root(rows[row].scales[group], factor)
        rows[row].nested.superScales[group] = factor
        rows[row].nested.scaleCodes[group] = Int8(root)
        rows[row].scales[group] = Self.scale(root, factor)
      }
    }
  }

  /// What readers multiply codes by.
  package static func scale(_ root: Int, _ factor: Float) -> Float { Float(Float16(Float(root * root) * factor)) }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for (group, bits) in bits.enumerated() {
      bytes.append(float16: grid.nested.superScales[group])
      bytes.append(grid.nested.scaleCodes[group])
      // From codes that count from −128 to those that count from the least of their width.
      let fields = (0..<columnsPerGroup).map { codes[group * columnsPerGroup + $0] &- 128 &+ UInt8(1 << (bits - 1)) }
      BitFields.append(fields.span, from: 0, count: columnsPerGroup, bits: bits, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    var start = 0
    for (group, bits) in bits.enumerated() {
      let parameters = Self.parameters(bytes, at: start)
      let scale = Self.scale(parameters.root, parameters.factor)
      let middle = 1 << (bits - 1)
      for index in 0..<columnsPerGroup {
        let code = BitFields.field(bytes, at: start + Self.headerBytes, index: index, bits: bits)
        values[group * columnsPerGroup + index] = scale * Float(Int(code) - middle)
      }
      start += Self.headerBytes + columnsPerGroup * bits / 8
    }
  }

  private static func parameters(_ bytes: RawSpan, at start: Int) -> (factor: Float, root: Int) {
    (bytes.float16(at: start), Int(bytes.littleEndian(UInt8.self, at: start + 2)))
  }

  /// Takes a packed row apart: each group's factor and root, and the codes, `[columns]`.
  package func takeApart(_ bytes: RawSpan) -> (groups: [(factor: Float, root: Int)], codes: [UInt8]) {
    var groups: [(factor: Float, root: Int)] = []
    var codes: [UInt8] = []
    codes.reserveCapacity(bits.count * columnsPerGroup)
    var start = 0
    for bits in bits {
      groups.append(Self.parameters(bytes, at: start))
      for index in 0..<columnsPerGroup {
        codes.append(BitFields.field(bytes, at: start + Self.headerBytes, index: index, bits: bits))
      }
      start += Self.headerBytes + columnsPerGroup * bits / 8
    }
    return (groups, codes)
  }
}
