import Dispatch
import Foundation
import Synchronization

/// How many threads may work at once, and with which other processes. That changes the time that a job takes and never its result:
/// the tasks that are handed out depend on the problem alone.
package struct Workers: Sendable {
  package let count: Int
  /// Those that do the same job at the same time, and each a share of what `sharedMap` hands out.
  package let ranks: any Ranks

  package init(count: Int, over ranks: any Ranks = OneRank()) {
    self.count = max(1, count)
    self.ranks = ranks
  }

  /// As many threads, for a job that no other process has.
  package var alone: Workers { Workers(count: count) }

  /// As many threads in each process of some.
  package func over(_ ranks: any Ranks) -> Workers { Workers(count: count, over: ranks) }

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

  /// The same where each rank makes a share of them and all have all in the end. All ranks call it, for the same job.
  package func sharedMap<T: Sendable & Shippable>(_ count: Int, _ body: (_ index: Int) -> T) -> [T] {
    guard ranks.count > 1 else { return map(count, body) }
    let share = ranks.share(of: count)
    let own = map(share.count) { body(share.lowerBound + $0) }
    var parcel = Parcel()
    for value in own { value.pack(into: &parcel) }
    let parcels = ranks.gathered(parcel.bytes)
    return (0..<ranks.count).flatMap { rank in
      guard rank != ranks.index else { return own }
      var parcel = Parcel(parcels[rank])
      return ranks.share(of: count, rank: rank).map { _ in T(from: &parcel) }
    }
  }

  /// Completes a matrix of which each rank has written the rows of the tiles that `sharedMap` gave it.
  package func shareRows<T>(of matrix: inout RowMajor<T>, in tiles: [Range<Int>]) {
    guard ranks.count > 1 else { return }
    func own(_ rank: Int) -> ArraySlice<Range<Int>> { tiles[ranks.share(of: tiles.count, rank: rank)] }
    var parcel = Parcel()
    for rows in own(ranks.index) { parcel.add(matrix, rows: rows) }
    for (rank, bytes) in ranks.gathered(parcel.bytes).enumerated() where rank != ranks.index {
      var parcel = Parcel(bytes)
      for rows in own(rank) { parcel.take(into: &matrix, rows: rows) }
    }
  }
}
