import Foundation
import Pipeline
import Synchronization

/// Shows how far a run has come: on a terminal one line that moves every second, and plain lines elsewhere.
final class ProgressLine: Sendable {
  private struct State {
    var progress: RunProgress
    var stageBegan = 0.0
    var isDrawn = false
    var isOver = false
  }

  private let state: Mutex<State>
  private let started = ContinuousClock.now
  private let style = ProgressStyle.ofTerminal

  init(_ forecast: RunForecast) {
    state = Mutex(State(progress: RunProgress(forecast)))
    guard style != .lines else { return }
    Thread.detachNewThread { [weak self] in
      repeat { Thread.sleep(forTimeInterval: 1) } while self?.redraw() ?? false
    }
  }

  private var elapsed: Double { (ContinuousClock.now - started).inSeconds }

  /// The run of another variant begins.
  func begin(_ part: Int) {
    state.withLock { $0.progress.begin(part, at: elapsed) }
  }

  /// Takes note of an event and draws it.
  func show(_ event: RunEvent) {
    state.withLock { state in
      let now = elapsed
      switch event {
      case .warning(let message), .note(let message):
        erase(&state)
        Terminal.complain(message)
        return
      case .began, .advanced, .skipped, .working: break
      }
      let stage = state.progress.stage
      state.progress.note(event, at: now)
      if state.progress.stage != stage { state.stageBegan = now }
      if style == .lines { tell(event, state, now) } else { draw(&state, now) }
    }
  }

  /// Prints something else while the line is away.
  func aside(_ print: () -> Void) {
    state.withLock { state in
      erase(&state)
      print()
    }
  }

  /// Takes the line away for good.
  func finish() {
    state.withLock { state in
      erase(&state)
      state.isOver = true
    }
  }

  /// - Returns: whether there will be more to draw.
  private func redraw() -> Bool {
    state.withLock { state in
      if !state.isOver { draw(&state, elapsed) }
      return !state.isOver
    }
  }

  private func draw(_ state: inout State, _ now: Double) {
    let line = style.line(state.progress.figures(at: now), elapsed: now, width: Terminal.width)
    FileHandle.standardError.write(Data("\r\u{1B}[2K\(line)".utf8))
    state.isDrawn = true
  }

  private func erase(_ state: inout State) {
    if state.isDrawn { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
    state.isDrawn = false
  }

  /// A line for each block that is done, and for each stage at its end.
  private func tell(_ event: RunEvent, _ state: State, _ now: Double) {
    guard case .advanced(let stage, let done, let total, let detail) = event else { return }
    if done == total {
      let seconds = now - state.stageBegan
      Terminal.complain("\(stage.rawValue): \(total == 1 ? "done" : "\(total) steps") in \(seconds.asDuration)")
    } else if !detail.isEmpty {
      let left = state.progress.figures(at: now).left.map { ", \($0.asDuration) left of the run" } ?? ""
      Terminal.complain("\(stage.rawValue): \(done) of \(total), \(detail)\(left)")
    }
  }
}

/// How progress is drawn.
enum ProgressStyle {
  /// One line after the other, for files, pipes and terminals that cannot go back.
  case lines
  /// A line that is drawn again and again, of letters that every terminal has.
  case plain
  case blocks

  static var ofTerminal: ProgressStyle {
    let environment = ProcessInfo.processInfo.environment
    guard Terminal.isWatched, !["dumb", ""].contains(environment["TERM"] ?? "") else { return .lines }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
    return locale.lowercased().replacing("-", with: "").contains("utf8") ? .blocks : .plain
  }

  /// Such as `1:05  ████████░░░░░░  42 %  1 min 20 s left  block 3 of 30, attn_q`, narrower than the terminal.
  func line(_ figures: RunProgress.Figures, elapsed: Double, width: Int) -> String {
    let percent = "\(Int(100 * figures.fraction)) %"
    let left = figures.left.map { "  \($0.asRoughDuration) left" } ?? ""
    let tail = "  \(percent)\(left)  \(figures.words)"
    let head = "\(elapsed.asClock)  "
    let room = min(24, width - 1 - head.count - tail.count)
    guard room >= 6 else { return String((head + tail.dropFirst(2)).prefix(max(0, width - 1))) }
    let filled = Int(Double(room) * figures.fraction)
    let (full, empty) = self == .blocks ? ("█", "░") : ("#", ".")
    return head + String(repeating: full, count: filled) + String(repeating: empty, count: room - filled) + tail
  }
}

extension Duration {
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Double {
  /// Seconds as `0.4 s`, `12 s`, `3 min 20 s` or `2 h 5 min`.
  var asDuration: String {
    if self < 10 { return String(format: "%.1f s", self) }
    return asRoughDuration
  }

  /// Seconds as `12 s`, `3 min 20 s` or `2 h 5 min`.
  var asRoughDuration: String {
    let whole = Int(self.rounded())
    if whole < 120 { return "\(whole) s" }
    if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// Seconds as `0:05`, `12:34` or `1:02:03`.
  var asClock: String {
    let whole = Int(self)
    let tail = String(format: "%02d", whole % 60)
    guard whole >= 3600 else { return "\(whole / 60):\(tail)" }
    return "\(whole / 3600):" + String(format: "%02d", whole % 3600 / 60) + ":\(tail)"
  }
}
