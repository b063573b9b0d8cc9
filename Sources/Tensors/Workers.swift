import Dispatch
import Foundation
import Synchronization

/// How many threads may work at once. It changes the time that a job takes and never its result: the tasks that are
/// handed out depend on the problem alone.
package struct Workers: Sendable {
  package let count: Int

  package init(count: Int) {
    self.count = max(1, count)
  }

  /// One worker for each core that this process may use.
  package static var all: Workers { Workers(count: ProcessInfo.processInfo.activeProcessorCount) }

  /// Runs `body` once for each index below `tasks`, on at most `count` threads, and returns when all are done.
  ///
  /// Bodies run in any order, so each must write only what its index owns (see `DisjointRows`).
  package func forEach(_ tasks: Int, _ body: (_ index: Int) -> Void) {
    let threads = min(count, tasks)
    guard threads > 1 else {
      for index in 0..<max(0, tasks) { body(index) }
      return
    }
    let next = Atomic<Int>(0)
    withoutActuallyEscaping(body) { escapable in
      // `concurrentPerform` returns only when every call has: the closure does not outlive this frame, and what it may
      // touch at the same time is the caller's contract stated above.
      nonisolated(unsafe) let body = escapable
      DispatchQueue.concurrentPerform(iterations: threads) { _ in
        while true {
          let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard index < tasks else { return }
          body(index)
        }
      }
    }
  }

  /// Runs `body` once for each tile of at most `size` consecutive indices below `total`.
  package func forEachTile(of size: Int, in total: Int, _ body: (_ range: Range<Int>) -> Void) {
    let tiles = (total + size - 1) / size
    forEach(tiles) { tile in
      body(tile * size..<min(total, (tile + 1) * size))
    }
  }

  /// The results of `body` for each index below `count`, in order.
  package func map<T: Sendable>(_ count: Int, _ body: (_ index: Int) -> T) -> [T] {
    [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      // Each task writes the elements of its own indices, and all have been written when `forEach` returns.
      nonisolated(unsafe) let results = buffer
      forEach(count) { index in results.initializeElement(at: index, to: body(index)) }
      initialized = count
    }
  }
}
