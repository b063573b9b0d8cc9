import ArgumentParser
import LinearAlgebra
import Tensors

/// What BLAS reaches here, and how near our own products come to it.
struct PeakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peak", abstract: "Rates of BLAS products, in billions of operations a second.")

  @OptionGroup var options: BenchOptions
  @Option(help: "Tokens of the layers' inputs.")
  var tokens = 2048

  struct Report: Encodable {
    struct Layer: Encodable {
      let inputs: Int
      let outputs: Int
      let linear: Double
      let gram: Double
    }

    let core: String
    let workers: Int
    /// Every worker multiplies square matrices of its own.
    let sgemm: Double
    let layers: [Layer]
  }

  func run() throws {
    let workers = options.workers
    var layers: [Report.Layer] = []
    for (inputs, outputs) in [(2048, 2048), (4096, 4096), (4096, 11008), (11008, 4096)] {
      let x = gaussianMatrix(rows: tokens, columns: inputs, seed: 1, on: workers)
      let w = gaussianMatrix(rows: outputs, columns: inputs, seed: 2, on: workers)
      let linearSeconds = options.fastest { _ = linear(x, w, on: workers) }
      var gram = GramMatrix(size: inputs)
      let gramSeconds = options.fastest { gram.add(x, on: workers) }
      // Only the operations that are needed: one triangle.
      let useful = Double(tokens) * Double(inputs) * Double(inputs + 1)
      layers.append(
        Report.Layer(
          inputs: inputs, outputs: outputs,
          linear: 2 * Double(tokens) * Double(inputs) * Double(outputs) / linearSeconds * 1e-9,
          gram: useful / gramSeconds * 1e-9))
    }
    try report(
      Report(core: BLAS.coreName, workers: workers.count, sgemm: Self.peak(options, workers), layers: layers))
  }

  /// The rate of independent square products, one on each worker.
  static func peak(_ options: BenchOptions, _ workers: Workers, side: Int = 3072) -> Double {
    let a = gaussianMatrix(rows: side, columns: side, seed: 3, on: workers)
    var results = Matrix(rows: workers.count * side, columns: side)
    let seconds = options.fastest {
      results.withDisjointRows { results in
        workers.forEach(workers.count) { index in
          var target = results.view(rows: index * side..<(index + 1) * side)
          multiply(a.view(), .plain, a.view(), .transposed, into: &target)
        }
      }
    }
    return 2 * Double(workers.count) * Double(side * side) * Double(side) / seconds * 1e-9
  }
}
