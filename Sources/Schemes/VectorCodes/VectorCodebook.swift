/// The codes of a format whose stored numbers stand for several columns at once: which runs of levels there are.
///
/// Each column still has a byte that names its level, so that values, refits and traces need to know nothing of it; but
/// only the runs of levels that the format has a number for may stand side by side. A code is one such run, with its
/// signs: one vector from a table, or two where eight signs share a parity.
package struct VectorCodebook: Sendable {
  /// How signs come about.
  package enum SignRule: Sendable {
    /// The table holds magnitudes, and each column has a sign of its own.
    case free
    /// The table holds magnitudes; of the signs of a code, an even number are negative.
    case even
    /// The table holds all values.
    case none
  }

  /// Consecutive columns of one code: 4 or 8.
  package let columnsPerCode: Int
  /// Consecutive columns of one vector of the table: 4 or 8.
  package let columnsPerVector: Int
  package let signs: SignRule
  /// The values of one column in ascending order; a byte of codes is a position in it.
  package let levels: [Float]
  /// Books that a group of columns chooses one of, as ranges of vectors.
  package let books: [Range<Int>]
  /// Vectors in all books, a multiple of 16.
  package let count: Int
  /// Magnitudes, or values, column after column, eight vectors at a time: `[columnsPerVector, count / 8]`.
  let table: [Eight]
  /// The same vector after vector, each filled up with zeros to eight.
  let vectors: [Eight]
  /// Codes of the vectors as they stand in the table, `[count, columnsPerVector]`.
  package let codes: [UInt8]
  /// The smallest magnitude of the table.
  let smallest: Float
  /// The position of each vector in the format's own table, by its digits; `UInt16.max` where there is none.
  let positions: [UInt16]
  /// The ways in which ternary levels may be shifted, as many for each book; nothing where the table holds magnitudes.
  let shifts: [Shift]

  /// Ternary levels that are all shifted by one number.
  struct Shift {
    let low: Float
    let middle: Float
    let high: Float
    /// The first vector that has it; the others follow as they stand in the format's own table.
    let start: Int
  }

  /// Bytes of what vectors cost under the metrics of one code, for all patterns of signs.
  package var metricBytes: Int {
    let patterns = signs == .none ? 1 : 1 << columnsPerVector
    return 4 * (columnsPerCode > columnsPerVector ? 4 : 1) * patterns * count
  }

  /// How many books there are to choose from.
  package var bookCount: Int { books.count }

  private init(
    columnsPerCode: Int, columnsPerVector: Int, signs: SignRule, levels: [Float], books: [Range<Int>], values: [Float],
    shifts: [Shift] = []
  ) {
    let count = values.count / columnsPerVector
    precondition(count % 16 == 0 && columnsPerCode % columnsPerVector == 0)
    self.columnsPerCode = columnsPerCode
    self.columnsPerVector = columnsPerVector
    self.signs = signs
    self.levels = levels
    self.books = books
    self.shifts = shifts
    self.count = count
    table = (0..<columnsPerVector).flatMap { column in
      (0..<count / 8).map { eighth in
        var lanes = Eight()
        for lane in 0..<8 { lanes[lane] = values[(eighth * 8 + lane) * columnsPerVector + column] }
        return lanes
      }
    }
    vectors = (0..<count).map { vector in
      var lanes = Eight()
      for column in 0..<columnsPerVector { lanes[column] = values[vector * columnsPerVector + column] }
      return lanes
    }
    codes = values.map { value in UInt8(truncatingIfNeeded: levels.firstIndex(of: value) ?? 0) }
    smallest = values.reduce(.infinity) { min($0, abs($1)) }
    var positions = [UInt16](repeating: .max, count: 1 << 16)
    let spelling = Spelling(levels: levels.count, hasSigns: signs != .none)
    // Books that differ in a shift alone spell the same digits: the first stands for all.
    for vector in books[0].prefix(count / (signs == .none ? 2 : 1)) {
      let key = spelling.key(codes[vector * columnsPerVector..<(vector + 1) * columnsPerVector])
      positions[key] = UInt16(truncatingIfNeeded: vector)
    }
    self.positions = positions
  }

  /// Vectors of magnitudes with signs.
  init(_ table: Codebook, columnsPerCode: Int, signs: SignRule) {
    let magnitudes = Set(table.values).sorted()
    self.init(
      columnsPerCode: columnsPerCode, columnsPerVector: table.length, signs: signs,
      levels: magnitudes.reversed().map { -$0 } + magnitudes, books: [0..<table.values.count / table.length],
      values: table.values)
  }

  /// Vectors of values that are all shifted, up or down: as two books, or as one that holds both.
  init(_ table: Codebook, shift: Float, isShiftOfGroup: Bool) {
    let values = table.values.map { $0 + shift } + table.values.map { $0 - shift }
    let count = table.values.count / table.length
    let shifts = [shift, -shift].enumerated().map {
      Shift(low: -1 + $1, middle: $1, high: 1 + $1, start: $0 * count)
    }
    self.init(
      columnsPerCode: table.length, columnsPerVector: table.length, signs: .none, levels: Set(values).sorted(),
      books: isShiftOfGroup ? [0..<count, count..<2 * count] : [0..<2 * count], values: values,
      shifts: shifts)
  }

  /// The position in the format's own table of the vector whose levels begin at `start` and, a bit for each column, which of
  /// them are negative.
  ///
  /// - Precondition: the codes are a run that the table has.
  func vector(_ codes: Span<UInt8>, at start: Int) -> (position: Int, signs: UInt8) {
    let spelling = Spelling(levels: levels.count, hasSigns: signs != .none)
    var key = 0
    var negative: UInt8 = 0
    for column in 0..<columnsPerVector {
      let code = Int(codes[start + column])
      key |= spelling.digit(code) << (column * spelling.bits)
      if spelling.isNegative(code) { negative |= 1 << UInt8(column) }
    }
    let position = positions[key]
    precondition(position != .max, "codes that no vector of the table spells")
    return (Int(position), negative)
  }

  /// Whether a code of a table without signs is of a value that was shifted down: levels of both shifts alternate.
  func isShiftedDown(_ code: UInt8) -> Bool { code % 2 == 0 }
}

