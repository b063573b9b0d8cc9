/// Which rows of activations belong to which sequence. Sequences follow each other, may differ in length, and none sees
/// another.
package struct SequenceRows: Sendable, Equatable {
  /// The rows of each sequence.
  package let ranges: [Range<Int>]

  /// - Precondition: every length is above 0.
  package init(lengths: [Int]) {
    var first = 0
    ranges = lengths.map { length in
      precondition(length > 0, "a sequence without tokens")
      defer { first += length }
      return first..<first + length
    }
  }

  /// Sequences of one length.
  ///
  /// - Precondition: `rows` is a multiple of `length`.
  package init(rows: Int, length: Int) {
    precondition(length > 0 && rows % length == 0, "only whole sequences")
    self.init(lengths: [Int](repeating: length, count: rows / length))
  }

  /// The number of sequences.
  package var count: Int { ranges.count }
  /// Rows in all.
  package var rows: Int { ranges.last?.upperBound ?? 0 }
  /// Rows of the longest sequence; 0 without any.
  package var longest: Int { ranges.reduce(0) { max($0, $1.count) } }
  /// The place of each row in its sequence, `[rows]`.
  package var positions: [Int] { ranges.flatMap { 0..<$0.count } }

  /// Some sequences by themselves, with their rows counted from 0.
  package subscript(sequences: Range<Int>) -> SequenceRows {
    SequenceRows(lengths: ranges[sequences].map(\.count))
  }

  /// Cuts all sequences into batches of at most so many rows, or one sequence where that is longer; in order.
  package func batches(rows limit: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var first = 0
    var rows = 0
    for (index, range) in ranges.enumerated() {
      if rows + range.count > limit, index > first {
        batches.append(first..<index)
        first = index
        rows = 0
      }
      rows += range.count
    }
    if first < count { batches.append(first..<count) }
    return batches
  }
}
