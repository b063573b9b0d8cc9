import Foundation
import Synchronization
import Tensors
import Testing

struct WorkersTests {
  @Test(arguments: [-1, 0, 1, 2, 3, 4, 100, 1000], [1, 2, 3, 4])
  func everyIndexRunsOnce(tasks: Int, count: Int) {
    let runs = Mutex<[Int: Int]>([:])
    Workers(count: count).forEach(tasks) { index in runs.withLock { $0[index, default: 0] += 1 } }
    let seen = runs.withLock { $0 }
    #expect(seen.keys.sorted() == Array(0..<max(0, tasks)))
    #expect(seen.values.allSatisfy { $0 == 1 })
  }

  @Test(arguments: [0, 1, 63, 64, 65, 200], [1, 2, 3, 4])
  func tilesCoverTheTotalOnce(total: Int, count: Int) {
    let tiles = Mutex<[Range<Int>]>([])
    Workers(count: count).forEachTile(of: 64, in: total) { range in tiles.withLock { $0.append(range) } }
    let sorted = tiles.withLock { $0 }.sorted { $0.lowerBound < $1.lowerBound }
    #expect(sorted.flatMap(Array.init) == Array(0..<total))
    #expect(sorted.allSatisfy { $0.lowerBound % 64 == 0 && 0 < $0.count && $0.count <= 64 })
  }

  @Test(arguments: [0, 1, 2, 7, 500])
  func resultsStandInOrderForAnyNumberOfWorkers(count: Int) {
    let expected = (0..<count).map { "task \($0 * $0)" }
    for workers in 1...4 {
      #expect(Workers(count: workers).map(count) { "task \($0 * $0)" } == expected)
    }
  }

  @Test func rowsWrittenByManyWorkersAreThoseOfOne() {
    func squares(_ count: Int) -> [Float] {
      var matrix = Matrix(rows: 301, columns: 5)
      matrix.withDisjointRows { rows in
        Workers(count: count).forEach(301) { row in
          var values = rows.row(row)
          for column in 0..<5 { values[column] = Float(row * row + column).squareRoot() }
        }
      }
      return matrix.array()
    }
    let one = squares(1)
    #expect(one[7 * 5 + 2] == Float(51).squareRoot())
    for count in 2...4 { #expect(squares(count) == one) }
  }

  @Test(arguments: [(-3, 1), (0, 1), (1, 1), (7, 7)])
  func thereIsAlwaysAWorker(asked: Int, count: Int) {
    #expect(Workers(count: asked).count == count)
  }

  @Test func allWorkersAreOneForEachCore() {
    #expect(Workers.all.count == ProcessInfo.processInfo.activeProcessorCount)
  }

  /// However many cores there are, no more tasks run at once than there are workers.
  @Test(arguments: [1, 2, 4])
  func noMoreTasksRunAtOnceThanThereAreWorkers(count: Int) {
    let running = Mutex<(now: Int, most: Int)>((0, 0))
    Workers(count: count).forEach(100) { _ in
      running.withLock {
        $0.now += 1
        $0.most = max($0.most, $0.now)
      }
      Thread.sleep(forTimeInterval: 0.0001)
      running.withLock { $0.now -= 1 }
    }
    let most = running.withLock { $0.most }
    #expect((1...count).contains(most))
  }
}