/// What is read of a codebook for every code, lent for as long as a row or a code takes.
///
/// Reading an array of the book itself counts a reference, and threads that round at once would wait for each other's counts.
struct LentCodebook: ~Escapable {
  let columnsPerCode: Int
  let columnsPerVector: Int
  let signs: VectorCodebook.SignRule
  let count: Int
  let smallest: Float
  let levels: Span<Float>
  let books: Span<Range<Int>>
  let table: Span<Eight>
  let vectors: Span<Eight>
  let codes: Span<UInt8>
  let positions: Span<UInt16>
  let shifts: Span<VectorCodebook.Shift>

  @_lifetime(borrow book)
  init(_ book: borrowing VectorCodebook) {
    columnsPerCode = book.columnsPerCode
    columnsPerVector = book.columnsPerVector
    signs = book.signs
    count = book.count
    smallest = book.smallest
    levels = book.levels.span
    books = book.books.span
    table = book.table.span
    vectors = book.vectors.span
    codes = book.codes.span
    positions = book.positions.span
    shifts = book.shifts.span
  }

  /// The code of a level of the table with the other sign.
  @inline(__always)
  func negated(_ code: UInt8) -> UInt8 { UInt8(truncatingIfNeeded: levels.count &- 1 &- Int(code)) }
}

/// How codes of columns make one number: their magnitudes where they have signs, else the levels themselves.
private struct Spelling {
  let levels: Int
  let hasSigns: Bool

  /// Bits of a digit: what three or eight magnitudes take, or three ternary digits and their shift.
  var bits: Int { levels > 8 ? 3 : 2 }

  func isNegative(_ code: Int) -> Bool { hasSigns && code < levels / 2 }

  /// Six shifted ternary levels: the digit is the half of the code. That leaves the shift, which all columns share.
  func digit(_ code: Int) -> Int {
    hasSigns ? (code < levels / 2 ? levels / 2 - 1 - code : code - levels / 2) : code / 2
  }

  func key(_ codes: ArraySlice<UInt8>) -> Int {
    codes.enumerated().reduce(0) { $0 | digit(Int($1.element)) << ($1.offset * bits) }
  }
}

/// Eight numbers: the columns of one vector, or as many vectors of a table.
package typealias Eight = SIMD8<Float>
