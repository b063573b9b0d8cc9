import Checkpoints
import JSON
import Schemes

/// Checkpoints of MLX, affine: the tables too, where they are given a type.
struct MLXFolder: FolderContainer {
  let floats: FolderFloats = .f16

  var name: String { "mlx" }
  var types: [String] {
    IntegerType.names(
      bits: [4, 8, 3, 2, 6], groups: [.columns(64), .columns(128), .columns(32)], zeros: [.bias])
  }
  var runtime: RuntimeUse { .mlx }
  var storedAs: String { "packed by MLX (affine)" }

  func layout(of tensor: TensorPlan) -> (any MatrixLayout)? {
    tensor.integers.map { type, columnsPerGroup in
      MLXLayout(
        rows: tensor.spec.rows, columns: tensor.spec.columns, groups: tensor.spec.columns / columnsPerGroup,
        bits: type.bits)
    }
  }

  /// One description of all, and those of modules that differ under their names.
  func settings(_ plan: ProductPlan) -> JSONMembers {
    let usual = plan.tensors.filter(\.isLinear).compactMap { $0.integers?.type }.mostFrequent
    var description = Self.description(usual)
    for tensor in plan.tensors {
      guard let type = tensor.integers?.type, type != usual, let module = tensor.moduleName else { continue }
      description.set(module, .object(Self.description(type)))
    }
    var settings = JSONMembers()
    settings.set("quantization", .object(description))
    settings.set("quantization_config", .object(description))
    return settings
  }

  private static func description(_ type: IntegerType?) -> JSONMembers {
    var description = JSONMembers()
    description.set("group_size", .integer(type?.groupSize ?? 64))
    description.set("bits", .integer(type?.bits ?? 4))
    description.set("mode", .string("affine"))
    return description
  }
}
