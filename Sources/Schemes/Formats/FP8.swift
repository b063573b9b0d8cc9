import Tensors

/// A type of E4M3 numbers under single-precision scales, as checkpoints for servers store them; its name says what shares a scale.
package enum FP8Type: String, Sendable, CaseIterable {
  /// The weights of a row.
  case row = "fp8_row"
  /// All weights of a matrix.
  case tensor = "fp8_tensor"
  /// Those of a block of 128 rows and 128 columns.
  case block = "fp8_b128"

  /// The sides of a block.
  package static let blockSide = 128

  /// The format of rows of `columns` weights; nil where blocks do not divide them.
  package func scheme(columns: Int) -> FP8? {
    guard self == .block else { return columns > 0 ? FP8(self, columnsPerGroup: columns) : nil }
    return columns % Self.blockSide == 0 ? FP8(self, columnsPerGroup: Self.blockSide) : nil
  }
}

/// Rows of E4M3 numbers: `value = scale · number`.
///
/// Containers hold scales and numbers apart. The bytes here are ours: group by group the scale (f32), then a byte for each number
/// (OCP 8-bit Floating Point Specification). What rows share is repeated in each.
package struct FP8: Scheme {
  package let type: FP8Type
  package let columnsPerGroup: Int

  init(_ type: FP8Type, columnsPerGroup: Int) {
    self.type = type
    self.columnsPerGroup = columnsPerGroup
  }

  package var name: String { type.rawValue }
  package var columnsPerBlock: Int { columnsPerGroup }
  package var bytesPerBlock: Int { Self.scaleBytes + columnsPerGroup }
  package var levels: Levels { Self.ascending }
  package var parameters: GridParameters { type == .row ? .single : .fixed }
  package var sharesRows: Bool { type != .row }

  static let scaleBytes = 4

  /// All numbers in ascending order, zero once.
  private static let ascending = Levels.table(stored.map { SmallFloat.e4m3.values[Int($0)] })
  /// The stored number of each code.
  package static let stored: [UInt8] = {
    let values = SmallFloat.e4m3.values
    let numbers = (0..<256).filter { !values[$0].isNaN && $0 != 0x80 }
    return numbers.sorted { values[$0] < values[$1] }.map { UInt8($0) }
  }()

  package func byteCount(rows: Int, columns: Int) -> Int {
    let blocks =
      switch type {
      case .row: rows
      case .tensor: 1
      case .block: ((rows + FP8Type.blockSide - 1) / FP8Type.blockSide) * (columns / FP8Type.blockSide)
      }
    return rows * columns + Self.scaleBytes * blocks
  }

  /// The scale of a row is searched for in one octave, from that under which the largest weight is the largest number: farther
  /// up the numbers are the same but for the smallest. What rows share has the scale of the largest weight.
  package func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let trial = ScaleTrial(rounding: E4M3Rounding())
    var block = WeightedBlock()
    var scales = [Float](repeating: 0, count: weights.count / columnsPerGroup)
    for group in 0..<scales.count {
      guard block.load(weights, importance: importance, from: group * columnsPerGroup, count: columnsPerGroup) else {
        continue
      }
      let x = block.x.span.extracting(0..<block.paddedCount)
      var largest: Float = 0
      for index in 0..<x.count { largest = max(largest, abs(x[index])) }
      let lowest = largest / SmallFloat.e4m3.largest
      var lane = 0
      if type == .row {
        var candidates = Lanes()
        for lane in 0..<16 { candidates[lane] = lowest * Self.octave[lane] }
        lane = trial.best(of: candidates, x, weights: block.errorWeights.span.extracting(0..<block.paddedCount))
      }
      // No number times it leaves the range of single precision.
      scales[group] = min(lowest * Self.octave[lane] * block.unit, .greatestFiniteMagnitude / 512)
    }
    return GridRow(scales: scales)
  }

  /// 2^(k / 16)
  private static let octave: [Float] = (0..<16).reduce(into: [1]) { powers, _ in
    powers.append(powers[powers.count - 1] * 1.044_273_8)
  }

  package func share(_ rows: inout [GridRow]) {
    guard sharesRows else { return }
    let height = type == .tensor ? max(1, rows.count) : FP8Type.blockSide
    for start in stride(from: 0, to: rows.count, by: height) {
      let range = start..<min(start + height, rows.count)
      for group in rows[start].scales.indices {
        let largest = rows[range].reduce(0) { max($0, $1.scales[group]) }
        for row in range { rows[row].scales[group] = largest }
      }
    }
  }

  package func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for group in 0..<grid.scales.count {
      bytes.append(grid.scales[group].bitPattern)
      for column in group * columnsPerGroup..<(group + 1) * columnsPerGroup {
        bytes.append(Self.stored[Int(codes[column])])
      }
    }
  }

  package func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    let numbers = SmallFloat.e4m3.values
    for group in 0..<values.count / columnsPerGroup {
      let start = group * bytesPerBlock
      let scale = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start))
      for index in 0..<columnsPerGroup {
        let number = numbers[Int(bytes.littleEndian(UInt8.self, at: start + Self.scaleBytes + index))]
        values[group * columnsPerGroup + index] = scale * number
      }
    }
  }
}

/// The numbers of E4M3 without their ends.
struct E4M3Rounding: LevelRounding {
  var hasZero: Bool { true }

  /// - Parameter x: no larger than the largest number, as under scales that are large enough.
  @inline(__always)
  func nearest(_ x: Lanes) -> Lanes {
    // Four digits are left of a product that is taken away again (Veltkamp's splitting); below the smallest normal number
    // steps are equal.
    let product = x * 1_048_577
    var result = product - (product - x)
    let small = (x + 24_576) - 24_576
    result.replace(with: small, where: (x .< 0.015625) .& (x .> -0.015625))
    return result
  }
}
