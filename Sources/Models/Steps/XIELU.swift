import Foundation
import LinearAlgebra
import Tensors

/// The expanded integral of the exponential linear unit: p x² + β x above 0, and n (e^min(x, ε) − 1 − x) + β x elsewhere, with
/// p = ln(1 + e^αₚ) and n = β + ln(1 + e^αₙ).
///
/// Huang and Schlag, "Deriving Activation Functions Using Integration" (2024), section 3.
package struct XIELU: Step {
  /// Of one layer, as files have them.
  package struct Numbers: Sendable, Equatable {
    /// αₚ
    package var positive: Float
    /// αₙ
    package var negative: Float
    /// β
    package var slope: Float
    /// ε
    package var limit: Float

    package init(positive: Float, negative: Float, slope: Float, limit: Float) {
      (self.positive, self.negative, self.slope, self.limit) = (positive, negative, slope, limit)
    }
  }

  package let numbers: Numbers
  package let from: Edge
  package let to: Edge

  package init(_ numbers: Numbers, _ from: Edge, to: Edge) {
    (self.numbers, self.from, self.to) = (numbers, from, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var values = run.take(from)
    let curve = Curve(numbers)
    values.forEachRow(on: run.workers) { _, row in
      for index in 0..<row.count { row[unchecked: index] = curve.value(row[unchecked: index]) }
    }
    run.write(values, to: to)
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    let curve = Curve(numbers)
    pairRows(&gradient, back.run.read(from).matrix, on: back.run.workers) {
      combine(&$0, $1) { $0 * curve.derivative($1) }
    }
    back.add(gradient, to: from)
  }

  /// The function of one value.
  private struct Curve: Sendable {
    private let square: Float
    private let below: Float
    private let slope: Float
    private let limit: Float

    init(_ numbers: Numbers) {
      square = log1pf(expf(numbers.positive))
      below = numbers.slope + log1pf(expf(numbers.negative))
      (slope, limit) = (numbers.slope, numbers.limit)
    }

    @inline(__always)
    func value(_ x: Float) -> Float {
      let linear = slope * x
      return x > 0 ? square * x * x + linear : (expm1f(x < limit ? x : limit) - x) * below + linear
    }

    @inline(__always)
    func derivative(_ x: Float) -> Float {
      guard x <= 0 else { return 2 * square * x + slope }
      return ((x < limit ? expf(x) : 0) - 1) * below + slope
    }
  }
}
