import Schemes
import Tensors

/// A scheme for these tests alone: levels of any kind, with one scale and one offset in single precision for each group.
///
/// Uniform levels run from the smallest to the largest weight of a group; a table is scaled to the largest magnitude. A
/// group whose weights are all equal has a scale of zero.
struct TestScheme: Scheme {
  let levels: Levels
  let columnsPerGroup: Int

  static let twoBit = TestScheme(levels: .uniform(lowest: 0, count: 4), columnsPerGroup: 8)
  static let threeBit = TestScheme(levels: .uniform(lowest: -4, count: 8), columnsPerGroup: 8)
  static let fourBit = TestScheme(levels: .uniform(lowest: 0, count: 16), columnsPerGroup: 8)
  static let codebook = TestScheme(levels: .table([-1, -0.55, -0.2, 0, 0.15, 0.4, 0.75, 1]), columnsPerGroup: 8)
  static let all = [twoBit, threeBit, fourBit, codebook]

  var name: String { "test_\(levels.count)" }
  var columnsPerBlock: Int { columnsPerGroup }
  var bytesPerBlock: Int { 8 + columnsPerGroup }

  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    precondition(weights.count == importance.count, "one importance for each weight")
    var row = GridRow(scales: [], offsets: [])
    for start in stride(from: 0, to: weights.count, by: columnsPerGroup) {
      let group = (start..<start + columnsPerGroup).map { weights[$0] }
      let (scale, offset) = fit(group)
      row.scales.append(scale)
      row.offsets.append(offset)
    }
    return row
  }

  private func fit(_ group: [Float]) -> (scale: Float, offset: Float) {
    let smallest = group.min() ?? 0
    let largest = group.max() ?? 0
    switch levels {
    case .uniform(let lowest, let count):
      let scale = (largest - smallest) / Float(count - 1)
      return (scale, scale * Float(lowest) - smallest)
    case .table:
      return (max(abs(smallest), abs(largest)), 0)
    }
  }

  func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for group in 0..<grid.scales.count {
      bytes.append(grid.scales[group].bitPattern)
      bytes.append(grid.offsets[group].bitPattern)
      for column in group * columnsPerGroup..<(group + 1) * columnsPerGroup { bytes.append(codes[column]) }
    }
  }

  func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let table = levels.values
    for group in 0..<values.count / columnsPerGroup {
      let start = group * bytesPerBlock
      let scale = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start))
      let offset = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start + 4))
      for column in 0..<columnsPerGroup {
        let code = bytes.littleEndian(UInt8.self, at: start + 8 + column)
        values[group * columnsPerGroup + column] = scale * table[Int(code)] - offset
      }
    }
  }
}
