import Schemes

/// The offsets that a scheme can store for one group whose scale stays as it is.
struct StoredOffsets {
  struct Offset: Equatable {
    let value: Float
    /// The integer that stands for it, in schemes that store one.
    let code: Int
  }

  let scale: Float
  /// What the group has.
  let first: Offset
  private let group: Int
  private let kind: Kind

  private enum Kind {
    case half
    case multiples(of: Float, ClosedRange<Int>)
    case none
  }

  init(_ scheme: any Scheme, _ row: GridRow, _ group: Int) {
    self.group = group
    scale = row.scales[group]
    var code = 0
    switch scheme.parameters {
    case .half(offsets: true):
      kind = .half
    case .zeroPoints(let range):
      kind = .multiples(of: scale, range)
      code = Int(UInt8(bitPattern: row.nested.offsetCodes[group]))
    case .nested(_, let range?):
      let factor = row.nested.superOffsets[group * scheme.columnsPerGroup / scheme.columnsPerBlock]
      kind = factor == 0 ? .none : .multiples(of: factor, range)
      code = Int(row.nested.offsetCodes[group])
    case .half(offsets: false), .nested(_, nil), .odd, .squares, .single, .powers, .numbers, .fixed:
      kind = .none
    }
    first = Offset(value: row.offsets[group], code: code)
  }

  /// The one or two that are nearest to a target.
  func offsets(near target: Float) -> [Offset] {
    switch kind {
    case .none:
      return []
    case .half:
      return [Offset(value: Self.half(target), code: 0)]
    case .multiples(let unit, let range):
      let place = max(Float(range.lowerBound), min(Float(range.upperBound), target / unit))
      return [place.rounded(.down), place.rounded(.up)].map { Offset(value: unit * $0, code: Int($0)) }
    }
  }

  /// Gives the group an offset.
  func take(_ offset: Offset, in row: inout GridRow) {
    row.offsets[group] = offset.value
    if case .multiples = kind { row.nested.offsetCodes[group] = Int8(truncatingIfNeeded: offset.code) }
  }

  private static func half(_ value: Float) -> Float {
    let largest = Float(Float16.greatestFiniteMagnitude)
    return Float(Float16(max(-largest, min(largest, value))))
  }
}
