import Foundation
import LinearAlgebra
import Tensors

/// Rows that one task handles.
private let rowsPerTile = 64

extension Activation {
  /// `x ← activation(x)`
  package func apply(to x: inout Matrix, on workers: Workers) {
    let rows = x.rows
    x.withDisjointRows { x in
      workers.forEachTile(of: rowsPerTile, in: rows) { tile in
        for row in tile {
          var values = x.row(row)
          apply(to: &values)
        }
      }
    }
  }

  private func apply(to values: inout MutableSpan<Float>) {
    switch self {
    case .silu:
      for index in 0..<values.count {
        let x = values[unchecked: index]
        values[unchecked: index] = x / (1 + exponential(-x))
      }
    case .geluTanh:
      for index in 0..<values.count {
        let x = values[unchecked: index]
        // x/2 · (1 + tanh u) is x / (1 + e⁻²ᵘ).
        let u: Float = 0.797_884_56 * (x + 0.044_715 * x * x * x)
        values[unchecked: index] = x / (1 + exponential(-2 * u))
      }
    case .gelu:
      for index in 0..<values.count {
        let x = values[unchecked: index]
        values[unchecked: index] = 0.5 * x * (1 + erff(x * 0.707_106_77))
      }
    }
  }

  /// `gate ← activation(gate) · up`
  ///
  /// Shazeer, "GLU Variants Improve Transformer" (2020).
  package func gate(_ gate: inout Matrix, _ up: borrowing Matrix, on workers: Workers) {
    if self == .silu { return gateWithSilu(&gate, up, on: workers) }
    apply(to: &gate, on: workers)
    precondition(gate.rows == up.rows && gate.columns == up.columns, "gate and up need equal shapes")
    let rows = gate.rows
    gate.withDisjointRows { gate in
      workers.forEachTile(of: rowsPerTile, in: rows) { tile in
        for row in tile {
          let source = up.row(row)
          var target = gate.row(row)
          for column in 0..<source.count { target[unchecked: column] *= source[unchecked: column] }
        }
      }
    }
  }
}

/// `cap · tanh(x · scale / cap)`, which stays within ± cap.
@inline(__always)
func softCapped(_ x: Float, scale: Float, cap: Float) -> Float {
  // tanh u is 1 − 2 / (1 + e²ᵘ).
  cap - 2 * cap / (1 + exponential(2 * x * scale / cap))
}

/// `x ← factor · x`
func multiply(_ x: inout Matrix, by factor: Float) {
  var elements = x.mutableElements
  for index in 0..<elements.count { elements[unchecked: index] *= factor }
}
