import LinearAlgebra
import Pipeline
import Schemes
import Solvers
import Spec
import TestSupport
import Tensors
import Testing

/// What must hold of every solver that a pipeline file can name, whatever it computes.
struct SolverLawTests {
  /// A solver as a pipeline file asks for it.
  struct Asked: Sendable, CustomTestStringConvertible {
    let text: String
    let solver: any Solver

    var testDescription: String { text }
  }

  /// Every registered solver, and those of its options that make another method of it.
  static let solvers: [Asked] = {
    let texts =
      Registries.all.solvers.names
      + [
        "{gptq: {order: natural, grids: reached}}", "{gptq: {groups: activation}}", "{gptq: {sweeps: 0, refits: 0}}",
        "{gptq: {order: natural, refits: 3}}",
      ]
    return texts.compactMap { text in
      let file = TinyPipeline { $0.quantize = "{solver: \(text), type: q4_0}" }.yaml
      return (try? PipelineText.solver(file)).map { Asked(text: text, solver: $0) }
    }
  }()

  /// Types whose grids have offsets, so that all solvers take them: stored in full, in half precision, as integers, in levels of levels.
  static let types = ["int4_g32_asym", "int3_g64_bias", "q4_1", "q2_k"]

  private let workers = Workers(count: 2)

  @Test func everySolverIsThere() {
    #expect(Self.solvers.count == Registries.all.solvers.names.count + 4)
    #expect(Set(Self.solvers.map(\.solver.name)).isSuperset(of: Registries.all.solvers.names))
  }

  /// Weights, and the second moments of inputs that depend on each other.
  private struct Layer {
    let weights: SharedMatrix
    let statistics: ActivationStatistics

    init(rows: Int, columns: Int, tokens: Int = 600, seed: UInt64 = 1) {
      var random = SeededRandom(seed: seed)
      weights = SharedMatrix(random.gaussianMatrix(rows: rows, columns: columns))
      var inputs = random.gaussianMatrix(rows: tokens, columns: columns)
      let sizes = (0..<columns).map { _ in Float.random(in: 0.3...3, using: &random) }
      for token in 0..<tokens {
        let common = random.gaussian()
        for column in 0..<columns { inputs[token, column] = (inputs[token, column] + 0.7 * common) * sizes[column] }
      }
      var gram = GramMatrix(size: columns)
      gram.add(inputs, on: Workers(count: 2))
      statistics = ActivationStatistics(gram, on: Workers(count: 2))
    }
  }

  /// What a solver decided for each row: codes and the grid that gives them meaning.
  private struct Decision: Equatable {
    let codes: [UInt8]
    let grid: GridRow
  }

  private func decisions(
    _ solver: any Solver, _ scheme: any Scheme, _ weights: borrowing Matrix, _ statistics: ActivationStatistics
  ) throws -> [Decision] {
    let solution = try solver.solve(weights, scheme, statistics, on: workers)
    return (0..<weights.rows).map { row in
      Decision(codes: solution.codes.copy(rows: row..<row + 1).array(), grid: solution.grid.rows[row])
    }
  }

  /// Checks that rows were decided alike, but for ties: a kernel may add up a row at the edge of a tile in another order than one inside,
  /// and where two codes are equally good the last bit decides. What follows in such a row then follows another code, to an error that is as
  /// small. One row of fifty may.
  private func expectSame(
    _ found: [Decision], _ expected: [Decision], of weights: SharedMatrix, _ statistics: ActivationStatistics,
    _ scheme: any Scheme, _ comment: Comment? = nil
  ) {
    func error(_ decision: Decision, row: Int) -> Double {
      let columns = decision.codes.count
      let grid = Grid(levels: scheme.levels, columnsPerGroup: scheme.columnsPerGroup, rows: [decision.grid])
      let values = grid.values(Codes(rows: 1, columns: columns, decision.codes)).array()
      let change = values.indices.map { Double(values[$0] - weights.matrix[row, $0]) }
      return (0..<columns).reduce(0) { sum, i in
        sum + change[i] * (0..<columns).reduce(0) { $0 + Double(statistics.hessian[i, $1]) * change[$1] }
      }
    }
    #expect(found.count == expected.count, comment)
    let others = found.indices.filter { found[$0] != expected[$0] }
    #expect(others.count <= max(1, found.count / 50), comment)
    for row in others {
      let ratio = error(found[row], row: row) / error(expected[row], row: row)
      #expect((0.8...1.25).contains(ratio), comment)
    }
  }

