import LinearAlgebra
import Tensors

/// Keeps an edge within ± a limit.
package struct Clamp: Step {
  package let limit: Float
  package let from: Edge
  package let to: Edge

  package init(_ from: Edge, limit: Float, to: Edge) {
    (self.from, self.limit, self.to) = (from, limit, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var values = run.take(from)
    let limit = limit
    values.forEachRow(on: run.workers) { _, row in
      for index in 0..<row.count {
        let x = row[unchecked: index]
        row[unchecked: index] = x > limit ? limit : x < -limit ? -limit : x
      }
    }
    run.write(values, to: to)
  }

  package func adjoint(_ back: Backward, _ observe: Backward.Observer) {
    var gradient = back.take(to)
    let limit = limit
    pairRows(&gradient, back.run.read(from).matrix, on: back.run.workers) {
      combine(&$0, $1) { abs($1) < limit ? $0 : 0 }
    }
    back.add(gradient, to: from)
  }
}
