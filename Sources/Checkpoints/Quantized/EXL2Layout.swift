import Schemes
import Tensors

/// The layout of EXL2 checkpoints, as exllamav2 writes it: groups of columns, those with the largest inputs and the most bits
/// first, each packed by itself along the columns.
///
/// With outputs as the last side: `q_weight` i32 `[words, rows]`, `q_scale` i32 `[groups, rows / 8]` with s − 1 in four bits,
/// `q_scale_max` f16 `[groups]`, which is 256 times the factor, `q_groups` i16 `[2 · groups]` with the bits of each group and
/// its first row of words, `q_invperm` i32 `[columns]` with the place of each column. Source: exllamav2,
/// `conversion/adaptivegptq.py` and `exllamav2_ext/cuda/q_matrix.cu`.
package struct EXL2Layout: MatrixLayout, Equatable {
  package let rows: Int
  /// Of each group.
  package let bits: [Int]
  package let columnsPerGroup: Int

  package init(rows: Int, bits: [Int], columnsPerGroup: Int) {
    self.rows = rows
    self.bits = bits
    self.columnsPerGroup = columnsPerGroup
  }

  /// Rows must be a multiple of this: exllamav2 fills them up, and no tensor says by how many.
  package static let side = 32
  /// Factors are this much smaller than what is stored.
  static let squares: Float = 256

  private var columns: Int { bits.count * columnsPerGroup }
  private var words: Int { bits.reduce(0) { $0 + $1 * columnsPerGroup / 32 } }

  package var parts: [LayoutPart] {
    [
      LayoutPart("q_weight", [words, rows], "I32"), LayoutPart("q_scale", [bits.count, rows / 8], "I32"),
      LayoutPart("q_scale_max", [bits.count], "F16"), LayoutPart("q_groups", [2 * bits.count], "I16"),
      LayoutPart("q_invperm", [columns], "I32"),
    ]
  }

  package func encode(
    _ packed: borrowing PackedRows, _ format: any WeightFormat, order: [Int]?, on workers: Workers
  ) -> [[UInt8]] {
    guard let scheme = format as? EXL2Scheme else {
      preconditionFailure("the plan gives \(format.name) to the layout of EXL2")
    }
    var weights = RowMajor<UInt32>(rows: words, columns: rows)
    var scales = RowMajor<UInt32>(rows: bits.count, columns: rows / 8)
    var maxima = Matrix(rows: bits.count, columns: 1)
    for row in 0..<rows {
      let (groups, codes) = scheme.takeApart(packed.row(row).bytes)
      var first = 0
      for (group, bits) in bits.enumerated() {
        if row == 0 { maxima[group, 0] = groups[group].factor * Self.squares }
        scales[group, row / 8] |= UInt32(groups[group].root - 1) << UInt32(row % 8 * 4)
        for unit in 0..<columnsPerGroup / 32 {
          let start = group * columnsPerGroup + unit * 32
          PackedWords.pack(32, bits: bits) {
            codes[start + $0]
          } into: {
            weights[first + unit * bits + $0, row] = $1
          }
        }
        first += bits * columnsPerGroup / 32
      }
    }
    return [
      PackedWords.bytes(weights), PackedWords.bytes(scales), TensorBytes.float16(maxima), groupBytes,
      TensorBytes.int32(places(order)),
    ]
  }

  private var groupBytes: [UInt8] {
    var bytes: [UInt8] = []
    var first = 0
    for bits in bits {
      bytes.append(littleEndian: Int16(bits))
      bytes.append(littleEndian: Int16(truncatingIfNeeded: first))
      first += bits * columnsPerGroup / 32
    }
    return bytes
  }

  /// The place of each column, of the column at each place.
  private func places(_ order: [Int]?) -> [Int32] {
    var places = (0..<columns).map { Int32($0) }
    for (place, column) in (order ?? []).enumerated() { places[column] = Int32(place) }
    return places
  }
}

