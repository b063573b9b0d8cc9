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

  /// Whole sequences, as many as fit; one that does not fit is alone.
  @Test func batches() {
    let rows = SequenceRows(lengths: [3, 3, 9, 1, 4, 2])
    #expect(rows.batches(rows: 6) == [0..<2, 2..<3, 3..<5, 5..<6])
    #expect(rows.batches(rows: 100) == [0..<6])
    #expect(SequenceRows(lengths: []).batches(rows: 6) == [])
  }
}
