import Tensors

/// Reads the values of a GGUF header one after the other. Every length is checked against what is left of the file
/// before a byte is read or reserved.
struct GGUFCursor {
  let file: MappedFile
  /// Bytes read so far.
  private(set) var offset = 0

  /// Nesting of arrays that is still followed. Files in the wild do not nest.
  static let maximumDepth = 4

  init(_ file: MappedFile) {
    self.file = file
  }

  private var remaining: Int { file.count - offset }

  func error(_ part: CheckpointError.Part, found: String, expected: String) -> CheckpointError {
    .malformed(path: file.path, part: part, found: "\(found) at byte \(offset)", expected: expected)
  }

  /// An integer, low byte first.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, _ part: CheckpointError.Part
  ) throws(CheckpointError) -> T {
    let size = MemoryLayout<T>.size
    guard remaining >= size else {
      throw error(part, found: "\(remaining) bytes before the end of the file", expected: "\(size)")
    }
    defer { offset += size }
    return file.bytes.littleEndian(T.self, at: offset)
  }

  /// A count of things that take at least `size` bytes each.
  mutating func count(of things: String, size: Int, _ part: CheckpointError.Part) throws(CheckpointError) -> Int {
    let count = try integer(UInt64.self, part)
    guard let count = Int(exactly: count), count <= remaining / size else {
      throw error(
        part, found: "\(count) \(things)",
        expected: "at most the \(remaining / size) that the rest of the file can hold")
    }
    return count
  }

  /// A string: its length and its bytes.
  mutating func string(_ part: CheckpointError.Part) throws(CheckpointError) -> String {
    let length = try count(of: "bytes of text", size: 1, part)
    let end = offset + length
    let text = file.bytes.extracting(offset..<end).withUnsafeBytes { String(validating: $0, as: UTF8.self) }
    guard let text else {
      throw error(part, found: "\(length) bytes that are not UTF-8", expected: "UTF-8")
    }
    offset = end
    return text
  }

  /// A value type.
  mutating func valueType(_ part: CheckpointError.Part) throws(CheckpointError) -> GGUFValueType {
    let number = try integer(UInt32.self, part)
    guard let type = GGUFValueType(rawValue: number) else {
      throw error(part, found: "the value type \(number)", expected: "one from 0 to 12")
    }
    return type
  }

  /// A value of a known type.
  mutating func value(
    _ type: GGUFValueType, _ part: CheckpointError.Part, depth: Int = 0
  ) throws(CheckpointError) -> GGUFValue {
    switch type {
    case .uint8: return .uint8(try integer(UInt8.self, part))
    case .int8: return .int8(try integer(Int8.self, part))
    case .uint16: return .uint16(try integer(UInt16.self, part))
    case .int16: return .int16(try integer(Int16.self, part))
    case .uint32: return .uint32(try integer(UInt32.self, part))
    case .int32: return .int32(try integer(Int32.self, part))
    case .uint64: return .uint64(try integer(UInt64.self, part))
    case .int64: return .int64(try integer(Int64.self, part))
    case .float32: return .float32(Float(bitPattern: try integer(UInt32.self, part)))
    case .float64: return .float64(Double(bitPattern: try integer(UInt64.self, part)))
    case .string: return .string(try string(part))
    case .bool:
      let byte = try integer(UInt8.self, part)
      guard byte <= 1 else { throw error(part, found: "the byte \(byte)", expected: "0 or 1 for a Boolean") }
      return .bool(byte == 1)
    case .array: return try array(part, depth: depth)
    }
  }

  private mutating func array(_ part: CheckpointError.Part, depth: Int) throws(CheckpointError) -> GGUFValue {
    guard depth < Self.maximumDepth else {
      throw error(part, found: "deeper nesting", expected: "at most \(Self.maximumDepth) arrays in each other")
    }
    let type = try valueType(part)
    let count = try count(of: "elements", size: type.minimumSize, part)
    let start = offset
    var starts: [Int] = []
    switch type {
    case .string, .array:
      for _ in 0..<count {
        starts.append(offset - start)
        _ = try value(type, part, depth: depth + 1)
      }
    case .bool: for _ in 0..<count { _ = try value(type, part) }
    default: offset += count * type.minimumSize
    }
    let bytes = file.bytes.extracting(start..<offset).withUnsafeBytes { [UInt8]($0) }
    return .array(GGUFArray(type, count: count, bytes: bytes, starts: starts))
  }
}