  private func scheme(_ type: String, columns: Int) throws -> any Scheme {
    try #require(WeightFormats.named(type, columns: columns) as? any Scheme)
  }

  /// Rows are solved by themselves: in another order they come out in that order. More rows than fill a tile.
  @Test(arguments: solvers, types)
  func rowsInAnotherOrderAreThoseRowsInThatOrder(_ asked: Asked, type: String) throws {
    let layer = Layer(rows: 150, columns: 256)
    let scheme = try scheme(type, columns: 256)
    let order = (0..<150).map { ($0 * 67 + 11) % 150 }
    let plain = try decisions(asked.solver, scheme, layer.weights.matrix, layer.statistics)
    let turned = Matrix(rows: 150, columns: 256) { layer.weights.matrix[order[$0], $1] }
    let other = try decisions(asked.solver, scheme, turned, layer.statistics)
    expectSame(other, order.map { plain[$0] }, of: SharedMatrix(turned), layer.statistics, scheme)
  }

  /// A row of zeros, and one of large weights, take nothing from the others.
  @Test(arguments: solvers, types)
  func anotherRowChangesNoRow(_ asked: Asked, type: String) throws {
    let layer = Layer(rows: 40, columns: 256, seed: 2)
    let scheme = try scheme(type, columns: 256)
    let plain = try decisions(asked.solver, scheme, layer.weights.matrix, layer.statistics)
    for added in [Float(0), 100] {
      let longer = Matrix(rows: 41, columns: 256) { $0 == 7 ? added : layer.weights.matrix[$0 < 7 ? $0 : $0 - 1, $1] }
      var other = try decisions(asked.solver, scheme, longer, layer.statistics)
      let own = other.remove(at: 7)
      expectSame(other, plain, of: layer.weights, layer.statistics, scheme, "beside a row of \(added)")
      guard added == 0 else { continue }
      let values = Grid(levels: scheme.levels, columnsPerGroup: scheme.columnsPerGroup, rows: [own.grid])
        .values(Codes(rows: 1, columns: 256, own.codes))
      #expect(values.array().allSatisfy { $0 == 0 })
    }
  }

  /// Four times the second moments are the same inputs, twice as large: nothing that is chosen depends on their unit. Powers of four, so
  /// that factors, which are roots, scale exactly too.
  @Test(arguments: solvers, types)
  func theUnitOfInputsDoesNotMatter(_ asked: Asked, type: String) throws {
    let layer = Layer(rows: 20, columns: 256, seed: 3)
    let scheme = try scheme(type, columns: 256)
    let plain = try decisions(asked.solver, scheme, layer.weights.matrix, layer.statistics)
    for factor in [Float(0x1p-20), 0x1p-2, 0x1p2, 0x1p20] {
      let statistics = layer.statistics
      let scaled = ActivationStatistics(
        hessian: Matrix(rows: 256, columns: 256) { statistics.hessian[$0, $1] * factor }, tokens: statistics.tokens)
      let other = try decisions(asked.solver, scheme, layer.weights.matrix, scaled)
      #expect(other == plain, "times \(factor)")
    }
  }

