import Foundation
import Synchronization
import Tensors

/// Ranks that are threads of one process.
package struct LocalRanks: Ranks {
  /// What ranks have sent and nobody has received yet.
  private final class Post: Sendable {
    private let letters = Mutex<[[Int]: [[UInt8]]]>([:])
    private let arrivals = NSCondition()
    private let isBroken = Atomic<Bool>(false)

    func put(_ bytes: [UInt8], _ route: [Int]) {
      arrivals.lock()
      letters.withLock { $0[route, default: []].append(bytes) }
      arrivals.broadcast()
      arrivals.unlock()
    }

    func take(_ route: [Int]) -> [UInt8] {
      arrivals.lock()
      defer { arrivals.unlock() }
      while true {
        if let letter = letters.withLock({ $0[route]?.isEmpty ?? true ? nil : $0[route]?.removeFirst() }) {
          return letter
        }
        precondition(!isBroken.load(ordering: .relaxed), "another rank has failed")
        arrivals.wait()
      }
    }

    /// Nobody is to wait for a rank that has failed.
    func fail() {
      arrivals.lock()
      isBroken.store(true, ordering: .relaxed)
      arrivals.broadcast()
      arrivals.unlock()
    }
  }

  package let index: Int
  package let count: Int
  private let post: Post

  package func send(_ bytes: [UInt8], to rank: Int) { post.put(bytes, [index, rank]) }
  package func receive(from rank: Int) -> [UInt8] { post.take([rank, index]) }

  package func exchange(_ outgoing: [[UInt8]]) -> [[UInt8]] {
    precondition(outgoing.count == count)
    for rank in 0..<count where rank != index { send(outgoing[rank], to: rank) }
    return (0..<count).map { $0 == index ? outgoing[$0] : receive(from: $0) }
  }

  /// Calls `body` for each of some ranks, all at the same time.
  ///
  /// - Returns: what each came to, by rank.
  package static func run<T: Sendable>(_ count: Int, _ body: @escaping @Sendable (any Ranks) throws -> T) throws -> [T]
  {
    guard count > 1 else { return [try body(OneRank())] }
    let post = Post()
    let results = Mutex<[Int: Result<T, any Error>]>([:])
    let group = DispatchGroup()
    for index in 0..<count {
      group.enter()
      let thread = Thread {
        let result = Result { try body(LocalRanks(index: index, count: count, post: post)) }
        if case .failure = result { post.fail() }
        results.withLock { $0[index] = result }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return try results.withLock { results in try (0..<count).compactMap { try results[$0]?.get() } }
  }
}
