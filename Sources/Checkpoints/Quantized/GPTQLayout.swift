import Schemes
import Tensors

/// The layout of GPTQ checkpoints, as AutoGPTQ and GPTQModel write it: all along the input.
///
/// `qweight` i32 `[columns · bits / 32, rows]` packs codes along the input, `qzeros` i32 `[groups, rows · bits / 32]` zero
/// points along the output, `scales` f16 `[groups, rows]`, `g_idx` i32 `[columns]`. Source: GPTQModel,
/// `nn_modules/qlinear`.
package struct GPTQLayout: IntegerLayout, Equatable {
  /// What `qzeros` stores.
  package enum Version: String, Sendable, CaseIterable {
    /// Zero points less one, over whole words: a zero point of 0 borrows from its neighbour.
    case v1 = "gptq"
    /// Zero points.
    case v2 = "gptq_v2"
  }

  package let rows: Int
  package let columns: Int
  package let groups: Int
  package let bits: Int
  package let version: Version

  package init(rows: Int, columns: Int, groups: Int, bits: Int, version: Version) {
    self.rows = rows
    self.columns = columns
    self.groups = groups
    self.bits = bits
    self.version = version
  }

  package var parts: [LayoutPart] {
    [
      LayoutPart("qweight", [columns * bits / 32, rows], "I32"),
      LayoutPart("qzeros", [groups, rows * bits / 32], "I32"),
      LayoutPart("scales", [groups, rows], "F16"), LayoutPart("g_idx", [columns], "I32"),
    ]
  }

  /// Sides must be multiples of this: codes fill whole words in both directions.
  package static let side = 32

  package func pack(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [[UInt8]] {
    [
      codes(matrix, on: workers), zeros(matrix), TensorBytes.float16(matrix.scales, transposed: true),
      TensorBytes.int32(matrix.groupOfColumn),
    ]
  }

  private func codes(_ matrix: borrowing IntegerMatrix, on workers: Workers) -> [UInt8] {
    var words = RowMajor<UInt32>(rows: columns * bits / 32, columns: rows)
    words.withDisjointRows { words in
      workers.forEach(columns / 32) { unit in
        var target = words.elements(rows: unit * bits..<(unit + 1) * bits)
        for row in 0..<rows {
          let codes = matrix.codes.row(row)
          PackedWords.pack(32, bits: bits) {
            codes[unchecked: unit * 32 + $0]
          } into: {
            target[$0 * rows + row] = $1
          }
        }
      }
    }
    return PackedWords.bytes(words)
  }

  private func zeros(_ matrix: borrowing IntegerMatrix) -> [UInt8] {
    var words = RowMajor<UInt32>(rows: groups, columns: PackedWords.count(rows, bits: bits))
    for group in 0..<groups {
      for start in stride(from: 0, to: rows, by: 32) {
        PackedWords.pack(min(32, rows - start), bits: bits) {
          stored(matrix.zeros[start + $0, group])
        } into: {
          words[group, start / 32 * bits + $0] = $1 &- added(toWord: $0)
        }
      }
    }
    return PackedWords.bytes(words)
  }

  /// What readers add to each word of `qzeros`. Version 1 is one less in each field, whole words at a time: a zero point of
  /// 0 borrows from its neighbour, which adding the same undoes. Three bits straddle words, and so are counted one by one.
  func added(toWord word: Int) -> UInt32 {
    guard version == .v1, bits != 3 else { return 0 }
    return (0..<32).reduce(0) { $0 | ($1 % bits == 0 ? 1 << UInt32($1) : 0) }
  }

  /// A zero point as its field holds it before anything is taken from words.
  private func stored(_ zero: UInt8) -> UInt8 { version == .v1 && bits == 3 ? (zero &- 1) & 7 : zero }

  /// The reverse.
  func zero(_ stored: UInt8) -> UInt8 { version == .v1 && bits == 3 ? (stored &+ 1) & 7 : stored }
}

/// A matrix of a GPTQ checkpoint.
package struct GPTQWeights: QuantizedWeights {
  package let layout: GPTQLayout
  package let parts: [StoredTensor]
  private let groupOfColumn: [Int32]
  /// `[rows, groups]`
  private let zeros: [UInt8]
  private let isSymmetric: Bool

  /// - Throws: what is wrong with which tensor.
  init(
    _ reader: PartReader, _ settings: GPTQSettings.Module, version: GPTQLayout.Version
  ) throws(CheckpointError) {
    let (bits, columnsPerGroup) = (settings.bits, settings.columnsPerGroup)
    let qweight = try reader.required("qweight", type: ["I32"])
    guard qweight.shape.count == 2, qweight.rows % bits == 0, qweight.rows > 0 else {
      throw PartReader.shape(qweight, expected: "[inputs · \(bits) / 32, outputs] for codes of \(bits) bits")
    }
    let (columns, rows) = (qweight.rows / bits * 32, qweight.columns)
    let groups = columnsPerGroup.map { (columns + $0 - 1) / $0 } ?? 1
    let scales = try reader.required("scales", type: ["F16", "BF16", "F32"])
    try PartReader.check(scales, shape: [groups, rows], "a scale for each group and output")
    let qzeros = try reader.required("qzeros", type: ["I32"])
    try PartReader.check(
      qzeros, shape: [groups, PackedWords.count(rows, bits: bits)], "zero points of \(bits) bits for \(rows) outputs")
    layout = GPTQLayout(rows: rows, columns: columns, groups: groups, bits: bits, version: version)
    parts = [qweight, qzeros, scales] + (reader.optional("g_idx").map { [$0] } ?? [])
    if let stored = reader.optional("g_idx"), !stored.shape.contains(0) {
      groupOfColumn = try PartReader.groups(stored, columns: columns, groups: groups)
    } else if settings.sortsColumns, groups > 1 {
      // Without it nobody knows which columns share a scale.
      throw .noSuchTensor(path: reader.path, tensor: "\(reader.module).g_idx (desc_act is true)", similar: [])
    } else {
      groupOfColumn = (0..<columns).map { Int32($0 / (columnsPerGroup ?? columns)) }
    }
    zeros = Self.zeros(qzeros, layout)
    let middle = UInt8(1 << (bits - 1))
    isSymmetric = zeros.allSatisfy { $0 == middle }
    // Some runtimes read zero points and some take sym at its word: where they differ, so do the models.
    if settings.isSymmetric == true, let other = zeros.first(where: { $0 != middle }) {
      throw .malformed(
        path: qzeros.path, part: .tensor(qzeros.name, "values"),
        found: "the zero point \(other), and sym: true in the settings",
        expected: "\(middle) everywhere, or another checkpoint_format than \(version.rawValue)")
    }
  }

  package var typeName: String {
    let width = layout.groups == 1 ? nil : layout.columns / layout.groups
    return integerTypeName(bits: layout.bits, columnsPerGroup: width, suffix: isSymmetric ? "" : "_asym")
  }

  /// The zero points, `[rows, groups]`.
  private static func zeros(_ tensor: StoredTensor, _ layout: GPTQLayout) -> [UInt8] {
    let (rows, groups, bits) = (layout.rows, layout.groups, layout.bits)
    let words = PackedWords.count(rows, bits: bits)
    var zeros = [UInt8](repeating: 0, count: rows * groups)
    tensor.withBytes { bytes in
      for group in 0..<groups {
        for start in stride(from: 0, to: rows, by: 32) {
          let first = group * words + start / 32 * bits
          PackedWords.unpack(min(32, rows - start), bits: bits) {
            bytes.littleEndian(UInt32.self, at: 4 * (first + $0)) &+ layout.added(toWord: $0)
          } into: {
            zeros[(start + $0) * groups + group] = layout.zero($1)
          }
        }
      }
    }
    return zeros
  }

  package func rows(_ range: Range<Int>, on workers: Workers) throws(CheckpointError) -> Matrix {
    let (layout, zeros) = (layout, zeros)
    let scales = try parts[2].matrix(workers: workers)
    var matrix = IntegerMatrix(rows: range.count, columns: layout.columns, groups: layout.groups, bits: layout.bits)
    matrix.groupOfColumn = groupOfColumn
    for row in 0..<range.count {
      for group in 0..<layout.groups {
        matrix.scales[row, group] = scales[group, range.lowerBound + row]
        matrix.zeros[row, group] = zeros[(range.lowerBound + row) * layout.groups + group]
      }
    }
    parts[0].withBytes { bytes in
      matrix.codes.withDisjointRows { codes in
        workers.forEachTile(of: Self.tile, in: range.count) { tile in
          for unit in 0..<layout.columns / 32 {
            for row in tile {
              let column = range.lowerBound + row
              var codes = codes.row(row)
              PackedWords.unpack(32, bits: layout.bits) {
                bytes.littleEndian(UInt32.self, at: 4 * ((unit * layout.bits + $0) * layout.rows + column))
              } into: {
                codes[unit * 32 + $0] = $1
              }
            }
          }
        }
      }
    }
    return matrix.values(on: workers)
  }

  /// Outputs that a task decodes together: those that share a line of the cache.
  private static let tile = 16
}