  /// Solved in the order of activation, a matrix has the codes of the one whose columns stand in that order and are solved in theirs.
  @Test(arguments: [(0, 0), (3, 0)])
  func theOrderOfColumnsIsThatOfTheSortedMatrix(sweeps: Int, refits: Int) throws {
    let layer = Layer(rows: 30, columns: 96, seed: 4)
    let scheme = WholeRows()
    let sizes = (0..<96).map { layer.statistics.hessian[$0, $0] }
    let order = (0..<96).sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
    let sorted = Matrix(rows: 30, columns: 96) { layer.weights.matrix[$0, order[$1]] }
    let statistics = ActivationStatistics(
      hessian: Matrix(rows: 96, columns: 96) { layer.statistics.hessian[order[$0], order[$1]] },
      tokens: layer.statistics.tokens)
    let plain = try decisions(
      GPTQ(order: .activation, sweeps: sweeps, refits: refits), scheme, layer.weights.matrix, layer.statistics)
    let natural = try decisions(GPTQ(order: .natural, sweeps: sweeps, refits: refits), scheme, sorted, statistics)
    for row in 0..<30 { #expect(natural[row].codes == order.map { plain[row].codes[$0] }, "row \(row)") }
  }

  /// Of two inputs that are always equal only the sum of their weights matters. With nothing else to depend on, what rounding the first
  /// leaves is taken up by the second: the sum is off by half a step at most, and not by two halves.
  @Test(arguments: [ColumnOrder.natural, .activation], [0, 2])
  func equalInputsMakeUpForEachOther(order: ColumnOrder, sweeps: Int) throws {
    let columns = 64
    var random = SeededRandom(seed: 5)
    let weights = SharedMatrix(random.gaussianMatrix(rows: 50, columns: columns))
    let hessian = Matrix(rows: columns, columns: columns) { $0 / 2 == $1 / 2 ? Float(1 + $0 / 2) : 0 }
    let statistics = ActivationStatistics(hessian: hessian, tokens: 1)
    let solution = try GPTQ(damping: 1e-4, order: order, sweeps: sweeps, refits: 0).solve(
      weights.matrix, WholeRows(), statistics, on: workers)
    let values = SharedMatrix(solution.grid.values(solution.codes))
    let nearest = SharedMatrix(solution.grid.values(solution.grid.nearestCodes(weights.matrix)))
    var beyond = 0
    for row in 0..<50 {
      let step = solution.grid.rows[row].scales[0]
      for pair in 0..<columns / 2 {
        func off(_ values: SharedMatrix) -> Float {
          func sum(_ matrix: SharedMatrix) -> Float { matrix.matrix[row, 2 * pair] + matrix.matrix[row, 2 * pair + 1] }
          return abs(sum(values) - sum(weights)) / step
        }
        #expect(off(values) < 0.51, "row \(row), pair \(pair)")
        if off(nearest) > 0.51 { beyond += 1 }
      }
    }
    #expect(beyond > 100, "rounding alone is off by more than half a step in a quarter of all sums")
  }

  /// Columns that say the same leave a Hessian of half the rank, which no solver trips over.
  @Test(arguments: solvers, types)
  func columnsThatAreThereTwiceDoNoHarm(_ asked: Asked, type: String) throws {
    let half = Layer(rows: 20, columns: 128, seed: 6)
    let doubled = Matrix(rows: 20, columns: 256) { half.weights.matrix[$0, $1 / 2] }
    let statistics = ActivationStatistics(
      hessian: Matrix(rows: 256, columns: 256) { half.statistics.hessian[$0 / 2, $1 / 2] },
      tokens: half.statistics.tokens)
    let solution = try asked.solver.solve(doubled, try scheme(type, columns: 256), statistics, on: workers)
    #expect(solution.grid.values(solution.codes).firstNonFinite() == nil)
    #expect(solution.record.error.isFinite)
    if asked.solver.name == "gptq" { #expect(solution.record.error < solution.record.roundingError) }
  }
}

/// The solver of a pipeline file.
private enum PipelineText {
  static func solver(_ yaml: String) throws -> any Solver {
    let folder = try TemporaryFolder()
    return try SpecFile.load(path: folder.write("p.yaml", yaml), registries: .all).base.quantize.solver.variant
  }
}

/// Sixteen levels from the smallest to the largest weight of a row, which do not depend on the order of columns.
private struct WholeRows: Scheme {
  var name: String { "test_rows" }
  var levels: Levels { .uniform(lowest: 0, count: 16) }
  var columnsPerGroup: Int { 32 }
  var columnsPerBlock: Int { 32 }
  var bytesPerBlock: Int { 40 }

  func fit(_ weights: Span<Float>, importance: Span<Float>) -> GridRow {
    let values = (0..<weights.count).map { weights[$0] }
    let (low, high) = (values.min() ?? 0, values.max() ?? 0)
    let groups = weights.count / columnsPerGroup
    return GridRow(
      scales: [Float](repeating: (high - low) / 15, count: groups), offsets: [Float](repeating: -low, count: groups))
  }

  func pack(_ codes: Span<UInt8>, _ grid: GridRow, into bytes: inout ByteWriter) {
    for column in 0..<codes.count {
      if column % columnsPerGroup == 0 {
        bytes.append(grid.scales[column / columnsPerGroup].bitPattern)
        bytes.append(grid.offsets[column / columnsPerGroup].bitPattern)
      }
      bytes.append(codes[column])
    }
  }

  func unpack(_ bytes: RawSpan, into values: inout MutableSpan<Float>) {
    for index in 0..<values.count {
      let start = index / columnsPerGroup * bytesPerBlock
      let scale = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start))
      let offset = Float(bitPattern: bytes.littleEndian(UInt32.self, at: start + 4))
      values[index] = scale * Float(bytes.littleEndian(UInt8.self, at: start + 8 + index % columnsPerGroup)) - offset
    }
  }
}
