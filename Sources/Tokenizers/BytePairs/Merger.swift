/// Merges neighbouring symbols, lowest rank first, of equal ranks the leftmost, until no merge applies.
///
/// This is byte-pair encoding (Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units"). Short
/// words are scanned for the best pair again and again; long ones keep the pairs in a heap.
struct Merger: Sendable {
  private static let none = UInt32.max
  /// Up to this many symbols scanning beats the heap.
  private static let scanned = 48

  private var ranks: [UInt32] = []
  private var results: [Int32] = []
  private var next: [Int32] = []
  private var previous: [Int32] = []
  private var heap: [UInt64] = []

  init() {}

  /// Merges the symbols from `start` on, in place. The array gets shorter.
  mutating func merge(_ symbols: inout [Int32], from start: Int, with table: borrowing PairTable) {
    if symbols.count - start <= Self.scanned {
      scan(&symbols, from: start, with: table)
    } else {
      mergeByHeap(&symbols, from: start, with: table)
    }
  }

  // MARK: - Short words

  private mutating func scan(_ symbols: inout [Int32], from start: Int, with table: borrowing PairTable) {
    var count = symbols.count - start
    guard count > 1 else { return }
    ranks.removeAll(keepingCapacity: true)
    results.removeAll(keepingCapacity: true)
    for index in 0..<count - 1 {
      let merge = table.find(symbols[start + index], symbols[start + index + 1])
      ranks.append(merge?.rank ?? Self.none)
      results.append(merge?.result ?? 0)
    }
    while true {
      var best = Self.none
      var place = 0
      for index in 0..<count - 1 where ranks[index] < best {
        best = ranks[index]
        place = index
      }
      guard best != Self.none else { break }
      symbols[start + place] = results[place]
      symbols.remove(at: start + place + 1)
      ranks.remove(at: place)
      results.remove(at: place)
      count -= 1
      if place < count - 1 { update(place, symbols, start, table) }
      if place > 0 { update(place - 1, symbols, start, table) }
    }
  }

  private mutating func update(_ place: Int, _ symbols: [Int32], _ start: Int, _ table: borrowing PairTable) {
    let merge = table.find(symbols[start + place], symbols[start + place + 1])
    ranks[place] = merge?.rank ?? Self.none
    results[place] = merge?.result ?? 0
  }

  // MARK: - Long words

  private mutating func mergeByHeap(_ symbols: inout [Int32], from start: Int, with table: borrowing PairTable) {
    let count = symbols.count - start
    next = (1...Int32(count)).map { $0 == count ? -1 : $0 }
    previous = (-1..<Int32(count) - 1).map { $0 }
    heap.removeAll(keepingCapacity: true)
    for index in 0..<count - 1 { push(index, symbols, start, table) }
    while let entry = pop() {
      let place = Int(entry & 0xFFFF_FFFF)
      // What was merged away, or got another neighbour since, is out of date.
      guard symbols[start + place] >= 0, next[place] >= 0 else { continue }
      let right = Int(next[place])
      guard let merge = table.find(symbols[start + place], symbols[start + right]), merge.rank == UInt32(entry >> 32)
      else { continue }
      symbols[start + place] = merge.result
      symbols[start + right] = -1
      next[place] = next[right]
      if next[right] >= 0 {
        previous[Int(next[right])] = Int32(place)
        push(place, symbols, start, table)
      }
      if previous[place] >= 0 { push(Int(previous[place]), symbols, start, table) }
    }
    var kept = start
    for index in start..<symbols.count where symbols[index] >= 0 {
      symbols[kept] = symbols[index]
      kept += 1
    }
    symbols.removeLast(symbols.count - kept)
  }

  private mutating func push(_ place: Int, _ symbols: [Int32], _ start: Int, _ table: borrowing PairTable) {
    guard let merge = table.find(symbols[start + place], symbols[start + Int(next[place])]) else { return }
    heap.append(UInt64(merge.rank) << 32 | UInt64(place))
    var child = heap.count - 1
    while child > 0 {
      let parent = (child - 1) / 2
      if heap[parent] <= heap[child] { break }
      heap.swapAt(parent, child)
      child = parent
    }
  }

  private mutating func pop() -> UInt64? {
    guard let first = heap.first, let last = heap.popLast() else { return nil }
    guard !heap.isEmpty else { return first }
    heap[0] = last
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < heap.count else { break }
      if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
      if heap[parent] <= heap[child] { break }
      heap.swapAt(parent, child)
      parent = child
    }
    return first
  }
}
