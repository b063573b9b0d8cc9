import Schemes

/// The type of the numbers that a folder holds plainly.
package enum FolderFloats: String, Sendable, CaseIterable {
  case f16
  case bf16
  case f32
}

/// Those that a folder of quantized weights holds beside them: what its readers compute in.
enum ComputeFloats: String, CaseIterable, Sendable {
  case f16
  case bf16

  var floats: FolderFloats { self == .f16 ? .f16 : .bf16 }
}

extension FolderFloats {
  var format: any FloatFormat {
    switch self {
    case .f16: F16()
    case .bf16: BF16()
    case .f32: F32()
    }
  }

  /// In the header of safetensors files.
  var safetensorsName: String { rawValue.uppercased() }

  /// In `config.json`.
  var configurationName: String {
    switch self {
    case .f16: "float16"
    case .bf16: "bfloat16"
    case .f32: "float32"
    }
  }
}
