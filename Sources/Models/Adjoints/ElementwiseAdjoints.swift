import Foundation
import LinearAlgebra
import Tensors

extension Linear {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let gradient = back.take(to)
    observe(role, back.run.expert, back.run.read(from).matrix, gradient, back.run.units)
    back.add(back.product(gradient, role), to: from)
  }
}

extension Add {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let gradient = back.take(to)
    back.add(gradient.copy(), to: branch)
    back.add(gradient, to: stream)
  }
}

extension Multiply {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var ofValues = back.take(to)
    var ofFactors = ofValues.copy()
    let (read, workers) = (back.run, back.run.workers)
    pairRows(&ofFactors, read.read(values).matrix, on: workers) { combine(&$0, $1) { $0 * $1 } }
    pairRows(&ofValues, read.read(factors).matrix, on: workers) { combine(&$0, $1) { $0 * $1 } }
    back.add(ofFactors, to: factors)
    back.add(ofValues, to: values)
  }
}

extension Scale {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    gradient.multiply(by: factor)
    back.add(gradient, to: from)
  }
}

extension Split {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    let whole = back.run.read(from)
    var gradient = Matrix(rows: whole.matrix.rows, columns: whole.matrix.columns)
    for (edge, ranges) in ranges {
      let part = back.take(edge)
      for row in 0..<part.rows {
        let source = part.row(row)
        var target = gradient.mutableRow(row)
        var first = 0
        for range in ranges {
          for column in 0..<range.count {
            target[unchecked: range.lowerBound + column] = source[unchecked: first + column]
          }
          first += range.count
        }
      }
    }
    back.add(gradient, to: from)
  }
}

extension Rope {
  /// The way back turns the other way.
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    back.run.tables(rotary).applyTransposed(
      to: &gradient, headSize: headSize, pairs, sequences: back.run.sequences, on: back.run.workers)
    back.add(gradient, to: from)
  }
}

extension Activate {
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var ofGate = back.take(to)
    let (gates, workers) = (back.run.read(gate), back.run.workers)
    if let up {
      var ofUp = ofGate.copy()
      pairRows(&ofUp, gates.matrix, on: workers) { combine(&$0, $1) { $0 * activation.value($1) } }
      pairRows(&ofGate, back.run.read(up).matrix, on: workers) { combine(&$0, $1) { $0 * $1 } }
      back.add(ofUp, to: up)
    }
    pairRows(&ofGate, gates.matrix, on: workers) { combine(&$0, $1) { $0 * activation.derivative($1) } }
    back.add(ofGate, to: gate)
  }
}

extension Activation {
  fileprivate func value(_ x: Float) -> Float {
    switch self {
    case .silu: Curve.silu(x)
    case .geluTanh: Curve.geluTanh(x)
    case .gelu: Curve.gelu(x)
    case .relu: Curve.relu(x)
    case .reluSquared: Curve.reluSquared(x)
    case .sigmoid: Curve.sigmoid(x)
    case .tanh: Curve.tanh(x)
    }
  }

  fileprivate func derivative(_ x: Float) -> Float {
    switch self {
    case .silu:
      let share = 1 / (1 + exponential(-x))
      return share * (1 + x * (1 - share))
    case .geluTanh:
      // x s(2u) with the logistic s: its derivative is s + x s (1 − s) 2u′.
      let u: Float = 0.797_884_56 * (x + 0.044_715 * x * x * x)
      let share = 1 / (1 + exponential(-2 * u))
      return share + x * share * (1 - share) * 2 * 0.797_884_56 * (1 + 3 * 0.044_715 * x * x)
    case .gelu:
      return 0.5 * (1 + erff(x * 0.707_106_77)) + x * 0.398_942_3 * exponential(-0.5 * x * x)
    case .sigmoid:
      let share = Curve.sigmoid(x)
      return share * (1 - share)
    case .tanh:
      let value = Curve.tanh(x)
      return 1 - value * value
    case .relu:
      return x > 0 ? 1 : 0
    case .reluSquared:
      return x > 0 ? 2 * x : 0
    }
  }
}
