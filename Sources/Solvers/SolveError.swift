/// Why no codes were found.
package enum SolveError: Error, Equatable, CustomStringConvertible {
  /// No damping in the ladder made the Hessian positive definite.
  case notPositiveDefinite(columns: Int, dampings: [Float])
  /// The solver works on the whole Hessian, and only its diagonal is known.
  case needsHessian
  /// The solver moves offsets, and the type has none.
  case needsOffsets(solver: String, type: String)
  /// Grids are to be fitted one block of columns after the other, and the type fits all rows together.
  case sharedGrid(type: String)
  /// The objective of the solution is not a number.
  case notFinite(columns: Int)
  /// Weights and statistics do not fit together.
  case shape(columns: Int, statistics: Int)
  /// Weights and the metric of their outputs do not fit together.
  case outputs(rows: Int, statistics: Int)

  package var description: String {
    switch self {
    case .notPositiveDefinite(let columns, let dampings):
      """
      the Hessian of its \(columns) inputs is not positive definite, even with a damping of \
      \(dampings.last.map { "\($0)" } ?? "0") (tried \(dampings.map { "\($0)" }.joined(separator: ", "))); \
      calibrate on more or more varied text, or use `solver: rtn` for this tensor
      """
    case .needsHessian:
      "is to be solved under a Hessian, but nothing more than its diagonal is known; calibrate on text, or use `rtn`"
    case .needsOffsets(let solver, let type):
      "is to be solved by `\(solver)`, which moves offsets, and \(type) has none; use an asymmetric type, or `rtn`"
    case .sharedGrid(let type):
      "is to be solved with `grids: reached`, and \(type) has parameters that rows share; use `grids: beforehand`"
    case .notFinite(let columns):
      """
      solving under the Hessian of its \(columns) inputs gave values that are not finite; \
      look for activations that overflow, or use `solver: rtn` for this tensor
      """
    case .shape(let columns, let statistics):
      "has \(columns) columns, but the statistics are of \(statistics) inputs"
    case .outputs(let rows, let statistics):
      "has \(rows) rows, but the gradients are of \(statistics) outputs"
    }
  }
}
