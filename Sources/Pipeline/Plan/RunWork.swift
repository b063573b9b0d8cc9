/// The floating-point operations of a run, by the stages that take them: what time is foretold from.
package struct RunWork: Sendable, Equatable {
  /// Part of the calibration text, forward and back.
  package var gradients = 0.0
  /// Trying what bits are worth.
  package var allot = 0.0
  /// Blocks: passes of the calibration text, sums of outer products, factors, solving.
  package var compile = 0.0
  /// The output matrix and the embedding table.
  package var tables = 0.0
  /// Passes of the original and of all products over texts and questions.
  package var validate = 0.0

  package var total: Double { gradients + allot + compile + tables + validate }

  /// What a stage takes; nothing for one that only opens or names files.
  package func operations(of stage: Stage) -> Double {
    switch stage {
    case .gradients: gradients
    case .allot: allot
    case .compile: compile
    case .tables: tables
    case .validate: validate
    case .open, .publish: 0
    }
  }

  static func + (first: RunWork, second: RunWork) -> RunWork {
    RunWork(
      gradients: first.gradients + second.gradients,
      allot: first.allot + second.allot, compile: first.compile + second.compile, tables: first.tables + second.tables,
      validate: first.validate + second.validate)
  }
}
