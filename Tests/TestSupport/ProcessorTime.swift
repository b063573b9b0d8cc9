import Foundation

/// How long this thread computes. Unlike the clock on the wall it does not run on while other programs have the processor, so a
/// limit on it holds on a busy machine too.
package enum ProcessorTime {
  /// Seconds that this thread has computed.
  package static var seconds: Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }

  /// Seconds that a piece of work takes of this thread.
  package static func measure(_ work: () throws -> Void) rethrows -> Double {
    let start = seconds
    try work()
    return seconds - start
  }
}
