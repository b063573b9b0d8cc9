import Tensors

/// What the four-bit types of bitsandbytes have in common: blocks of 64 codes into a codebook from −1 to 1 under one
/// scale, which bitsandbytes calls `absmax`: `value = absmax · level[q]`.
///
/// bitsandbytes counts blocks over the whole matrix, which is the same for rows of whole blocks; rows of other lengths are
/// refused.
package struct BitsAndBytes {
  /// The types, by name.
  package static let names = ["nf4", "fp4", "nf4_dq", "fp4_dq"]

  static let columnsPerBlock = 64

  /// The level of each stored number, zeros of either sign included.
  let stored: [Float]
  /// The codebook in ascending order, zero once.
  let levels: [Float]
  /// The stored number of each code.
  private let nibbles: [UInt8]

  /// - Parameter stored: the level of each of the sixteen stored numbers.
  init(stored: [Float]) {
    let nibbles = stored.indices.filter { stored[$0] != 0 || stored.firstIndex(of: 0) == $0 }
      .sorted { stored[$0] < stored[$1] }
    self.stored = stored
    self.nibbles = nibbles.map { UInt8($0) }
    levels = nibbles.map { stored[$0] }
  }

  /// Scales that leave less weighted error than the largest magnitude does, which bitsandbytes takes. They are positive, as
  /// its own are.
  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let search = SymmetricSearch(
      rounding: TableRounding(levels), places: [places(around: 1, reach: 0.25)], allowsNegativeScale: false)
    var block = WeightedBlock()
    var scales = [Float](repeating: 0, count: weights.count / Self.columnsPerBlock)
    for index in 0..<scales.count {
      let start = index * Self.columnsPerBlock
      guard block.load(weights, importance: importance, from: start, count: Self.columnsPerBlock) else { continue }
      let x = block.x.span.extracting(0..<Self.columnsPerBlock)
      let errorWeights = block.errorWeights.span.extracting(0..<Self.columnsPerBlock)
      let scale = search.fit(x, weights: errorWeights, bias: BiasPenalty(x, errorWeights)) * block.unit
      scales[index] = min(scale, .greatestFiniteMagnitude)
    }
    return GridRow(scales: scales)
  }

  /// Appends the codes of one block: two to a byte, the first one in the high nibble.
  func append(_ codes: Span<UInt8>, block: Int, to bytes: inout ByteWriter) {
    let start = block * Self.columnsPerBlock
    ByteRuns.append(Self.columnsPerBlock / 2, to: &bytes) { index in
      nibbles[Int(codes[start + 2 * index])] << 4 | nibbles[Int(codes[start + 2 * index + 1])]
    }
  }

  /// Decodes one block whose codes begin at byte `offset`.
  func unpack(_ bytes: RawSpan, at offset: Int, scale: Float, block: Int, into values: inout MutableSpan<Float>) {
    for index in 0..<Self.columnsPerBlock / 2 {
      let pair = bytes.littleEndian(UInt8.self, at: offset + index)
      let column = block * Self.columnsPerBlock + 2 * index
      values[column] = scale * stored[Int(pair >> 4)]
      values[column + 1] = scale * stored[Int(pair & 15)]
    }
  }
}

/// The types with a single-precision scale for each block.
///
/// Our layout, block by block: f32 absmax, then 32 bytes of codes. bitsandbytes keeps the same bytes in two tensors, all
/// codes in one (`weight`) and all scales in another (`weight.absmax`).
protocol BitsAndBytesScheme: Scheme {
  var codebook: BitsAndBytes { get }
}

extension BitsAndBytesScheme {
  package var columnsPerBlock: Int { BitsAndBytes.columnsPerBlock }
  package var bytesPerBlock: Int { 4 + BitsAndBytes.columnsPerBlock / 2 }
  package var columnsPerGroup: Int { BitsAndBytes.columnsPerBlock }
  package var levels: Levels { .table(codebook.levels) }
  package var parameters: GridParameters { .half(offsets: false) }

  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    codebook.fit(weights, importance: importance)
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    let codebook = codebook
    for block in 0..<grid.scales.count {
      bytes.append(grid.scales[block].bitPattern)
      codebook.append(codes, block: block, to: &bytes)
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let codebook = codebook
    for block in 0..<values.count / BitsAndBytes.columnsPerBlock {
      let start = block * bytesPerBlock
      let scale = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start))
      codebook.unpack(bytes, at: start + 4, scale: scale, block: block, into: &values)
    }
  }
}
