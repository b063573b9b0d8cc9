import LinearAlgebra
import Tensors

extension ActivationStatistics {
  /// The weights that give, on the inputs of the quantized network, outputs nearest to those of the original network.
  ///
  /// ‖Q X − W X₀‖² is ‖(Q − T) X‖² plus what no Q can change, with T = W X₀ Xᵀ (X Xᵀ)⁻¹ = W + W D H⁻¹ and the drift
  /// D = (X₀ − X) Xᵀ. So solving for T in place of W is asymmetric calibration (Li et al., "GPTAQ: Efficient
  /// Finetuning-Free Quantization for Asymmetric Calibration", 2025), whatever the solver. The damping of H keeps T near W
  /// where the text says little.
  ///
  /// - Parameters:
  ///   - weights: `[rows, columns]`.
  ///   - drift: D, `[columns, columns]`.
  ///   - asymmetry: the share of the way from W to T.
  /// - Returns: the weights between W and T.
  func target(
    _ weights: borrowing Matrix, drift: SharedMatrix, _ conditioned: ConditionedHessian, asymmetry: Float,
    on workers: Workers
  ) -> Matrix {
    let order = conditioned.order
    let shift = sharedProduct(weights, drift.matrix, on: workers)
    var ordered = Matrix(uninitializedRows: shift.rows, columns: shift.columns)
    for row in 0..<shift.rows {
      for (place, column) in order.enumerated() { ordered[row, place] = shift[row, column] }
    }
    sharedSolve(&ordered, factor: conditioned.factor, on: workers)
    var target = weights.copy()
    for row in 0..<target.rows {
      for (place, column) in order.enumerated() { target[row, column] += asymmetry * ordered[row, place] }
    }
    return target
  }
}
