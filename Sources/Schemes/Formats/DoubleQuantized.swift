import Tensors

/// A four-bit type of bitsandbytes whose scales are quantized too (`compress_statistics`, or double quantization; QLoRA,
/// section 3): `absmax = dynamic[code] · nested + mean`.
///
/// Scales are counted over the whole matrix, row after row. Less their mean, blocks of 256 of them share a single-precision
/// factor, and each is a byte that stands for one of 256 dynamic numbers. So rows share the mean, and factors where a block
/// of scales goes on from row to row; what a row is rounded to is known only when all rows are fitted.
///
/// Our layout repeats what rows share, so that each row can be read by itself: f32 mean; u32 place of the row's first scale
/// in its block of 256; the f32 factors of every block of scales that the row may touch; then for each 64 columns the byte
/// of its scale and 32 bytes of codes. bitsandbytes keeps four tensors: `weight`, `weight.absmax`, `weight.nested_absmax`,
/// and `offset` inside of the quantization state.
package struct DoubleQuantized: Scheme {
  package let name: String
  private let codebook: BitsAndBytes

  static let nf4 = DoubleQuantized(name: "nf4_dq", codebook: NF4.codebook)
  static let fp4 = DoubleQuantized(name: "fp4_dq", codebook: FP4.codebook)

  package var columnsPerBlock: Int { BitsAndBytes.columnsPerBlock }
  package var bytesPerBlock: Int { 1 + BitsAndBytes.columnsPerBlock / 2 }
  package var columnsPerGroup: Int { BitsAndBytes.columnsPerBlock }
  package var levels: Levels { .table(codebook.levels) }
  package var sharesRows: Bool { true }

  package func bytesPerRow(columns: Int) -> Int {
    precondition(columns % columnsPerBlock == 0, "\(name) stores \(columnsPerBlock) columns a block, not \(columns)")
    let groups = columns / columnsPerBlock
    return Self.headerBytes + 4 * Self.factors(groups: groups) + groups * bytesPerBlock
  }

  /// Scales that share a factor.
  static let scalesPerBlock = 256
  private static let headerBytes = 8

  /// The most blocks of scales that a row with so many scales can touch.
  private static func factors(groups: Int) -> Int { (groups + scalesPerBlock - 2) / scalesPerBlock + 1 }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    codebook.fit(weights, importance: importance)
  }

  /// In `GridRow.Nested`: the bytes of scales as `scaleCodes`, the factors as `superScales`, the mean as the one super-offset,
  /// and the place of the first scale in its block as the one offset code, both as bit patterns of bytes.
  package func share(_ rows: inout [GridRow]) {
    let groups = rows.first?.scales.count ?? 0
    let nested = NestedScales(rows.flatMap(\.scales), scalesPerBlock: Self.scalesPerBlock)
    for row in rows.indices {
      let range = row * groups..<(row + 1) * groups
      let first = range.lowerBound / Self.scalesPerBlock
      let factors = (first..<first + Self.factors(groups: groups))
        .map { $0 < nested.factors.count ? nested.factors[$0] : 0 }
      rows[row].scales = range.map { nested.scale($0) }
      rows[row].nested = GridRow.Nested(
        scaleCodes: nested.codes[range].map { Int8(bitPattern: $0) },
        offsetCodes: [Int8(truncatingIfNeeded: range.lowerBound % Self.scalesPerBlock)], superScales: factors,
        superOffsets: [nested.mean])
    }
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    bytes.append(grid.nested.superOffsets[0].bitPattern)
    bytes.append(UInt32(UInt8(bitPattern: grid.nested.offsetCodes[0])))
    for factor in grid.nested.superScales { bytes.append(factor.bitPattern) }
    for block in 0..<grid.scales.count {
      bytes.append(grid.nested.scaleCodes[block])
      codebook.append(codes, block: block, to: &bytes)
    }
  }

  /// The level of each of the sixteen stored numbers.
  var levelsAsStored: [Float] { codebook.stored }

  /// The scales of a row of so many bytes.
  func groups(bytesPerRow: Int) -> Int {
    var groups = 0
    while self.bytesPerRow(columns: (groups + 1) * columnsPerBlock) <= bytesPerRow { groups += 1 }
    return groups
  }

  /// Appends what one row stores. Rows come in order; factors that rows share are taken once.
  func takeApart(
    _ bytes: RawSpan, groups: Int, into nested: inout BitsAndBytesMatrix.Nested, _ codes: inout [UInt8]
  ) {
    nested.mean = Float(bitPattern: bytes.littleEndian(UInt32.self, at: 0))
    let first = nested.codes.count / Self.scalesPerBlock
    for index in 0..<Self.factors(groups: groups) where first + index >= nested.factors.count {
      nested.factors.append(Float(bitPattern: bytes.littleEndian(UInt32.self, at: Self.headerBytes + 4 * index)))
    }
    let start = Self.headerBytes + 4 * Self.factors(groups: groups)
    for group in 0..<groups {
      nested.codes.append(bytes.littleEndian(UInt8.self, at: start + group * bytesPerBlock))
      for index in 1..<bytesPerBlock {
        codes.append(bytes.littleEndian(UInt8.self, at: start + group * bytesPerBlock + index))
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    func float(_ offset: Int) -> Float { Float(bitPattern: bytes.littleEndian(UInt32.self, at: offset)) }
    let groups = values.count / columnsPerBlock
    let dynamic = NestedScales.dynamic
    let place = Int(bytes.littleEndian(UInt32.self, at: 4)) % Self.scalesPerBlock
    let start = Self.headerBytes + 4 * Self.factors(groups: groups)
    for group in 0..<groups {
      let factor = float(Self.headerBytes + 4 * ((place + group) / Self.scalesPerBlock))
      let offset = start + group * bytesPerBlock
      let scale = dynamic[Int(bytes.littleEndian(UInt8.self, at: offset))] * factor + float(0)
      codebook.unpack(bytes, at: offset + 1, scale: scale, block: group, into: &values)
    }
  }
}
