import Tensors

/// A matrix of integer weights as no container stores it: `value = scale · (code − zero)`, or `scale · code + bias`.
///
/// It stands between the rows of `IntegerScheme` and the layouts of containers, which pack whole matrices.
package struct IntegerMatrix: ~Copyable, Sendable {
  /// What each group has beside its scale.
  package enum Kind: Sendable, Equatable {
    /// Integers that stand for zero, in `zeros`.
    case zeros
    /// Numbers that are added, in `biases`.
    case biases
  }

  package let bits: Int
  package let kind: Kind
  /// `[rows, columns]`, each from 0 to 2^bits − 1.
  package var codes: Codes
  /// `[rows, groups]`
  package var scales: Matrix
  /// `[rows, groups]`; nothing where there are biases.
  package var zeros: Codes
  /// `[rows, groups]`; nothing where there are zero points.
  package var biases: Matrix
  /// `[columns]`: the group of each column.
  package var groupOfColumn: [Int32]

  package var rows: Int { codes.rows }
  package var columns: Int { codes.columns }
  package var groups: Int { scales.columns }

  /// A matrix of zeros whose groups are of consecutive columns.
  package init(rows: Int, columns: Int, groups: Int, bits: Int, kind: Kind = .zeros) {
    self.bits = bits
    self.kind = kind
    codes = Codes(rows: rows, columns: columns)
    scales = Matrix(rows: rows, columns: groups)
    zeros = kind == .zeros ? Codes(rows: rows, columns: groups) : Codes(rows: 0, columns: 0)
    biases = kind == .biases ? Matrix(rows: rows, columns: groups) : Matrix(rows: 0, columns: 0)
    groupOfColumn = Self.consecutive(columns: columns, groups: groups)
  }

  /// The group of each column where groups are of consecutive columns.
  package static func consecutive(columns: Int, groups: Int) -> [Int32] {
    let width = max(1, (columns + groups - 1) / max(1, groups))
    return (0..<columns).map { Int32($0 / width) }
  }

  /// The values, `[rows, columns]`: what any reader computes.
  package borrowing func values(on workers: Workers = .all) -> Matrix {
    var matrix = Matrix(rows: rows, columns: columns)
    let groupOfColumn = groupOfColumn.span
    matrix.withDisjointRows { matrix in
      workers.forEach(matrix.rows) { row in
        var values = matrix.row(row)
        let codes = codes.row(row)
        let scales = scales.row(row)
        switch kind {
        case .zeros:
          let zeros = zeros.row(row)
          for column in 0..<codes.count {
            let group = Int(groupOfColumn[column])
            values[column] = scales[group] * Float(Int(codes[column]) - Int(zeros[group]))
          }
        case .biases:
          let biases = biases.row(row)
          for column in 0..<codes.count {
            let group = Int(groupOfColumn[column])
            values[column] = scales[group] * Float(codes[column]) + biases[group]
          }
        }
      }
    }
    return matrix
  }
}

extension IntegerMatrix {
  /// Puts columns that were sorted back to where they belong; groups stay those of columns that stood together.
  ///
  /// - Parameter order: the column at each present place.
  package mutating func restoreColumns(_ order: [Int]) {
    var restored = Codes(rows: rows, columns: columns)
    for row in 0..<rows {
      for (place, column) in order.enumerated() { restored[row, column] = codes[row, place] }
    }
    let groups = groupOfColumn
    for (place, column) in order.enumerated() { groupOfColumn[column] = groups[place] }
    codes = restored
  }

  /// Takes packed rows apart.
  ///
  /// - Parameter columns: of the matrix.
  package init(_ packed: borrowing PackedRows, _ scheme: IntegerScheme, columns: Int, on workers: Workers = .all) {
    self.init(
      rows: packed.rows, columns: columns, groups: columns / scheme.columnsPerGroup, bits: scheme.type.bits,
      kind: scheme.type.zero == .bias ? .biases : .zeros)
    codes.withDisjointRows { codes in
      workers.forEach(codes.rows) { row in
        var codes = codes.row(row)
        scheme.unpackCodes(packed.row(row).bytes, into: &codes)
      }
    }
    for row in 0..<rows {
      for group in 0..<groups {
        let parameters = scheme.parameters(packed.row(row).bytes, group: group)
        scales[row, group] = parameters.scale
        switch kind {
        case .zeros: zeros[row, group] = parameters.zero
        case .biases: biases[row, group] = parameters.bias
        }
      }
    }
  }
}

extension IntegerScheme {
  /// What a packed row stores for one group.
  func parameters(_ bytes: RawSpan, group: Int) -> (scale: Float, zero: UInt8, bias: Float) {
    let start = group * bytesPerBlock
    let scale = bytes.float16(at: start)
    return switch type.zero {
    case .symmetric: (scale, UInt8(1 << (type.bits - 1)), 0)
    case .point: (scale, bytes.littleEndian(UInt8.self, at: start + 2), 0)
    case .bias: (scale, 0, bytes.float16(at: start + 2))
    }
  }

  /// The codes of a packed row, counted from 0.
  func unpackCodes(_ bytes: RawSpan, into codes: inout MutableSpan<UInt8>) {
    for group in 0..<codes.count / columnsPerGroup {
      let start = group * bytesPerBlock + codesOffset
      for index in 0..<columnsPerGroup {
        codes[group * columnsPerGroup + index] = BitFields.field(bytes, at: start, index: index, bits: type.bits)
      }
    }
  }
}
