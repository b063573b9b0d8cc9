/// How a matrix of an EXL2 checkpoint spends bits: runs of columns, those with the largest inputs first and with the most bits.
///
/// Its name says all of it: `exl2_4_g128` has four bits everywhere, `exl2_5_4_g128` five for a quarter of its columns, and
/// `exl2_8_4_p5_g128` eight for one in twenty; groups are of 128 columns.
package struct EXL2Strategy: Sendable, Hashable {
  /// Bits of a code of the first run.
  package let bits: Int
  /// Of the second run; nil where there is none.
  package let lowerBits: Int?
  /// Percent of columns in the first run.
  package let percent: Int
  /// Consecutive columns that share a scale.
  package let columnsPerGroup: Int

  init(_ bits: Int, _ lowerBits: Int? = nil, percent: Int = 25, columnsPerGroup: Int) {
    self.bits = bits
    self.lowerBits = lowerBits
    self.percent = lowerBits == nil ? 100 : percent
    self.columnsPerGroup = columnsPerGroup
  }

  package var name: String {
    let lower = lowerBits.map { "_\($0)" + (percent == 25 ? "" : "_p\(percent)") } ?? ""
    return "exl2_\(bits)\(lower)_g\(columnsPerGroup)"
  }

  /// Those that a matrix may get, fewest bits first.
  package static let all: [EXL2Strategy] = [
    .init(2, columnsPerGroup: 64), .init(3, 2, columnsPerGroup: 64), .init(3, columnsPerGroup: 64),
    .init(6, 3, percent: 5, columnsPerGroup: 64), .init(4, 3, columnsPerGroup: 64), .init(4, columnsPerGroup: 128),
    .init(4, columnsPerGroup: 32), .init(8, 4, percent: 5, columnsPerGroup: 128), .init(5, 4, columnsPerGroup: 64),
    .init(5, columnsPerGroup: 128), .init(5, columnsPerGroup: 32), .init(6, 5, columnsPerGroup: 64),
    .init(6, columnsPerGroup: 128), .init(6, columnsPerGroup: 32), .init(8, 6, columnsPerGroup: 64),
    .init(8, columnsPerGroup: 128),
  ]

  /// The strategy of that name with groups of its size or smaller ones, or nil.
  package static func named(_ name: String) -> EXL2Strategy? {
    everySize.first { $0.name == name }
  }

  /// Each with all sizes of groups: rows that a group does not divide get smaller ones.
  package static let everySize: [EXL2Strategy] = {
    var all: [EXL2Strategy] = []
    for strategy in Self.all {
      for size in sizes {
        let other = EXL2Strategy(
          strategy.bits, strategy.lowerBits, percent: strategy.percent, columnsPerGroup: size)
        if !all.contains(other) { all.append(other) }
      }
    }
    return all
  }()

  /// What exllamav2's kernels step over at once.
  package static let smallestGroup = 32
  private static let sizes = [128, 64, 32]

  /// The format of rows of `columns` weights, in groups of the largest size that divides them; nil where 32 does not.
  package func scheme(columns: Int) -> EXL2Scheme? {
    let size = Self.sizes.first { $0 <= columnsPerGroup && columns % $0 == 0 }
    guard let size, columns > 0 else { return nil }
    let fitting = EXL2Strategy(bits, lowerBits, percent: percent, columnsPerGroup: size)
    let groups = columns / size
    // At least one group of the first run, and of two runs one of the second too, if there is room for both.
    let first = lowerBits == nil ? groups : min(max(1, (groups * percent + 99) / 100), max(1, groups - 1))
    return EXL2Scheme(
      fitting, bits: (0..<groups).map { $0 < first ? bits : lowerBits ?? bits }, columnsPerGroup: size)
  }
}

/// What a pipeline file asks for where bits are allotted by what they are worth: `exl2_4.25`.
package enum EXL2Target {
  /// The average bits of a weight in the matrices inside of blocks, scales included; nil for another name.
  package static func bits(_ name: String) -> Double? {
    guard name.hasPrefix(prefix), let bits = Double(name.dropFirst(prefix.count)), (1...16).contains(bits) else {
      return nil
    }
    return Self.name(bits) == name ? bits : nil
  }

  private static let prefix = "exl2_"

  package static func name(_ bits: Double) -> String {
    bits == bits.rounded() ? "\(prefix)\(Int(bits))" : "\(prefix)\(bits)"
  }
}
