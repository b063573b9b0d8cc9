import Calibration
import Spec

extension Planner {
  /// Says what several processes do not share out yet.
  mutating func noteRanks(_ editions: [Edition]) {
    guard ranks > 1 else { return }
    func note(_ path: String, _ what: String) {
      warnings.append(
        spec.diagnostic(
          at: path,
          "every one of the \(ranks) ranks does all of \(what) by itself: that takes as long as with one rank",
          severity: .warning))
    }
    if spec.calibration?.gradients != nil {
      note("calibrate.gradients", "the backward pass, and solves rows that are coupled by it")
    }
    if editions.contains(where: { $0.averageBits != nil || $0.open != nil }) {
      note("emit", "the trials of types and bits")
    }
    if ranks > Activations.shards {
      warnings.append(
        spec.diagnostic(
          at: "calibrate",
          "found \(ranks) ranks, and the text is cut into \(Activations.shards) shards: more ranks share solving alone",
          severity: .warning))
    }
  }
}
