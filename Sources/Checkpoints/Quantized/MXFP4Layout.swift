import Schemes
import Tensors

/// Matrices of checkpoints that hold four-bit floating-point numbers in groups of 32, each under a power of two.
///
/// compressed-tensors' `mxfp4-pack-quantized`: `weight_packed` u8 `[rows, columns / 2]`, the first number in the low nibble, and
/// `weight_scale` u8 `[rows, columns / 32]`, the exponent plus 127. Source: compressed-tensors, `compressors/mxfp4`.
enum MXFP4Layout {
  static let columnsPerGroup = 32

  /// - Throws: what is wrong with which tensor.
  static func read(_ reader: PartReader, inputs: StoredInputs?) throws(CheckpointError) -> ScaledCodes {
    let packed = try reader.required("weight_packed", type: ["U8"])
    let shape = try FP4Codes.shape(packed, columnsPerGroup: columnsPerGroup)
    let grid = try ScaleGrid(
      reader.required("weight_scale", type: ["U8", "F8_E8M0"]), of: shape, block: (1, columnsPerGroup),
      "an exponent for each row and \(columnsPerGroup) columns")
    return ScaledCodes("mxfp4", packed, .float(.e2m1), shape: shape, grid, inputs: inputs)
  }
}
