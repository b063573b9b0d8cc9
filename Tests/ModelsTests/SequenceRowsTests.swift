import Models
import Testing

struct SequenceRowsTests {
  @Test func sequencesFollowEachOther() {
    let rows = SequenceRows(lengths: [3, 1, 2])
    #expect(rows.ranges == [0..<3, 3..<4, 4..<6])
    #expect(rows.count == 3 && rows.rows == 6 && rows.longest == 3)
    #expect(rows.positions == [0, 1, 2, 0, 0, 1])
    #expect(rows[1..<3] == SequenceRows(lengths: [1, 2]))
    #expect(SequenceRows(rows: 6, length: 3) == SequenceRows(lengths: [3, 3]))
    #expect(SequenceRows(lengths: []).longest == 0)
  }

  /// Whole sequences, as many as fit; one that does not fit is alone, and no unit has sequences of two shards.
  @Test func unitsAreWholeSequencesOfOneShard() {
    let rows = SequenceRows(lengths: [3, 3, 9, 1, 4, 2])
    #expect(rows.units == [RowUnit(rows: 0..<22, sequences: 0..<6)])
    let units = rows.cut(shards: 1, rowsPerUnit: 6).units
    #expect(units.map(\.sequences) == [0..<2, 2..<3, 3..<5, 5..<6])
    #expect(units.map(\.rows) == [0..<6, 6..<15, 15..<20, 20..<22])
    #expect(rows.cut(shards: 1, rowsPerUnit: 100).units == rows.units)
    let halves = rows.cut(shards: 2, rowsPerUnit: 100).units
    #expect(halves.map(\.sequences) == [0..<3, 3..<6] && halves.map(\.shard) == [0, 1])
    // Fewer sequences than shards.
    #expect(rows.cut(shards: 16, rowsPerUnit: 100).units.map(\.shard) == [0, 2, 5, 8, 10, 13])
    #expect(SequenceRows(lengths: []).cut(shards: 16, rowsPerUnit: 6).units == [])
  }

  /// However many units a batch has, they are the same, and each knows its rows of the batch.
  @Test(arguments: [1, 6, 7, 15, 100])
  func batchesAreWholeUnits(limit: Int) {
    let rows = SequenceRows(lengths: [3, 3, 9, 1, 4, 2, 2, 2]).cut(shards: 4, rowsPerUnit: 6)
    var first = 0
    var units: [RowUnit] = []
    for batch in rows.batches(rows: limit) {
      #expect(batch.rows <= limit || batch.units.count == 1)
      #expect(batch.units.first?.rows.lowerBound == 0 && batch.units.last?.rows.upperBound == batch.rows)
      let sequences = units.last?.sequences.upperBound ?? 0
      for unit in batch.units {
        units.append(
          RowUnit(
            rows: unit.rows.lowerBound + first..<unit.rows.upperBound + first,
            sequences: unit.sequences.lowerBound + sequences..<unit.sequences.upperBound + sequences,
            shard: unit.shard))
      }
      first += batch.rows
    }
    #expect(units == rows.units)
    #expect(SequenceRows(lengths: []).batches(rows: limit) == [])
  }
}
