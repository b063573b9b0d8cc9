import Foundation
import Pipeline
import Synchronization

/// Shows how far a run has come: a bar with rate and time left on a terminal, plain lines otherwise.
final class ProgressLine: Sendable {
  private struct State {
    var stage: Stage?
    var started = ContinuousClock.now
    var isDrawn = false
  }

  private let state = Mutex(State())
  private let isWatched = Terminal.isWatched

  /// Takes note of an event and draws it.
  func show(_ event: RunEvent) {
    state.withLock { state in
      switch event {
      case .began(let stage, let steps):
        begin(stage, steps, &state)
      case .advanced(let stage, let done, let total, let detail):
        if state.stage != stage { begin(stage, total, &state) }
        let seconds = (ContinuousClock.now - state.started).inSeconds
        if isWatched {
          draw(Self.bar(stage, done, total, seconds: seconds, width: Terminal.width), &state)
          if done == total { finishLine(&state) }
        } else if done == total {
          Terminal.complain("\(stage.rawValue): \(total == 1 ? "done" : "\(total) steps") in \(seconds.asDuration)")
        } else if !detail.isEmpty {
          Terminal.complain("\(stage.rawValue): \(done) of \(total), \(detail)")
        }
      case .warning(let message):
        finishLine(&state)
        Terminal.complain(message)
      }
    }
  }

  private func begin(_ stage: Stage, _ steps: Int, _ state: inout State) {
    finishLine(&state)
    state.stage = stage
    state.started = .now
    if isWatched { draw(Self.bar(stage, 0, steps, seconds: 0, width: Terminal.width), &state) }
  }

  private func draw(_ text: String, _ state: inout State) {
    FileHandle.standardError.write(Data("\r\u{1B}[2K\(text)".utf8))
    state.isDrawn = true
  }

  private func finishLine(_ state: inout State) {
    if state.isDrawn { FileHandle.standardError.write(Data("\n".utf8)) }
    state.isDrawn = false
  }

  /// Such as `compile  ████████░░░░  12/32  3.1/s  6 s left`, never wider than the terminal.
  static func bar(_ stage: Stage, _ done: Int, _ total: Int, seconds: Double, width: Int) -> String {
    let head = stage.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
    let tail = " \(done)/\(total)" + pace(done, total, seconds: seconds)
    let room = min(30, width - 1 - head.count - tail.count)
    guard room >= 4 else { return String((head + tail).prefix(max(0, width - 1))) }
    let filled = total > 0 ? room * done / total : room
    return head + String(repeating: "█", count: filled) + String(repeating: "░", count: room - filled) + tail
  }
}

extension ProgressLine {
  /// Rate and time left, as far as the steps that are done tell them.
  private static func pace(_ done: Int, _ total: Int, seconds: Double) -> String {
    guard done > 0, seconds > 0 else { return "" }
    let rate = Double(done) / seconds
    let speed = total > 1 ? String(format: "  %.1f/s", rate) : ""
    return speed + (done == total ? "  in \(seconds.asDuration)" : "  \((Double(total - done) / rate).asDuration) left")
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Double {
  /// Seconds as `0.4 s`, `12 s`, `3 min 20 s` or `2 h 5 min`.
  var asDuration: String {
    if self < 10 { return String(format: "%.1f s", self) }
    let whole = Int(self.rounded())
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}
