import Schemes

/// The element types of the safetensors format (`Dtype` in the reference implementation).
enum SafetensorsType: String, CaseIterable {
  case float64 = "F64"
  case float32 = "F32"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int64 = "I64"
  case int32 = "I32"
  case int16 = "I16"
  case int8 = "I8"
  case uint64 = "U64"
  case uint32 = "U32"
  case uint16 = "U16"
  case uint8 = "U8"
  case bool = "BOOL"
  case complex64 = "C64"
  case float8E4M3 = "F8_E4M3"
  case float8E5M2 = "F8_E5M2"
  case float8E8M0 = "F8_E8M0"
  case float6E2M3 = "F6_E2M3"
  case float6E3M2 = "F6_E3M2"
  case float4 = "F4"

  /// Bits of one element. A tensor as a whole must fill whole bytes.
  var bits: Int {
    switch self {
    case .float64, .int64, .uint64, .complex64: 64
    case .float32, .int32, .uint32: 32
    case .float16, .bfloat16, .int16, .uint16: 16
    case .int8, .uint8, .bool, .float8E4M3, .float8E5M2, .float8E8M0: 8
    case .float6E2M3, .float6E3M2: 6
    case .float4: 4
    }
  }

  /// How weights of this type are read: those that models are trained and published in.
  ///
  /// - Parameter shape: rows that begin inside of a byte are not read.
  func storage(shape: [Int]) -> TensorStorage {
    switch self {
    case .float32: .weights(F32())
    case .float16: .weights(F16())
    case .bfloat16: .weights(BF16())
    case .float8E4M3: .weights(SmallFloats(.e4m3))
    case .float8E5M2: .weights(SmallFloats(.e5m2))
    case .float8E8M0: .weights(SmallFloats(.e8m0))
    case .float4 where (shape.last ?? 1) % 2 == 0: .weights(SmallFloats(.e2m1))
    default: .other(rawValue)
    }
  }
}
