import Tensors

/// An array of a GGUF file's metadata: the bytes that the file holds, and the type that tells how to read them.
///
/// Values take 32 bytes each where they are alone; an array of Booleans takes one.
package struct GGUFArray: Sendable, Equatable, RandomAccessCollection {
  package let type: GGUFValueType
  package let count: Int
  /// The elements as a file stores them.
  let bytes: [UInt8]
  /// Where each element starts, for strings and arrays; elements of other types are all of one size.
  private let starts: [Int]

  package var startIndex: Int { 0 }
  package var endIndex: Int { count }

  /// - Precondition: the bytes hold `count` valid elements of the type, which start at `starts` where their sizes differ.
  init(_ type: GGUFValueType, count: Int, bytes: [UInt8], starts: [Int]) {
    self.type = type
    self.count = count
    self.bytes = bytes
    self.starts = starts
  }

  /// - Precondition: all values are of the type.
  package init(_ type: GGUFValueType, _ values: some Sequence<GGUFValue>) {
    var bytes: [UInt8] = []
    var starts: [Int] = []
    var count = 0
    for value in values {
      if type.fixedSize == nil { starts.append(bytes.count) }
      bytes.append(gguf: value)
      count += 1
    }
    self.init(type, count: count, bytes: bytes, starts: starts)
  }

  package subscript(index: Int) -> GGUFValue {
    precondition(indices.contains(index), "an element that is there")
    let start = type.fixedSize.map { index * $0 } ?? starts[index]
    return Self.value(type, bytes.span.bytes, at: start).value
  }

  /// The value that starts at a place, and where it ends. The bytes were checked as they were read.
  private static func value(
    _ type: GGUFValueType, _ bytes: borrowing RawSpan, at start: Int
  ) -> (value: GGUFValue, end: Int) {
    func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> T { bytes.littleEndian(T.self, at: start) }
    let end = start + type.minimumSize
    switch type {
    case .uint8: return (.uint8(integer(UInt8.self)), end)
    case .int8: return (.int8(integer(Int8.self)), end)
    case .uint16: return (.uint16(integer(UInt16.self)), end)
    case .int16: return (.int16(integer(Int16.self)), end)
    case .uint32: return (.uint32(integer(UInt32.self)), end)
    case .int32: return (.int32(integer(Int32.self)), end)
    case .uint64: return (.uint64(integer(UInt64.self)), end)
    case .int64: return (.int64(integer(Int64.self)), end)
    case .float32: return (.float32(Float(bitPattern: integer(UInt32.self))), end)
    case .float64: return (.float64(Double(bitPattern: integer(UInt64.self))), end)
    case .bool: return (.bool(integer(UInt8.self) == 1), end)
    case .string:
      let length = Int(integer(UInt64.self))
      let text = bytes.extracting(start + 8..<start + 8 + length)
        .withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
      return (.string(text), start + 8 + length)
    case .array:
      let type = GGUFValueType(rawValue: integer(UInt32.self)) ?? .uint8
      let count = Int(bytes.littleEndian(UInt64.self, at: start + 4))
      var values: [GGUFValue] = []
      var place = start + 12
      for _ in 0..<count {
        let (value, end) = value(type, bytes, at: place)
        values.append(value)
        place = end
      }
      return (.array(GGUFArray(type, values)), place)
    }
  }
}

extension GGUFValueType {
  /// Bytes of every value of the type, or nil where they differ.
  var fixedSize: Int? { self == .string || self == .array ? nil : minimumSize }
}
