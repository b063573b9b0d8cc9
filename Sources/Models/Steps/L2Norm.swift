import LinearAlgebra
import Tensors

/// Brings each head to one length: factor · x / √(Σ x² + ε).
package struct L2Norm: Step {
  package let headSize: Int
  package let epsilon: Float
  package let factor: Float
  package let from: Edge
  package let to: Edge

  package init(_ from: Edge, headSize: Int, epsilon: Float, times factor: Float = 1, to: Edge) {
    (self.headSize, self.epsilon, self.factor) = (headSize, epsilon, factor)
    (self.from, self.to) = (from, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var heads = run.take(from)
    let (size, epsilon, factor) = (headSize, epsilon, factor)
    heads.forEachRow(on: run.workers) { _, values in
      for start in stride(from: 0, to: values.count, by: size) {
        let squares = laneSum(size) { values[unchecked: start &+ $0] * values[unchecked: start &+ $0] }
        let scale = factor / (squares + epsilon).squareRoot()
        for column in 0..<size { values[unchecked: start &+ column] *= scale }
      }
    }
    run.write(heads, to: to)
  }

  /// y = f x / l with l² = Σ x² + ε is turned back by f (g − x Σ g x / l²) / l.
  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    let (size, epsilon, factor) = (headSize, epsilon, factor)
    let heads = back.run.read(from)
    pairRows(&gradient, heads.matrix, on: back.run.workers) { slopes, values in
      for start in stride(from: 0, to: values.count, by: size) {
        let squares = laneSum(size) { values[unchecked: start &+ $0] * values[unchecked: start &+ $0] } + epsilon
        let along = laneSum(size) { values[unchecked: start &+ $0] * slopes[unchecked: start &+ $0] } / squares
        let scale = factor / squares.squareRoot()
        for column in start..<start + size {
          slopes[unchecked: column] = scale * (slopes[unchecked: column] - values[unchecked: column] * along)
        }
      }
    }
    back.add(gradient, to: from)
  }
}
