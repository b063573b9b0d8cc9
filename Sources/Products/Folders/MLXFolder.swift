import Checkpoints
import JSON
import Schemes

/// Checkpoints of MLX, affine or of four-bit floats: the tables too, where they are given a type.
struct MLXFolder: FolderContainer {
  let floats: FolderFloats = .f16

  var name: String { "mlx" }
  var types: [String] {
    IntegerType.names(
      bits: [4, 8, 3, 2, 6], groups: [.columns(64), .columns(128), .columns(32)], zeros: [.bias])
      + [MXFP4().name, NVFP4().name]
  }
  var runtime: RuntimeUse { .mlx }

  func nearest(to format: any WeightFormat) -> String? {
    NearestType.name(
      to: format, among: format is IntegerScheme ? types.filter { IntegerType.named($0) != nil } : types)
  }

  var storedAs: String { "packed by MLX" }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    let (rows, columns) = (tensor.spec.rows, tensor.spec.columns)
    if let mode = MLXFloats(rawValue: tensor.format.name) {
      return MLXFloatLayout(rows: rows, columns: columns, mode: mode)
    }
    return tensor.integers.map { type, columnsPerGroup in
      MLXLayout(rows: rows, columns: columns, groups: columns / columnsPerGroup, bits: type.bits)
    }
  }

  /// One description of all, and those of modules that differ under their names.
  func settings(_ plan: ProductPlan) -> JSONMembers {
    let usual = plan.tensors.filter { $0.isLinear && $0.isQuantized }.map(\.format.name).mostFrequent
    var description = Self.description(usual)
    for tensor in plan.tensors where tensor.isQuantized && tensor.format.name != usual {
      guard let module = tensor.moduleName else { continue }
      description.set(module, .object(Self.description(tensor.format.name)))
    }
    var settings = JSONMembers()
    settings.set("quantization", .object(description))
    settings.set("quantization_config", .object(description))
    return settings
  }

  private static func description(_ name: String?) -> JSONMembers {
    let floats = name.flatMap { MLXFloats(rawValue: $0) }
    let integers = name.flatMap { IntegerType.named($0) }
    var description = JSONMembers()
    description.set("group_size", .integer(floats?.columnsPerGroup ?? integers?.groupSize ?? 64))
    description.set("bits", .integer(floats?.bits ?? integers?.bits ?? 4))
    description.set("mode", .string(floats?.rawValue ?? "affine"))
    return description
  }
}
