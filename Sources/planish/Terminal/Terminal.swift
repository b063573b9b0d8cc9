import Checkpoints
import Foundation
import JSON

/// Where people and programs read: results on standard output, everything else on standard error. What goes out here holds
/// texts from files, so nothing in it may command the terminal.
enum Terminal {
  /// Writes a line to standard error.
  static func complain(_ message: String) {
    FileHandle.standardError.write(Self.line(message))
  }

  /// Writes a result to standard output.
  static func answer(_ text: String) {
    FileHandle.standardOutput.write(Self.line(text))
  }

  private static func line(_ text: String) -> Data {
    Data(((text.hasSuffix("\n") ? text : text + "\n").disarmed).utf8)
  }

  /// Asks a person for one line.
  ///
  /// - Returns: nil where the answer is the default.
  static func ask(_ question: String, default usual: String) -> String? {
    FileHandle.standardError.write(Data("\(question) [\(usual)]: ".disarmed.utf8))
    guard let answer = readLine()?.trimmingCharacters(in: .whitespaces), !answer.isEmpty else { return nil }
    return answer
  }

  /// Whether a person watches standard error.
  static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

  /// Characters in a line of the terminal behind standard error.
  static var width: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
