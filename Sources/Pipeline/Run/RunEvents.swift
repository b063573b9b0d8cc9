/// What a run does, in the order in which it does it.
package enum Stage: String, Sendable, CaseIterable, Codable {
  case open
  /// Measures what bits are worth, where a product says only how many there are on average.
  case allot
  /// Runs part of the calibration text forward and back.
  case gradients
  case compile
  case tables
  case validate
  case publish
}

/// What a run tells whoever watches it.
package enum RunEvent: Sendable {
  /// A stage starts; it will take so many steps.
  case began(Stage, steps: Int)
  /// A step is done. `detail` names what comes next, such as a block.
  case advanced(Stage, done: Int, of: Int, detail: String)
  /// So many steps of a stage were done by an earlier run.
  case skipped(Stage, done: Int, of: Int)
  /// What is being done within a step, such as a matrix.
  case working(String)
  /// Something to know that stops nothing.
  case warning(String)
  /// What the run does otherwise than its reader may think.
  case note(String)
}

/// Whoever watches a run.
package typealias RunObserver = @Sendable (RunEvent) -> Void
