import Tensors

/// Small numbers of equal width in 32-bit words, densely and from the low bits up: 32 numbers of `bits` bits fill `bits`
/// words, and where `bits` does not divide 32 some straddle two of them.
enum PackedWords {
  /// Words for `count` numbers.
  static func count(_ count: Int, bits: Int) -> Int { (count * bits + 31) / 32 }

  /// Packs up to 32 numbers into the words that they fill.
  @inline(__always)
  static func pack(
    _ count: Int, bits: Int, _ number: (Int) -> UInt8, into word: (_ index: Int, _ value: UInt32) -> Void
  ) {
    var buffer: UInt64 = 0
    var filled = 0
    var index = 0
    for place in 0..<count {
      buffer |= UInt64(number(place)) << UInt64(filled)
      filled += bits
      if filled >= 32 {
        word(index, UInt32(truncatingIfNeeded: buffer))
        index += 1
        buffer >>= 32
        filled -= 32
      }
    }
    if filled > 0 { word(index, UInt32(truncatingIfNeeded: buffer)) }
  }

  /// Takes up to 32 numbers out of their words.
  @inline(__always)
  static func unpack(
    _ count: Int, bits: Int, _ word: (Int) -> UInt32, into number: (_ place: Int, _ value: UInt8) -> Void
  ) {
    let mask = UInt64(1 << bits - 1)
    var buffer: UInt64 = 0
    var filled = 0
    var index = 0
    for place in 0..<count {
      if filled < bits {
        buffer |= UInt64(word(index)) << UInt64(filled)
        index += 1
        filled += 32
      }
      number(place, UInt8(truncatingIfNeeded: buffer & mask))
      buffer >>= UInt64(bits)
      filled -= bits
    }
  }

  /// The rows of a matrix of codes, each packed from its first column on: `[rows, words]`, little-endian.
  static func rows(_ codes: borrowing Codes, bits: Int, on workers: Workers) -> [UInt8] {
    let words = count(codes.columns, bits: bits)
    var packed = RowMajor<UInt32>(rows: codes.rows, columns: words)
    packed.withDisjointRows { packed in
      workers.forEach(codes.rows) { row in
        var target = packed.row(row)
        let codes = codes.row(row)
        for start in stride(from: 0, to: codes.count, by: 32) {
          let first = start / 32 * bits
          pack(min(32, codes.count - start), bits: bits) {
            codes[start + $0]
          } into: {
            target[first + $0] = $1
          }
        }
      }
    }
    return bytes(packed)
  }

  /// The reverse for some rows: `[range.count, columns]`.
  static func codes(
    _ bytes: RawSpan, rows range: Range<Int>, columns: Int, bits: Int, on workers: Workers
  ) -> Codes {
    let words = count(columns, bits: bits)
    var codes = Codes(rows: range.count, columns: columns)
    codes.withDisjointRows { codes in
      workers.forEach(range.count) { row in
        var target = codes.row(row)
        let base = (range.lowerBound + row) * words
        for start in stride(from: 0, to: columns, by: 32) {
          let first = base + start / 32 * bits
          unpack(min(32, columns - start), bits: bits) {
            bytes.littleEndian(UInt32.self, at: 4 * (first + $0))
          } into: {
            target[start + $0] = $1
          }
        }
      }
    }
    return codes
  }

  /// Words as bytes.
  static func bytes(_ words: borrowing RowMajor<UInt32>) -> [UInt8] {
    let source = words.elements
    return [UInt8](unsafeUninitializedCapacity: 4 * source.count) { buffer, count in
      for index in 0..<source.count {
        let word = source[unchecked: index]
        for byte in 0..<4 {
          buffer.initializeElement(at: 4 * index + byte, to: UInt8(truncatingIfNeeded: word >> UInt32(8 * byte)))
        }
      }
      count = 4 * source.count
    }
  }
}

/// Numbers as the bytes of tensors.
enum TensorBytes {
  /// As half precision, `[rows, columns]` or, if asked for, `[columns, rows]`.
  static func float16(_ matrix: borrowing Matrix, transposed: Bool = false) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(2 * matrix.count)
    for outer in 0..<(transposed ? matrix.columns : matrix.rows) {
      for inner in 0..<(transposed ? matrix.rows : matrix.columns) {
        bytes.append(littleEndian: Float16(transposed ? matrix[inner, outer] : matrix[outer, inner]).bitPattern)
      }
    }
    return bytes
  }

  static func float32(_ values: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values { bytes.append(littleEndian: value.bitPattern) }
    return bytes
  }

  static func int32(_ values: [Int32]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(4 * values.count)
    for value in values { bytes.append(littleEndian: value) }
    return bytes
  }
}
