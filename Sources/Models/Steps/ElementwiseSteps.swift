import LinearAlgebra
import Tensors

/// Takes an edge apart: some columns, and those after them, and so on; or so each of its heads.
package struct Split: Step {
  package let from: Edge
  /// With their columns in all heads.
  package let parts: [(to: Edge, columns: Int)]
  package let heads: Int

  package init(_ from: Edge, into parts: [(to: Edge, columns: Int)], heads: Int = 1) {
    (self.from, self.parts, self.heads) = (from, parts, heads)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { parts.map { ($0.to, $0.columns) } }
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? {
    ranges.first { $0.to == edge }.map { ChannelSource(edge: from, columns: $0.columns.flatMap(Array.init)) }
  }

  /// The columns of each part, in each head.
  var ranges: [(to: Edge, columns: [Range<Int>])] {
    let width = parts.reduce(0) { $0 + $1.columns / heads }
    var first = 0
    return parts.map { part in
      let own = part.columns / heads
      defer { first += own }
      return (part.to, (0..<heads).map { $0 * width + first..<$0 * width + first + own })
    }
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let whole = run.read(from)
    for (edge, ranges) in ranges { run.write(Self.columns(ranges, of: whole.matrix), to: edge) }
  }

  private static func columns(_ ranges: [Range<Int>], of matrix: borrowing Matrix) -> Matrix {
    var result = Matrix(uninitializedRows: matrix.rows, columns: ranges.reduce(0) { $0 + $1.count })
    for row in 0..<matrix.rows {
      let source = matrix.row(row)
      var target = result.mutableRow(row)
      var first = 0
      for range in ranges {
        for column in 0..<range.count {
          target[unchecked: first + column] = source[unchecked: range.lowerBound + column]
        }
        first += range.count
      }
    }
    return result
  }
}

/// activation(gate) · up, or the activation alone.
package struct Activate: Step {
  package let activation: Activation
  package let gate: Edge
  package let up: Edge?
  package let to: Edge

  package init(_ activation: Activation, _ gate: Edge, times up: Edge? = nil, to: Edge) {
    (self.activation, self.gate, self.up, self.to) = (activation, gate, up, to)
  }

  package var reads: [Edge] { [gate] + (up.map { [$0] } ?? []) }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[gate] ?? 0)] }
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? {
    up.map { ChannelSource(edge: $0, columns: Array(0..<(columns[$0] ?? 0))) }
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var product = run.take(gate)
    if let up {
      activation.gate(&product, run.read(up).matrix, on: run.workers)
    } else {
      activation.apply(to: &product, on: run.workers)
    }
    run.write(product, to: to)
  }
}

/// Two edges, one element times the other.
package struct Multiply: Step {
  package let values: Edge
  package let factors: Edge
  package let to: Edge

  package init(_ values: Edge, by factors: Edge, to: Edge) {
    (self.values, self.factors, self.to) = (values, factors, to)
  }

  package var reads: [Edge] { [values, factors] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[values] ?? 0)] }
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? {
    ChannelSource(edge: values, columns: Array(0..<(columns[values] ?? 0)))
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var product = run.take(values)
    pairRows(&product, run.read(factors).matrix, on: run.workers) { combine(&$0, $1) { $0 * $1 } }
    run.write(product, to: to)
  }
}

/// The residual stream and a branch.
package struct Add: Step {
  package let stream: Edge
  package let branch: Edge
  package let to: Edge

  package init(_ stream: Edge, _ branch: Edge, to: Edge) {
    (self.stream, self.branch, self.to) = (stream, branch, to)
  }

  package var reads: [Edge] { [stream, branch] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[stream] ?? 0)] }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var sum = run.take(stream)
    add(run.read(branch).matrix, to: &sum, on: run.workers)
    run.write(sum, to: to)
  }
}

/// An edge times a number.
package struct Scale: Step {
  package let factor: Float
  package let from: Edge
  package let to: Edge

  package init(_ from: Edge, by factor: Float, to: Edge) {
    (self.from, self.factor, self.to) = (from, factor, to)
  }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }
  package func source(of edge: Edge, _ columns: [Edge: Int]) -> ChannelSource? {
    ChannelSource(edge: from, columns: Array(0..<(columns[from] ?? 0)))
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    var product = run.take(from)
    product.multiply(by: factor)
    run.write(product, to: to)
  }
}
