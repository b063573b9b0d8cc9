/// Which rows of activations belong to which sequence. Sequences follow each other, may differ in length, and none sees
/// another.
package struct SequenceRows: Sendable, Equatable {
  /// The rows of each sequence.
  package let ranges: [Range<Int>]
  /// What of them goes through every product together, in order: all, or as `cut` says.
  package let units: [RowUnit]

  /// - Precondition: every length is above 0.
  package init(lengths: [Int]) {
    let ranges = Self.ranges(lengths)
    self.init(ranges, units: [RowUnit(rows: 0..<(ranges.last?.upperBound ?? 0), sequences: ranges.indices, shard: 0)])
  }

  private init(_ ranges: [Range<Int>], units: [RowUnit]) {
    self.ranges = ranges
    self.units = units
  }

  private static func ranges(_ lengths: [Int]) -> [Range<Int>] {
    var first = 0
    return lengths.map { length in
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

  /// The same sequences in units of whole ones: of at most so many rows, or of one sequence where that is longer, and none of
  /// two shards. Sequence i of n belongs to shard ⌊shards · i / n⌋.
  package func cut(shards: Int, rowsPerUnit limit: Int) -> SequenceRows {
    var units: [RowUnit] = []
    for (index, range) in ranges.enumerated() {
      let shard = shards * index / count
      if let last = units.last, last.shard == shard, range.upperBound - last.rows.lowerBound <= limit {
        units[units.count - 1] = RowUnit(
          rows: last.rows.lowerBound..<range.upperBound, sequences: last.sequences.lowerBound..<index + 1, shard: shard)
      } else {
        units.append(RowUnit(rows: range, sequences: index..<index + 1, shard: shard))
      }
    }
    return SequenceRows(ranges, units: units)
  }

  /// Batches of whole units, of at most so many rows, or of one unit where that has more; in order. Each has its rows counted
  /// from 0.
  ///
  /// - Parameter shards: those whose units are asked for; nil for all.
  package func batches(rows limit: Int, shards: Range<Int>? = nil) -> [SequenceRows] {
    var batches: [Range<Int>] = []
    for (index, unit) in units.enumerated() where !unit.rows.isEmpty && shards?.contains(unit.shard) ?? true {
      if let last = batches.last, unit.rows.upperBound - units[last.lowerBound].rows.lowerBound <= limit {
        batches[batches.count - 1] = last.lowerBound..<index + 1
      } else {
        batches.append(index..<index + 1)
      }
    }
    return batches.map { range in
      let own = units[range]
      let sequences = own[range.lowerBound].sequences.lowerBound..<own[range.upperBound - 1].sequences.upperBound
      let first = own[range.lowerBound].rows.lowerBound
      return SequenceRows(
        Self.ranges(ranges[sequences].map(\.count)),
        units: own.map {
          RowUnit(
            rows: $0.rows.lowerBound - first..<$0.rows.upperBound - first,
            sequences: $0.sequences.lowerBound - sequences.lowerBound..<$0.sequences.upperBound - sequences.lowerBound,
            shard: $0.shard)
        })
    }
  }
}

/// Rows of activations that go through every product together, and are one term of every sum over the text.
///
/// Units depend on the text alone. So do then all bits that come of it, however many units are worked on at a time.
package struct RowUnit: Sendable, Equatable {
  package let rows: Range<Int>
  /// The sequences that they are, counted as the rows are.
  package let sequences: Range<Int>
  /// The part of the text that they belong to.
  package let shard: Int
  /// The tokens that they are, counted from the first that is worked on, where these are not all of them as they come; nil
  /// where they are counted as rows are.
  private let routed: [Int]?

  /// - Parameter tokens: of each row, where an expert is sent some.
  package init(rows: Range<Int>, sequences: Range<Int> = 0..<0, shard: Int = 0, tokens: [Int]? = nil) {
    precondition(tokens == nil || tokens?.count == rows.count, "a token for each row")
    self.rows = rows
    self.sequences = sequences
    self.shard = shard
    routed = tokens
  }

  /// The token of each row, counted from the first that is worked on.
  package var tokens: [Int] { routed ?? Array(rows) }
}
