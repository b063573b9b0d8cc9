/// Maps texts, as bytes, to numbers, and finds all of them that a text starts with in one walk.
///
/// Nodes are numbered level by level, so that the children of a node lie side by side and a node needs only where they
/// start.
struct ByteTrie: Sendable {
  /// The number of the node that stands for the empty text.
  static let root: Int32 = 0

  /// The byte that leads to a node. `[nodes]`.
  private var labels: [UInt8] = []
  /// Where the children of a node start; they end where those of the next start. `[nodes + 1]`.
  private var firstChild: [Int32] = []
  /// The value of the text that ends at a node, or -1. `[nodes]`.
  private var values: [Int32] = []
  /// The children of the root by their bytes, or -1; most walks end with them. `[256]`.
  private var rootChildren = [Int32](repeating: -1, count: 256)

  /// A trie of texts and their values, which are not negative. Of equal texts the first counts.
  init(_ entries: [(text: [UInt8], value: Int32)]) {
    // The place breaks ties, so that equal texts stay in order.
    let order = entries.indices.sorted { a, b in
      let (x, y) = (entries[a].text, entries[b].text)
      return x == y ? a < b : x.lexicographicallyPrecedes(y)
    }
    var queue = [(range: 0..<order.count, depth: 0)]
    labels.append(0)
    var node = 0
    while node < queue.count {
      var (range, depth) = queue[node]
      var value: Int32 = -1
      while let first = range.first, entries[order[first]].text.count == depth {
        if value < 0 { value = entries[order[first]].value }
        range = range.dropFirst()
      }
      values.append(value)
      firstChild.append(Int32(queue.count))
      while let first = range.first {
        let byte = entries[order[first]].text[depth]
        var end = first + 1
        while end < range.upperBound, entries[order[end]].text[depth] == byte { end += 1 }
        if node == 0 { rootChildren[Int(byte)] = Int32(queue.count) }
        queue.append((first..<end, depth + 1))
        labels.append(byte)
        range = end..<range.upperBound
      }
      depth += 1
      node += 1
    }
    firstChild.append(Int32(queue.count))
  }

  var isEmpty: Bool { values.allSatisfy { $0 < 0 } }

  /// The node that a byte leads to, or nil.
  @inline(__always)
  func child(of node: Int32, _ byte: UInt8) -> Int32? {
    if node == Self.root {
      let child = rootChildren[Int(byte)]
      return child < 0 ? nil : child
    }
    var low = Int(firstChild[Int(node)])
    var high = Int(firstChild[Int(node) + 1])
    while high - low > 8 {
      let middle = (low + high) / 2
      if labels[middle] <= byte { low = middle } else { high = middle }
    }
    while low < high {
      if labels[low] == byte { return Int32(low) }
      low += 1
    }
    return nil
  }

  /// The value of the text that ends at a node, or nil.
  @inline(__always)
  func value(at node: Int32) -> Int32? {
    let value = values[Int(node)]
    return value < 0 ? nil : value
  }

  /// The longest of the texts that stands at a place. O(length).
  func longest(in text: borrowing Span<UInt8>, from start: Int, end: Int) -> (value: Int32, end: Int)? {
    var node = Self.root
    var position = start
    var found = value(at: node).map { (value: $0, end: start) }
    while position < end, let next = child(of: node, text[position]) {
      node = next
      position += 1
      if let value = value(at: node) { found = (value, position) }
    }
    return found
  }
}