/// A matrix of an EXL2 checkpoint.
package struct EXL2Weights: QuantizedWeights {
  package let rowCount: Int
  package let columns: Int
  package let parts: [StoredTensor]
  private let groups: [Group]
  /// The column at each place.
  private let order: [Int]

  /// A run of sorted columns with one width of codes.
  private struct Group {
    let bits: Int
    let firstWord: Int
    /// Places of its columns.
    let places: Range<Int>
    /// A 256th of what is stored.
    let factor: Float
  }

  /// - Throws: what is wrong with which tensor.
  init(_ reader: PartReader) throws(CheckpointError) {
    let weights = try reader.required("q_weight", type: ["I32"])
    guard weights.shape.count == 2, weights.columns > 0, weights.columns % EXL2Layout.side == 0 else {
      throw PartReader.shape(weights, expected: "[words, rows], rows a multiple of \(EXL2Layout.side)")
    }
    let order = try reader.required("q_invperm", type: ["I32"])
    guard order.shape.count == 1, order.columns > 0 else { throw PartReader.shape(order, expected: "[columns]") }
    let stored = try reader.required("q_groups", type: ["I16"])
    guard stored.shape.count == 1, stored.columns >= 2, stored.columns % 2 == 0 else {
      throw PartReader.shape(stored, expected: "[2 · groups]: bits and first word of each")
    }
    let count = stored.columns / 2
    let scales = try reader.required("q_scale", type: ["I32"])
    try PartReader.check(scales, shape: [count, weights.columns / 8], "a scale of four bits for each group and row")
    let maxima = try reader.required("q_scale_max", type: ["F16"])
    try PartReader.check(maxima, shape: [count], "a largest scale for each group")
    groups = try Self.groups(stored, try maxima.matrix().array(), words: weights.rows, columns: order.columns)
    self.order = try Self.order(order)
    (rowCount, columns, parts) = (weights.columns, order.columns, [weights, scales, maxima, stored, order])
  }

  /// What `q_groups` says: codes of known widths that fill all words and all columns.
  private static func groups(
    _ tensor: StoredTensor, _ maxima: [Float], words: Int, columns: Int
  ) throws(CheckpointError) -> [Group] {
    func wrong(_ found: String, _ expected: String) -> CheckpointError {
      .malformed(path: tensor.path, part: .tensor(tensor.name, "values"), found: found, expected: expected)
    }
    let numbers = tensor.withBytes { bytes in
      (0..<bytes.byteCount / 2).map { Int(bytes.littleEndian(UInt16.self, at: 2 * $0)) }
    }
    var groups: [Group] = []
    var place = 0
    var word = 0
    for index in maxima.indices {
      let bits = numbers[2 * index]
      guard [2, 3, 4, 5, 6, 8].contains(bits) else {
        throw wrong("\(bits) bits in group \(index)", "2, 3, 4, 5, 6 or 8")
      }
      // Sixteen bits hold the first word of the largest matrices only in part.
      let first = numbers[2 * index + 1]
      guard first == word & 0xFFFF else {
        throw wrong("word \(first) as the first of group \(index)", "\(word): groups follow each other")
      }
      let isLast = index + 1 == maxima.count
      let span = isLast ? words - word : (numbers[2 * index + 3] - word) & 0xFFFF
      let width = isLast ? columns - place : span * 32 / bits
      // Kernels step over sixteen columns or more; the last group may be shorter.
      let isFilled = width > 0 && (isLast || width % 16 == 0) && span == (width * bits + 31) / 32
      guard isFilled, place + width <= columns, word + span <= words else {
        throw wrong(
          "\(span) words of group \(index) for \(width) columns",
          "codes of \(bits) bits that fill \(words) words and \(columns) columns in all")
      }
      groups.append(
        Group(bits: bits, firstWord: word, places: place..<place + width, factor: Float(Float16(maxima[index] / 256))))
      place += width
      word += span
    }
    return groups
  }

  /// The column at each place, where the tensor has the place of each column.
  private static func order(_ tensor: StoredTensor) throws(CheckpointError) -> [Int] {
    let columns = tensor.columns
    var order = [Int](repeating: -1, count: columns)
    try tensor.withBytes { bytes throws(CheckpointError) in
      for column in 0..<columns {
        let place = Int(bytes.littleEndian(Int32.self, at: 4 * column))
        guard 0..<columns ~= place, order[place] < 0 else {
          throw .malformed(
            path: tensor.path, part: .tensor(tensor.name, "values"), found: "the place \(place) for column \(column)",
            expected: "each of 0 to \(columns - 1) once")
        }
        order[place] = column
      }
    }
    return order
  }

  /// Such as `exl2_5_4`: the widths that there are.
  package var typeName: String {
    var widths: [Int] = []
    for group in groups where widths.last != group.bits { widths.append(group.bits) }
    return "exl2_" + widths.map(String.init).joined(separator: "_")
  }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    var matrix = Matrix(rows: range.count, columns: columns)
    let (weights, scales) = (parts[0], parts[1])
    weights.withBytes { weights in
      scales.withBytes { scales in
        matrix.withDisjointRows { matrix in
          workers.forEachTile(of: Self.tile, in: range.count) { tile in
            for row in tile {
              var values = matrix.row(row)
              decode(range.lowerBound + row, weights, scales, into: &values)
            }
          }
        }
      }
    }
    return matrix
  }

  /// Rows that a task decodes together: those that share a line of the cache.
  private static let tile = 16

  private func decode(_ row: Int, _ weights: RawSpan, _ scales: RawSpan, into values: inout MutableSpan<Float>) {
    for (index, group) in groups.enumerated() {
      let stored = scales.littleEndian(UInt32.self, at: 4 * (index * rowCount / 8 + row / 8))
      let scale = EXL2Scheme.scale(Int(stored >> UInt32(row % 8 * 4) & 15) + 1, group.factor)
      let middle = 1 << (group.bits - 1)
      for start in stride(from: 0, to: group.places.count, by: 32) {
        let first = group.firstWord + start / 32 * group.bits
        PackedWords.unpack(min(32, group.places.count - start), bits: group.bits) {
          weights.littleEndian(UInt32.self, at: 4 * ((first + $0) * rowCount + row))
        } into: {
          values[order[group.places.lowerBound + start + $0]] = scale * Float(Int($1) - middle)
        }
      }
    }
  }
}
