import Schemes

/// The type of the numbers that a folder holds plainly.
package enum FolderFloats: String, Sendable, CaseIterable {
  case f16
  case bf16
  case f32
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
