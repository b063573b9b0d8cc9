import ArgumentParser
import LinearAlgebra
import Schemes
import Tensors

/// How fast every type is fitted to weights and packed.
struct TypesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "types", abstract: "Millions of weights a second: fitting grids, rounding to them, packing, unpacking."
  )

  @OptionGroup var options: BenchOptions
  @Argument(help: "Types; those of GGUF files and a few integers by default.")
  var names: [String] = []

  struct Row: Encodable {
    let type: String
    /// Nil for types without a grid.
    let fit: Double?
    let round: Double?
    let pack: Double
    let unpack: Double
  }

  struct Report: Encodable {
    let core: String
    let workers: Int
    let types: [Row]
  }

  private static let rows = 1024
  private static let columns = 4096

  func run() throws {
    let workers = options.workers
    let weights = gaussianMatrix(rows: Self.rows, columns: Self.columns, seed: 7, on: workers)
    let names = names.isEmpty ? WeightFormats.writable.map(\.name) + Self.integers : names
    var rows: [Row] = []
    for name in names {
      guard let format = WeightFormats.named(name, columns: Self.columns) else {
        throw ValidationError("\(name): no such type for rows of \(Self.columns)")
      }
      rows.append(measure(format, weights, on: workers))
    }
    try report(Report(core: BLAS.coreName, workers: workers.count, types: rows))
  }

  /// Of the many integer types those that checkpoints use most.
  private static let integers = ["int4_g128", "int4_g128_asym", "int8_row", "int3_g64_asym", "int2_g64_bias"]

  private func measure(_ format: any WeightFormat, _ weights: borrowing Matrix, on workers: Workers) -> Row {
    let millions = Double(weights.count) * 1e-6
    var values = Matrix(rows: weights.rows, columns: weights.columns)
    func unpacking(_ packed: borrowing PackedRows) -> Double {
      options.fastest {
        values.withDisjointRows { values in
          workers.forEach(values.rows) { row in
            var target = values.row(row)
            format.unpack(packed.row(row).bytes, into: &target)
          }
        }
      }
    }
    guard let scheme = format as? any Scheme else {
      guard let floats = format as? any FloatFormat else { preconditionFailure("a type that nothing packs") }
      let packing = options.fastest { _ = floats.pack(weights, on: workers) }
      let packed = floats.pack(weights, on: workers)
      return Row(
        type: format.name, fit: nil, round: nil, pack: millions / packing, unpack: millions / unpacking(packed))
    }
    let importance = (0..<weights.columns).map { 0.5 + Float($0 % 7) }
    let fitting = options.fastest { _ = scheme.fit(weights, importance: importance, on: workers) }
    let grid = scheme.fit(weights, importance: importance, on: workers)
    let rounding = options.fastest { _ = grid.nearestCodes(weights, on: workers) }
    let codes = grid.nearestCodes(weights, on: workers)
    let packing = options.fastest { _ = scheme.pack(codes, grid, on: workers) }
    let packed = scheme.pack(codes, grid, on: workers)
    return Row(
      type: format.name, fit: millions / fitting, round: millions / rounding, pack: millions / packing,
      unpack: millions / unpacking(packed))
  }
}
