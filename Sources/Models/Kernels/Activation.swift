import Foundation
import LinearAlgebra
import Tensors

extension Activation {
  /// `x ← activation(x)`
  package func apply(to x: inout Matrix, on workers: Workers) {
    x.forEachRow(on: workers) { _, values in
      switch self {
      case .silu: for index in 0..<values.count { values[unchecked: index] = Curve.silu(values[unchecked: index]) }
      case .geluTanh:
        for index in 0..<values.count { values[unchecked: index] = Curve.geluTanh(values[unchecked: index]) }
      case .gelu: for index in 0..<values.count { values[unchecked: index] = Curve.gelu(values[unchecked: index]) }
      case .relu: for index in 0..<values.count { values[unchecked: index] = Curve.relu(values[unchecked: index]) }
      case .reluSquared:
        for index in 0..<values.count { values[unchecked: index] = Curve.reluSquared(values[unchecked: index]) }
      case .sigmoid:
        for index in 0..<values.count { values[unchecked: index] = Curve.sigmoid(values[unchecked: index]) }
      case .tanh: for index in 0..<values.count { values[unchecked: index] = Curve.tanh(values[unchecked: index]) }
      }
    }
  }

  /// `gate ← activation(gate) · up`
  ///
  /// Shazeer, "GLU Variants Improve Transformer" (2020).
  package func gate(_ gate: inout Matrix, _ up: borrowing Matrix, on workers: Workers) {
    switch self {
    case .silu: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.silu($0) * $1 } }
    case .geluTanh: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.geluTanh($0) * $1 } }
    case .gelu: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.gelu($0) * $1 } }
    case .relu: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.relu($0) * $1 } }
    case .reluSquared: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.reluSquared($0) * $1 } }
    case .sigmoid: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.sigmoid($0) * $1 } }
    case .tanh: pairRows(&gate, up, on: workers) { combine(&$0, $1) { Curve.tanh($0) * $1 } }
    }
  }
}

/// Activations of one value: small enough to be inlined into every loop.
enum Curve {
  @inline(__always)
  static func silu(_ x: Float) -> Float { x / (1 + exponential(-x)) }

  /// x/2 · (1 + tanh u) is x / (1 + e⁻²ᵘ).
  @inline(__always)
  static func geluTanh(_ x: Float) -> Float {
    let u: Float = 0.797_884_56 * (x + 0.044_715 * x * x * x)
    return x / (1 + exponential(-2 * u))
  }

  @inline(__always)
  static func gelu(_ x: Float) -> Float { 0.5 * x * (1 + erff(x * 0.707_106_77)) }

  @inline(__always)
  static func relu(_ x: Float) -> Float { x > 0 ? x : 0 }

  @inline(__always)
  static func reluSquared(_ x: Float) -> Float { x > 0 ? x * x : 0 }

  @inline(__always)
  static func sigmoid(_ x: Float) -> Float { 1 / (1 + exponential(-x)) }

  @inline(__always)
  static func tanh(_ x: Float) -> Float { tanhf(x) }
}

/// `cap · tanh(x · scale / cap)`, which stays within ± cap.
@inline(__always)
func softCapped(_ x: Float, scale: Float, cap: Float) -> Float {
  // tanh u is 1 − 2 / (1 + e²ᵘ).
  cap - 2 * cap / (1 + exponential(2 * x * scale / cap))
}
