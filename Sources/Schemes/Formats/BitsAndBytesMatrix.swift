import Tensors

/// A matrix of a four-bit type of bitsandbytes, taken apart into what its checkpoints keep in tensors of their own.
package struct BitsAndBytesMatrix: Sendable {
  /// `nf4` or `fp4`.
  package let codebook: String
  /// The level of each of the sixteen stored numbers.
  package let levels: [Float]
  /// Two codes to a byte, the first one in the high nibble, row after row.
  package private(set) var codes: [UInt8] = []
  /// The scale of each block of 64 weights; empty where they are quantized too.
  package private(set) var absmax: [Float] = []
  /// The scales where they are quantized too.
  package private(set) var nested: Nested?

  /// Double quantization: `absmax = levels[code] · factor + mean`.
  package struct Nested: Sendable {
    package var codes: [UInt8] = []
    /// One for each 256 scales.
    package var factors: [Float] = []
    package var mean: Float = 0
    package var levels: [Float] { NestedScales.dynamic }
    package var scalesPerFactor: Int { DoubleQuantized.scalesPerBlock }
  }

  package static let weightsPerScale = BitsAndBytes.columnsPerBlock

  /// Takes packed rows apart; nil where the format is none of bitsandbytes'.
  package init?(_ packed: borrowing PackedRows, _ format: any WeightFormat) {
    switch format {
    case let scheme as any BitsAndBytesScheme:
      codebook = scheme.name
      levels = scheme.codebook.stored
      for row in 0..<packed.rows { addRow(packed.row(row).bytes, bytesPerBlock: scheme.bytesPerBlock) }
    case let scheme as DoubleQuantized:
      codebook = scheme.name == DoubleQuantized.nf4.name ? NF4().name : FP4().name
      levels = scheme.levelsAsStored
      let groups = scheme.groups(bytesPerRow: packed.columns)
      var nested = Nested()
      for row in 0..<packed.rows {
        scheme.takeApart(packed.row(row).bytes, groups: groups, into: &nested, &codes)
      }
      let count = (packed.rows * groups + DoubleQuantized.scalesPerBlock - 1) / DoubleQuantized.scalesPerBlock
      nested.factors = Array(nested.factors.prefix(count))
      self.nested = nested
    default:
      return nil
    }
  }

  private mutating func addRow(_ bytes: RawSpan, bytesPerBlock: Int) {
    for start in stride(from: 0, to: bytes.byteCount, by: bytesPerBlock) {
      absmax.append(Float(bitPattern: bytes.littleEndian(UInt32.self, at: start)))
      for index in 4..<bytesPerBlock { codes.append(bytes.littleEndian(UInt8.self, at: start + index)) }
    }
  }
}
