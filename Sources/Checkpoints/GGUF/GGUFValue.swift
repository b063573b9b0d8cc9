/// The types of metadata values (`enum gguf_type`).
package enum GGUFValueType: UInt32, Sendable, CaseIterable {
  case uint8, int8, uint16, int16, uint32, int32, float32, bool, string, array, uint64, int64, float64

  /// Bytes of the shortest value of the type: what a count of elements is checked against before anything is read.
  var minimumSize: Int {
    switch self {
    case .uint8, .int8, .bool: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .uint64, .int64, .float64, .string: 8
    case .array: 12
    }
  }
}

/// A value of a GGUF file's metadata.
package enum GGUFValue: SettingValue, Sendable, Equatable {
  case uint8(UInt8)
  case int8(Int8)
  case uint16(UInt16)
  case int16(Int16)
  case uint32(UInt32)
  case int32(Int32)
  case float32(Float)
  case bool(Bool)
  case string(String)
  case array(GGUFArray)
  case uint64(UInt64)
  case int64(Int64)
  case float64(Double)

  /// An array of strings.
  package static func strings(_ values: [String]) -> GGUFValue {
    .array(.string, values.map { .string($0) })
  }

  /// An array of values that are all of the type.
  package static func array(_ type: GGUFValueType, _ values: [GGUFValue]) -> GGUFValue {
    .array(GGUFArray(type, values))
  }

  package var type: GGUFValueType {
    switch self {
    case .uint8: .uint8
    case .int8: .int8
    case .uint16: .uint16
    case .int16: .int16
    case .uint32: .uint32
    case .int32: .int32
    case .float32: .float32
    case .bool: .bool
    case .string: .string
    case .array: .array
    case .uint64: .uint64
    case .int64: .int64
    case .float64: .float64
    }
  }

  /// The value of any integer type, if it fits an `Int`.
  package var asInteger: Int? {
    switch self {
    case .uint8(let value): Int(value)
    case .int8(let value): Int(value)
    case .uint16(let value): Int(value)
    case .int16(let value): Int(value)
    case .uint32(let value): Int(value)
    case .int32(let value): Int(value)
    case .uint64(let value): Int(exactly: value)
    case .int64(let value): Int(exactly: value)
    case .float32, .bool, .string, .array, .float64: nil
    }
  }

  /// The value of any integer or floating-point type.
  package var asNumber: Double? {
    switch self {
    case .float32(let value): Double(value)
    case .float64(let value): value
    default: asInteger.map(Double.init)
    }
  }

  package var asString: String? { if case .string(let value) = self { value } else { nil } }
  package var asBool: Bool? { if case .bool(let value) = self { value } else { nil } }
  package var asArray: GGUFArray? { if case .array(let values) = self { values } else { nil } }

  /// What this value is, for error messages and listings.
  package var summary: String {
    switch self {
    case .string(let value): value.utf8.count <= 60 ? "\"\(value)\"" : "a string of \(value.utf8.count) bytes"
    case .array(let values): "an array of \(values.count) \(values.type)"
    case .bool(let value): "\(value)"
    case .float32(let value): "\(value)"
    default: asInteger.map { "\($0)" } ?? asNumber.map { "\($0)" } ?? "\(type)"
    }
  }
}
