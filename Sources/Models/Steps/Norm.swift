import LinearAlgebra
import Tensors

/// Brings each row, or each head of it, to one size.
package struct Norm: Step {
  package enum Kind: Sendable, Equatable {
    case rootMeanSquare
    /// With the mean taken off first, and a bias.
    case layer
    case layerWithoutBias
    case layerWithoutWeights

    var takesMean: Bool { self != .rootMeanSquare }
    package var hasWeights: Bool { self != .layerWithoutWeights }
  }

  package let role: Role
  package let kind: Kind
  package let epsilon: Float
  package let from: Edge
  package let to: Edge
  /// Components of a head, where each is normed by itself, all with the same weights.
  package let headSize: Int?
  /// How many equal runs of columns are normed by themselves, each with weights of its own.
  package let groups: Int
  /// Whether an earlier step of the block norms with the same weights.
  package var isRepeated = false

  /// - Precondition: there is one group, or root mean squares are normed.
  package init(
    _ role: Role, _ kind: Kind, epsilon: Float, from: Edge, to: Edge, headSize: Int? = nil, groups: Int = 1
  ) {
    precondition(groups == 1 || kind == .rootMeanSquare, "groups of a norm that takes means")
    (self.role, self.kind, self.epsilon, self.headSize) = (role, kind, epsilon, headSize)
    (self.from, self.to, self.groups) = (from, to, groups)
  }

  /// The role of its bias, where it has one.
  package var bias: Role? { kind == .layer ? role.bias : nil }

  package var reads: [Edge] { [from] }
  package func writes(_ columns: [Edge: Int]) -> [(edge: Edge, columns: Int)] { [(to, columns[from] ?? 0)] }
  package func tensors(_ columns: [Edge: Int]) -> [BlockTensor] {
    guard kind.hasWeights else { return [] }
    return [role, bias].compactMap(\.self).map {
      BlockTensor(role: $0, columns: headSize ?? columns[from] ?? 0, isRepeated: isRepeated)
    }
  }

  package func run(_ run: StepRun, _ observe: StepRun.Observer) {
    let bias = bias.map { run.weights[$0] }
    run.write(
      kind.norm(run.read(from).matrix, weights(in: run).matrix, bias, groups, epsilon: epsilon, on: run.workers), to: to
    )
  }

  /// What multiplies the columns of a head, or of a row: ones where no tensor does.
  func weights(in run: StepRun) -> SharedMatrix {
    guard kind.hasWeights else { return .ones(columns: headSize ?? run.read(from).matrix.columns) }
    return run.weights[role]
  }
}

extension Norm.Kind {
  package func norm(
    _ x: borrowing Matrix, _ weight: borrowing Matrix, _ bias: SharedMatrix?, _ groups: Int = 1, epsilon: Float,
    on workers: Workers
  ) -> Matrix {
    switch (self, bias) {
    case (.rootMeanSquare, _): return rmsNorm(x, weight, groups: groups, epsilon: epsilon, on: workers)
    case (.layer, let bias?): return layerNorm(x, weight, bias.matrix, epsilon: epsilon, on: workers)
    case (.layerWithoutBias, _), (.layerWithoutWeights, _):
      return layerNorm(x, weight, Matrix(rows: 1, columns: x.columns), epsilon: epsilon, on: workers)
    case (.layer, nil): preconditionFailure("a layer norm has a bias")
    }
  }
}

extension SharedMatrix {
  /// A row that multiplies by nothing.
  static func ones(columns: Int) -> SharedMatrix { SharedMatrix(Matrix(rows: 1, columns: columns, repeating: 1)) }
}
