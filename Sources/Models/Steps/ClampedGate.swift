import LinearAlgebra
import Tensors

/// (u + 1) · g σ(α g), with gate and up kept within a limit first: the gate below it, up on both sides.
///
/// OpenAI, "gpt-oss-120b & gpt-oss-20b Model Card" (2025), section 2.2.
package struct ClampedGate: Step {
  /// Of all layers of a model.
  package struct Numbers: Sendable, Equatable {
    /// By what the gate is multiplied inside the sigmoid.
    package var slope: Float
    package var limit: Float

    package init(slope: Float, limit: Float) {
      (self.slope, self.limit) = (slope, limit)
    }
  }

  package let numbers: Numbers
  package let gate: Edge
  package let up: Edge
  package let to: Edge

  package init(_ numbers: Numbers, _ gate: Edge, times up: Edge, to: Edge) {
    (self.numbers, self.gate, self.up, self.to) = (numbers, gate, up, to)
  }

  package var reads: [Edge] { [gate, up] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[gate] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var product = run.take(gate)
    let numbers = numbers
    pairRows(&product, run.read(up).matrix, on: run.workers) {
      combine(&$0, $1) { numbers.value($0) * (numbers.clamped($1) + 1) }
    }
    run.write(product, to: to)
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var ofGate = back.take(to)
    var ofUp = ofGate.copy()
    let (gates, ups, workers) = (back.run.read(gate), back.run.read(up), back.run.workers)
    let numbers = numbers
    pairRows(&ofUp, gates.matrix, on: workers) { combine(&$0, $1) { $0 * numbers.value($1) } }
    pairRows(&ofUp, ups.matrix, on: workers) { combine(&$0, $1) { abs($1) < numbers.limit ? $0 : 0 } }
    pairRows(&ofGate, ups.matrix, on: workers) { combine(&$0, $1) { $0 * (numbers.clamped($1) + 1) } }
    pairRows(&ofGate, gates.matrix, on: workers) { combine(&$0, $1) { $0 * numbers.derivative($1) } }
    back.add(ofUp, to: up)
    back.add(ofGate, to: gate)
  }
}

extension ClampedGate.Numbers {
  @inline(__always)
  fileprivate func clamped(_ x: Float) -> Float { x > limit ? limit : x < -limit ? -limit : x }

  /// g σ(α g)
  @inline(__always)
  fileprivate func value(_ x: Float) -> Float {
    let x = x > limit ? limit : x
    return x / (1 + exponential(-slope * x))
  }

  @inline(__always)
  fileprivate func derivative(_ x: Float) -> Float {
    let share = 1 / (1 + exponential(-slope * x))
    return x < limit ? share + slope * x * share * (1 - share) : 0
  }
}
