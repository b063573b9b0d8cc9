import Checkpoints
import Dispatch
import Foundation

/// Ctrl-C and its relatives: what was begun is removed, and the program ends at once.
enum Interruption {
  /// Starts to listen. A second signal while files are being removed changes nothing.
  static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
      source.setEventHandler {
        TemporaryFiles.removeAll {
          Terminal.complain("\nplanish: stopped; nothing was published")
          _exit(number == SIGINT ? ExitStatus.interrupted.rawValue : 128 + number)
        }
      }
      source.resume()
      // The source lives as long as the process.
      _ = Unmanaged.passRetained(source as AnyObject)
    }
  }
}
