import Foundation
import Synchronization

/// A place where a test can end the process or let a call to the system fail: before each call that changes the disk.
///
/// They are compiled into every build, so that what the tests kill is the very program that people run. All that a failpoint can do is to end
/// its own process or to fail as a full disk does, and only where `PLANISH_FAILPOINT` says so; whoever can set that
/// can end the process anyway. docs/reliability.md describes the variable.
enum Failpoint {
  /// What the variable asks for.
  private enum Action {
    /// Writes every step to standard error.
    case list
    /// Ends the process before a step, as `kill -9` does.
    case kill(step: Int)
    /// Fails one step, or it and all later ones, with a number of errno.
    case fail(step: Int, andLater: Bool, code: Int32)
    /// Fails every step of a kind.
    case failAll(kind: String, code: Int32)
  }

  private static let variable = "PLANISH_FAILPOINT"
  private static let actions = actions(ProcessInfo.processInfo.environment[variable] ?? "")
  private static let steps = Atomic<Int>(0)

  /// Passes a step. Answers false where it is to fail, with errno set.
  static func pass(_ kind: String, _ path: String) -> Bool {
    guard !actions.isEmpty else { return true }
    let step = steps.add(1, ordering: .relaxed).newValue
    for action in actions {
      switch action {
      case .list: say("failpoint \(step): \(kind) \(path)")
      case .kill(let last) where step == last:
        kill(getpid(), SIGKILL)
        // The signal may take a moment; nothing may happen until then.
        while true { pause() }
      case .fail(let first, let andLater, let code) where step == first || andLater && step > first:
        errno = code
        return false
      case .failAll(kind, let code):
        errno = code
        return false
      case .kill, .fail, .failAll: break
      }
    }
    return true
  }

  /// Reads a list, parted by commas, of `list`, `kill:STEP`, `fail:STEP:ERRNO`, `fail:STEP+:ERRNO` (from that step on) and
  /// `fail:KIND:ERRNO`.
  private static func actions(_ text: String) -> [Action] {
    text.split(separator: ",").map { part in
      if let action = action(part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)) {
        return action
      }
      // A test that asks for nothing that exists would pass without having tried anything.
      say("\(variable): found \(part), expected list, kill:STEP, fail:STEP:ERRNO, fail:STEP+:ERRNO or fail:KIND:ERRNO")
      exit(2)
    }
  }

  private static func action(_ parts: [String]) -> Action? {
    if parts == ["list"] { return .list }
    if parts.count == 2, parts[0] == "kill", let step = Int(parts[1]), step > 0 { return .kill(step: step) }
    guard parts.count == 3, parts[0] == "fail", let code = Int32(parts[2]), code > 0 else { return nil }
    let isRange = parts[1].hasSuffix("+")
    if let step = Int(isRange ? String(parts[1].dropLast()) : parts[1]) {
      return step > 0 ? .fail(step: step, andLater: isRange, code: code) : nil
    }
    return parts[1].isEmpty ? nil : .failAll(kind: parts[1], code: code)
  }

  private static func say(_ line: String) {
    FileHandle.standardError.write(Data((line + "\n").utf8))
  }
}
