import LinearAlgebra
import Schemes
import Solvers
import TestSupport
import Tensors
import Testing

struct StatisticsTests {
  @Test func theHessianIsTheMeanOuterProduct() {
    var gram = GramMatrix(size: 2)
    gram.add(Matrix(rows: 2, columns: 2, [1, 2, 3, -4]), on: Workers(count: 1))
    let statistics = ActivationStatistics(gram, on: Workers(count: 2))
    #expect(statistics.tokens == 2)
    #expect(statistics.hessian.array() == [5, -5, -5, 10])
    #expect(statistics.importance == [5, 10])
  }

  @Test func silentColumnsKeepALittleImportance() {
    let hessian = Matrix(rows: 4, columns: 4) { $0 == $1 ? [4, 0, 12, 1e-9][$0] : 0 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 3)
    let floor: Float = 1e-6 * (16 + 1e-9) / 4
    #expect(statistics.importance == [4, floor, 12, floor])
  }

  @Test func nothingWasSeen() {
    #expect(ActivationStatistics(GramMatrix(size: 3), on: Workers(count: 2)).importance == [0, 0, 0])
    #expect(ActivationStatistics(GramMatrix(size: 0), on: Workers(count: 2)).importance == [])
  }

  @Test func aConditionedHessianIsMadeOnce() throws {
    let statistics = Problem(rows: 1, columns: 16).statistics
    let conditioning = Conditioning(order: .activation, damping: 0.01)
    let first = try statistics.conditioned(for: conditioning, on: Workers(count: 1))
    #expect(try statistics.conditioned(for: conditioning, on: Workers(count: 1)) === first)
    #expect(
      try statistics.conditioned(for: Conditioning(order: .natural, damping: 0.01), on: Workers(count: 2)) !== first)
    #expect(
      try statistics.conditioned(for: Conditioning(order: .activation, damping: 0.02), on: Workers(count: 2)) !== first)
  }

  @Test(arguments: ColumnOrder.allCases)
  func theConditionedHessianIsTheDampedOneInOrder(order: ColumnOrder) throws {
    let statistics = Problem(rows: 1, columns: 24, dead: [5]).statistics
    let conditioned = try statistics.conditioned(for: Conditioning(order: order, damping: 0.1), on: Workers(count: 2))
    let diagonal = (0..<24).map { statistics.hessian[$0, $0] }
    let mean = diagonal.reduce(0, +) / 24
    #expect(conditioned.order.sorted() == Array(0..<24))
    #expect(conditioned.deadColumns == 1)
    #expect(conditioned.damping == 0.1)
    let expected = conditioned.order.flatMap { a in
      conditioned.order.map { b in
        a != b ? statistics.hessian[a, b] : (a == 5 ? mean : diagonal[a]) + 0.1 * mean
      }
    }
    #expect(relativeDistance(conditioned.hessian.array(), expected) < 1e-6)
  }
}
