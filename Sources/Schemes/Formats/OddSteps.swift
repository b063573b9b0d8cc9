import Tensors

extension GridRow {
  /// What formats store for a scale that is an odd multiple of a factor: s of 2 s + 1.
  func oddStep(_ group: Int) -> UInt8 { UInt8(nested.scaleCodes[group] / 2) }

  /// What they store for the factor of a block.
  func storedFactor(_ block: Int, _ unit: Float) -> Float { nested.superScales[block] / unit }

  /// The steps of some groups in nibbles, the first one low.
  func appendOddSteps(_ groups: Range<Int>, to bytes: inout ByteWriter) {
    for group in stride(from: groups.lowerBound, to: groups.upperBound, by: 2) {
      bytes.append(oddStep(group) | oddStep(group + 1) << 4)
    }
  }
}
