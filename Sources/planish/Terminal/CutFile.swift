import Foundation

/// A file that is cut short while it is read.
///
/// Weights are mapped, not copied. Where another program truncates a mapped file, or its disk fails, the kernel has no bytes
/// to give and raises SIGBUS; there is no call that could return an error. So the program says what happened and ends as
/// failed. Nothing that it was writing has its final name then, and the next run removes what is left under other names.
enum CutFile {
  static func install() {
    var action = sigaction()
    // Only what POSIX allows in a handler: no memory is reserved and no lock is taken.
    action.__sigaction_handler.sa_handler = { _ in
      let message: StaticString = """
        planish: error: a file that is being read was cut short by another program, or its disk failed; run again when it is whole

        """
      _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount)
      _exit(1)
    }
    sigaction(SIGBUS, &action, nil)
  }
}
