import Foundation
import LinearAlgebra
import Tensors

/// Keeps of each row what lies far above its mean: max(x − (μ + k σ), 0), with the standard deviation σ of all its columns.
///
/// Where columns are normally distributed, k is the quantile of the share that becomes zero; `transformers` modeling_gemma3n.
package struct GaussianTopK: Step {
  /// k
  package let deviations: Float
  package let from: Edge
  package let to: Edge

  package init(_ from: Edge, deviations: Float, to: Edge) {
    (self.from, self.deviations, self.to) = (from, deviations, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var rows = run.take(from)
    let deviations = deviations
    rows.forEachRow(on: run.workers) { _, values in
      let count = values.count
      let mean = laneSum(count) { values[unchecked: $0] } / Float(count)
      let variance = laneSum(count) { (values[unchecked: $0] - mean) * (values[unchecked: $0] - mean) } / Float(count)
      let cutoff = mean + deviations * variance.squareRoot()
      for index in 0..<count { values[unchecked: index] = max(values[unchecked: index] - cutoff, 0) }
    }
    run.write(rows, to: to)
  }

  /// With h, the gradient where something was kept, and its sum S, what comes back is h − S / n (1 + k (x − μ) / σ).
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    let (rows, kept, deviations) = (back.run.read(from), back.run.read(to), deviations)
    pairRows(&gradient, kept.matrix, on: back.run.workers) { combine(&$0, $1) { $1 > 0 ? $0 : 0 } }
    pairRows(&gradient, rows.matrix, on: back.run.workers) { slopes, values in
      let count = values.count
      let mean = laneSum(count) { values[unchecked: $0] } / Float(count)
      let variance = laneSum(count) { (values[unchecked: $0] - mean) * (values[unchecked: $0] - mean) } / Float(count)
      let sum = laneSum(count) { slopes[unchecked: $0] } / Float(count)
      let slope = variance > 0 ? deviations / variance.squareRoot() : 0
      for index in 0..<count {
        slopes[unchecked: index] -= sum * (1 + slope * (values[unchecked: index] - mean))
      }
    }
    back.add(gradient, to: from)
  }
}

extension GaussianTopK {
  /// How many standard deviations above the mean of a normal distribution a share of it ends.
  ///
  /// - Precondition: the share is above 0 and below 1.
  package static func deviations(above share: Double) -> Float {
    // As single precision has the share, which is what transformers asks for.
    let share = Double(Float(share))
    var range = (below: -40.0, above: 40.0)
    for _ in 0..<200 {
      let middle = (range.below + range.above) / 2
      if erfc(-middle / 2.0.squareRoot()) / 2 < share { range.below = middle } else { range.above = middle }
    }
    return Float(range.above)
  }
}
