import ArgumentParser
import Foundation
import LinearAlgebra
import Tensors

/// Measures the parts of Planish on this machine. Each command prints one JSON document; `scripts/bench` runs them beside other
/// programs and writes docs/performance.md.
@main
struct Bench: ParsableCommand {
  /// As the program that is measured.
  static func main() {
    BLAS.restartWithWidestKernels()
    Heap.keepsFreedMemory()
    main(nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measures the parts of Planish on this machine.",
    subcommands: [PeakCommand.self, SolverCommand.self, TypesCommand.self, ModelCommand.self, CheckpointCommand.self])
}

/// What every measurement takes.
struct BenchOptions: ParsableArguments {
  @Option(help: "Threads to use.")
  var jobs: Int?
  @Option(help: "Times that each thing is done; the fastest counts.")
  var runs = 3

  var workers: Workers { jobs.map { Workers(count: $0) } ?? .all }

  /// Seconds of the fastest of `runs` calls, after one that is not counted where there is more than one.
  func fastest(_ body: () throws -> Void) rethrows -> Double {
    let clock = ContinuousClock()
    if runs > 1 { try body() }
    var best = Double.infinity
    for _ in 0..<max(1, runs) {
      let duration = try clock.measure(body)
      best = min(best, Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18)
    }
    return best
  }
}

/// Prints a value as one JSON document.
func report(_ value: some Encodable) throws {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
  print(String(decoding: try encoder.encode(value), as: UTF8.self))
}

/// Independent numbers of a normal distribution, the same on every run.
struct Gaussian {
  private var random: SplitMix64

  init(seed: UInt64) { random = SplitMix64(seed: seed) }

  /// Box and Muller's transform of two uniform numbers gives two.
  mutating func pair() -> (Float, Float) {
    let bits = random.next()
    let radius = (-2 * log((Float(bits >> 40) + 0.5) * 0x1p-24)).squareRoot()
    let angle = 2 * Float.pi * Float((bits & 0xFF_FFFF)) * 0x1p-24
    return (radius * cos(angle), radius * sin(angle))
  }

  mutating func fill(_ values: inout MutableSpan<Float>, scale: Float = 1) {
    var index = 0
    while index < values.count {
      let (first, second) = pair()
      values[index] = first * scale
      if index + 1 < values.count { values[index + 1] = second * scale }
      index += 2
    }
  }
}

/// A matrix of normal numbers; every row has a seed of its own.
func gaussianMatrix(rows: Int, columns: Int, seed: UInt64, on workers: Workers) -> Matrix {
  var matrix = Matrix(rows: rows, columns: columns)
  matrix.withDisjointRows { matrix in
    workers.forEach(rows) { row in
      var gaussian = Gaussian(seed: seed &* 1_000_003 &+ UInt64(row))
      var values = matrix.row(row)
      gaussian.fill(&values)
    }
  }
  return matrix
}
