import ArgumentParser
import LinearAlgebra
import Schemes
import Solvers
import Tensors

/// Seconds of GPTQ for single layers of large models.
struct SolverCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "solver", abstract: "Seconds of GPTQ for one layer: the factor of the Hessian, and the sweep.")

  @OptionGroup var options: BenchOptions
  @Option(parsing: .upToNextOption, help: "Shapes of layers, outputs x inputs.")
  var shapes = ["2048x2048", "4096x4096", "4096x11008"]
  @Option(help: "The integer type to solve for.")
  var type = "int4_g128"
  @Option(help: "Rounds of coordinate descent.")
  var sweeps = 0
  @Option(help: "Refits of the grid.")
  var refits = 0

  struct Layer: Encodable {
    let rows: Int
    let columns: Int
    let factorSeconds: Double
    let solveSeconds: Double
  }

  struct Report: Encodable {
    let core: String
    let workers: Int
    let type: String
    let sweeps: Int
    let refits: Int
    let layers: [Layer]
  }

  func run() throws {
    var layers: [Layer] = []
    for shape in shapes {
      let sides = shape.split(separator: "x").compactMap { Int($0) }
      guard sides.count == 2, let scheme = WeightFormats.named(type, columns: sides[1]) as? any Scheme else {
        throw ValidationError("\(shape), \(type): expected a shape such as 4096x11008 and a type with codes")
      }
      layers.append(try measure(rows: sides[0], columns: sides[1], scheme))
    }
    try report(
      Report(
        core: BLAS.coreName, workers: options.workers.count, type: type, sweeps: sweeps, refits: refits, layers: layers)
    )
  }

  private func measure(rows: Int, columns: Int, _ scheme: any Scheme) throws -> Layer {
    let workers = options.workers
    let weights = gaussianMatrix(rows: rows, columns: columns, seed: 1, on: workers)
    let statistics = Self.statistics(columns, on: workers)
    let solver = GPTQ(sweeps: sweeps, refits: refits)
    // Every call has statistics of its own, so that the factor is computed anew.
    var whole = Double.infinity
    var sweep = Double.infinity
    for _ in 0..<options.runs {
      var once = options
      once.runs = 1
      let fresh = ActivationStatistics(hessian: statistics.copy(), tokens: 1)
      whole = min(whole, try once.fastest { _ = try solver.solve(weights, scheme, fresh, on: workers) })
      sweep = min(sweep, try once.fastest { _ = try solver.solve(weights, scheme, fresh, on: workers) })
    }
    return Layer(rows: rows, columns: columns, factorSeconds: max(0, whole - sweep), solveSeconds: sweep)
  }

  /// A Hessian of inputs that depend on each other: normal numbers, each with half of its neighbour.
  private static func statistics(_ columns: Int, on workers: Workers) -> Matrix {
    var gram = GramMatrix(size: columns)
    var x = gaussianMatrix(rows: columns + columns / 4, columns: columns, seed: 5, on: workers)
    x.withDisjointRows { x in
      workers.forEach(x.rows) { row in
        var values = x.row(row)
        for column in 1..<columns { values[column] += 0.5 * values[column - 1] }
      }
    }
    gram.add(x, on: workers)
    return gram.finished(on: workers)
  }
}
