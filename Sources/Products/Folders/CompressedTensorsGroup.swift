import Checkpoints
import JSON
import Schemes

/// How compressed-tensors stores the weights of a type, and what its configuration says of them.
struct CompressedTensorsGroup {
  let format: CompressedTensorsSettings.Scheme.Format
  private let kind: Kind

  private enum Kind {
    case integers(IntegerType)
    case fp8(FP8Type)
    case nvfp4
    case mxfp4
  }

  /// The types of floating-point numbers that it holds, the usual one first.
  static let floats = FP8Type.allCases.map(\.rawValue) + [NVFP4Global().name, MXFP4().name]

  /// - Parameter roundsInputs: integers for rounded inputs stand one to a byte.
  init?(_ format: any WeightFormat, roundsInputs: Bool) {
    switch format {
    case let scheme as IntegerScheme:
      (self.format, kind) = (roundsInputs ? .integers : .packed, .integers(scheme.type))
    case let scheme as FP8: (self.format, kind) = (.fp8, .fp8(scheme.type))
    case is NVFP4Global: (self.format, kind) = (.nvfp4, .nvfp4)
    case is MXFP4: (self.format, kind) = (.mxfp4, .mxfp4)
    default: return nil
    }
  }

  /// The tensors of a matrix.
  func layout(rows: Int, columns: Int) -> any MatrixLayout {
    switch kind {
    case .integers(let type):
      if format == .integers { return RowIntegersLayout(rows: rows, columns: columns, scales: .compressedTensors) }
      let groups = type.group == .row ? 1 : columns / type.groupSize
      return CompressedTensorsLayout(
        rows: rows, columns: columns, groups: groups, bits: type.bits, isSymmetric: type.zero == .symmetric)
    case .fp8(let type): return FP8Layout(rows: rows, columns: columns, scales: type.scales)
    case .nvfp4: return NVFP4Layout(rows: rows, columns: columns)
    case .mxfp4: return MXFP4Layout(rows: rows, columns: columns)
    }
  }

  /// What stands under `weights`.
  var weights: JSONValue {
    switch kind {
    case .integers(let type):
      return Self.numbers(
        bits: type.bits, isSymmetric: type.zero == .symmetric, strategy: type.group == .row ? "channel" : "group",
        groupSize: type.group == .row ? nil : type.groupSize)
    case .fp8(let type):
      let strategy = [FP8Type.row: "channel", .tensor: "tensor", .block: "block"][type] ?? "channel"
      let side = JSONValue.integer(FP8Type.blockSide)
      return Self.numbers(
        bits: 8, type: "float", strategy: strategy,
        more: type == .block ? [("block_structure", .array([side, side]))] : [])
    case .nvfp4:
      return Self.numbers(
        bits: 4, type: "float", strategy: "tensor_group", groupSize: NVFP4Global().columnsPerGroup,
        more: [("scale_dtype", .string("torch.float8_e4m3fn"))])
    case .mxfp4:
      return Self.numbers(
        bits: 4, type: "float", strategy: "group", groupSize: MXFP4().columnsPerGroup,
        more: [("scale_dtype", .string("torch.uint8"))])
    }
  }

  /// What stands under `input_activations`.
  func inputs(_ activations: CompressedTensorsFolder.Activations?) -> JSONValue {
    switch activations {
    case nil: return .null
    case .int8: return Self.numbers(bits: 8, strategy: "tensor")
    case .int8Token: return Self.numbers(bits: 8, strategy: "token", isDynamic: true)
    case .fp8:
      if case .fp8(.block) = kind {
        return Self.numbers(
          bits: 8, type: "float", strategy: "group", groupSize: FP8Type.blockSide, isDynamic: true)
      }
      return Self.numbers(bits: 8, type: "float", strategy: "token", isDynamic: true)
    }
  }

  private static func numbers(
    bits: Int, type: String = "int", isSymmetric: Bool = true, strategy: String, groupSize: Int? = nil,
    isDynamic: Bool = false, more: [(key: String, value: JSONValue)] = []
  ) -> JSONValue {
    var numbers = JSONMembers()
    numbers.set("num_bits", .integer(bits))
    numbers.set("type", .string(type))
    numbers.set("symmetric", .bool(isSymmetric))
    numbers.set("strategy", .string(strategy))
    numbers.set("group_size", groupSize.map { .integer($0) } ?? .null)
    numbers.set("dynamic", .bool(isDynamic))
    numbers.set("actorder", .null)
    for (key, value) in more { numbers.set(key, value) }
    return .object(numbers)
  }
}

extension FP8Type {
  /// What weights share a scale, as layouts say it.
  var scales: FP8Scales {
    switch self {
    case .row: .row
    case .tensor: .tensor
    case .block: .block(rows: Self.blockSide, columns: Self.blockSide)
    }
  }
}
