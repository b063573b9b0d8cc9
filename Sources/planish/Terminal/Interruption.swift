import Checkpoints
import Dispatch
import Foundation

/// Ctrl-C and its relatives: what was begun is removed, and the program ends at once.
enum Interruption {
  /// Starts to listen. A second signal while files are being removed changes nothing.
  static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      // `nohup` and the like ask that a closed terminal ends nothing.
      if number == SIGHUP, isIgnored(number) { continue }
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
      source.setEventHandler {
        TemporaryFiles.removeAll { published, keepsLog in
          let next = keepsLog ? "; the same command goes on behind the last block that was done" : ""
          Terminal.complain("\nplanish: stopped; \(tell(published))\(next)")
          _exit(number == SIGINT ? ExitStatus.interrupted.rawValue : 128 + number)
        }
      }
      source.resume()
      // The source lives as long as the process.
      _ = Unmanaged.passRetained(source as AnyObject)
    }
  }

  /// What stands under its name by now.
  static func tell(_ published: [String]) -> String {
    published.isEmpty ? "nothing was published" : "published before that: \(published.joined(separator: ", "))"
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    guard sigaction(number, nil, &action) == 0 else { return false }
    // Handlers are no values that can be compared, but SIG_IGN is a number.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
