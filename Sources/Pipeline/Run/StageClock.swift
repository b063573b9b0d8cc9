import Synchronization

/// How long a stage took.
package struct StageTime: Sendable, Equatable, Codable {
  package let stage: Stage
  package let seconds: Double

  package init(stage: Stage, seconds: Double) {
    self.stage = stage
    self.seconds = seconds
  }
}

/// Measures stages by their announcements: one lasts until the next begins.
final class StageClock: Sendable {
  private struct State {
    var times: [StageTime] = []
    var current: Stage?
    var since = ContinuousClock.now
  }

  private let state = Mutex(State())

  /// Takes note of an event.
  func note(_ event: RunEvent) {
    guard case .began(let stage, _) = event else { return }
    begin(stage)
  }

  /// Ends the stage that was, and begins another.
  func begin(_ stage: Stage) {
    state.withLock { state in
      Self.close(&state)
      state.current = stage
    }
  }

  /// The stages so far in the order in which they first began, the present one up to now. One that began several times,
  /// such as the validation of several products, is told once, with the sum.
  func times() -> [StageTime] {
    state.withLock { state in
      Self.close(&state)
      return state.times
    }
  }

  private static func close(_ state: inout State) {
    let now = ContinuousClock.now
    defer { state.since = now }
    guard let stage = state.current else { return }
    let seconds = (now - state.since).seconds
    guard let place = state.times.firstIndex(where: { $0.stage == stage }) else {
      state.times.append(StageTime(stage: stage, seconds: seconds))
      return
    }
    state.times[place] = StageTime(stage: stage, seconds: state.times[place].seconds + seconds)
  }
}
