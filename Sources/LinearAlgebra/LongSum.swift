import Tensors

/// A sum of many matrices of one shape, `[rows, columns]`: Float32 for some terms, Float64 over all.
///
/// Terms are added up in `part`. Where a shard of the text ends, and after `rowsPerPart` vectors, the part goes into the total.
/// Where parts end depends on the text alone, and parts are added in their order, which is the tree with the fewest open
/// branches: a balanced one would hold four totals at once where this holds one. So the bits depend neither on how many
/// vectors come with one call nor on who sums up which shard.
struct LongSum: ~Copyable, Sendable {
  /// The terms since the last part ended; anything before the first comes.
  var part: Matrix
  /// The vectors behind it.
  private var rowsInPart = 0
  private var shard = 0
  /// The parts before it; empty while there are none.
  private var total: RowMajor<Double>

  /// Vectors after which a part ends. Sums of so many in Float32 lose little more than one product does.
  static let rowsPerPart = 16_384

  init(rows: Int, columns: Int) {
    part = Matrix(rows: rows, columns: columns)
    total = RowMajor(rows: 0, columns: 0)
  }

  /// Makes room for a term.
  ///
  /// - Parameter rows: the vectors behind the term.
  /// - Returns: whether it is the first of a part: it takes the place of what is in `part`, and others are added to that.
  mutating func begin(_ rows: Int, shard: Int, on workers: Workers) -> Bool {
    precondition(shard >= self.shard, "shards come in order")
    if shard != self.shard || rowsInPart + rows > Self.rowsPerPart { endPart(on: workers) }
    self.shard = shard
    defer { rowsInPart += rows }
    return rowsInPart == 0
  }

  private mutating func endPart(on workers: Workers) {
    guard rowsInPart > 0 else { return }
    rowsInPart = 0
    let isFirst = total.rows == 0
    if isFirst { total = RowMajor(uninitializedRows: part.rows, columns: part.columns) }
    Self.add(part, to: &total, isFirst: isFirst, on: workers)
  }

  private static func add(
    _ part: borrowing Matrix, to total: inout RowMajor<Double>, isFirst: Bool, on workers: Workers
  ) {
    total.withDisjointRows { total in
      workers.forEachTile(of: rowsPerTask, in: part.rows) { rows in
        for row in rows {
          let source = part.row(row)
          var target = total.row(row)
          if isFirst {
            for column in 0..<source.count { target[unchecked: column] = Double(source[unchecked: column]) }
          } else {
            for column in 0..<source.count { target[unchecked: column] += Double(source[unchecked: column]) }
          }
        }
      }
    }
  }

  private static let rowsPerTask = 64

  /// The sum, times a factor.
  consuming func finished(times factor: Double, on workers: Workers) -> Matrix {
    let isOnePart = total.rows == 0
    if !isOnePart { endPart(on: workers) }
    var sum = part
    let total = total
    sum.withDisjointRows { sum in
      workers.forEachTile(of: Self.rowsPerTask, in: sum.rows) { rows in
        for row in rows {
          var values = sum.row(row)
          if isOnePart {
            for column in 0..<values.count {
              values[unchecked: column] = Float(factor * Double(values[unchecked: column]))
            }
          } else {
            let exact = total.row(row)
            for column in 0..<values.count { values[unchecked: column] = Float(factor * exact[unchecked: column]) }
          }
        }
      }
    }
    return sum
  }
}
