import Checkpoints
import Schemes

/// What runtimes round the inputs of quantized matrices to under scales that they compute as the model runs.
package enum DynamicInputs: String, Sendable, Equatable {
  /// Eight-bit integers under a scale for each token.
  case int8Token = "int8_token"
  /// E4M3 where weights are, under a scale for each token, or for each of its groups where weights have blocks.
  case fp8

  /// How what a matrix of a type reads is rounded; nil where it is left as it is.
  package func quantization(for format: any WeightFormat) -> InputQuantization? {
    guard format is any Scheme else { return nil }
    switch self {
    case .int8Token: return .perToken()
    case .fp8:
      guard let weights = format as? FP8 else { return nil }
      return .floats(FloatInputs(.e4m3, weights.type == .block ? .perGroup(FP8Type.blockSide) : .perToken()))
    }
  }
}
