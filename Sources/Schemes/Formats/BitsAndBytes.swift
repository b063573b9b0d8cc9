import Tensors

/// What the four-bit types of bitsandbytes have in common: blocks of 64 codes into a codebook from −1 to 1 under one
/// single-precision scale, which bitsandbytes calls `absmax`: `value = absmax · level[q]`.
///
/// Layout of ours, block by block: f32 absmax, then 32 bytes of two codes each, the first one in the high nibble.
/// bitsandbytes keeps the same bytes in two tensors, all codes in one (`weight`) and all scales in another
/// (`weight.absmax`). It counts blocks over the whole matrix, which is the same for rows of whole blocks; rows of other
/// lengths are refused.
struct BitsAndBytes {
  /// The types, by name.
  static let names = ["nf4", "fp4"]

  static let columnsPerBlock = 64
  static let bytesPerBlock = 36

  /// The codebook in ascending order.
  let levels: [Float]

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

  /// - Parameter nibble: the stored form of a code.
  func pack(
    _ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter, nibble: (UInt8) -> UInt8
  ) {
    for block in 0..<grid.scales.count {
      bytes.append(grid.scales[block].bitPattern)
      let start = block * Self.columnsPerBlock
      ByteRuns.append(Self.columnsPerBlock / 2, to: &bytes) { index in
        nibble(codes[start + 2 * index]) << 4 | nibble(codes[start + 2 * index + 1])
      }
    }
  }

  /// - Parameter stored: the level of each stored number.
  func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>, stored: [Float]) {
    for block in 0..<values.count / Self.columnsPerBlock {
      let start = block * Self.bytesPerBlock
      let scale = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start))
      for index in 0..<Self.columnsPerBlock / 2 {
        let pair = bytes.littleEndian(UInt8.self, at: start + 4 + index)
        let column = block * Self.columnsPerBlock + 2 * index
        values[column] = scale * stored[Int(pair >> 4)]
        values[column + 1] = scale * stored[Int(pair & 15)]
      }
    }
  }
}
