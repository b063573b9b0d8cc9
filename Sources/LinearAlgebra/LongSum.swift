import Tensors

/// The parts that long sums are made of.
package enum LongSumParts {
  /// Vectors in one, at most.
  static let vectors = 16_384

  /// How many a shard of so many vectors makes, about.
  package static func count(vectors count: Int) -> Int { max(1, (count + vectors - 1) / vectors) }
}

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
  /// The same one by one, where other ranks have parts that come before these.
  private var held: [SharedMatrix]?

  /// Vectors after which a part ends. Sums of so many in Float32 lose little more than one product does.
  static let rowsPerPart = LongSumParts.vectors

  /// - Parameter isShared: whether other ranks sum up other shards: `gather` comes before `finished` then.
  init(rows: Int, columns: Int, isShared: Bool = false) {
    part = Matrix(rows: rows, columns: columns)
    total = RowMajor(rows: 0, columns: 0)
    held = isShared ? [] : nil
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
    if held != nil {
      var next = Matrix(uninitializedRows: part.rows, columns: part.columns)
      swap(&next, &part)
      held?.append(SharedMatrix(next))
      return
    }
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

  /// Adds up the parts of all ranks, of which each held those of later shards than the rank before it: the same terms in the same
  /// order as in one process. Each rank adds up some rows of all parts, and tells them to all others.
  mutating func gather(over ranks: any Ranks) {
    endPart(on: Workers(count: 1))
    guard let own = held else { return }
    held = nil
    let counts = ranks.gathered(own.count)
    total = RowMajor(rows: part.rows, columns: part.columns, repeating: 0)
    let shares = (0..<ranks.count).map { ranks.share(of: part.rows, rank: $0) }
    let step = max(1, Self.elementsAtOnce / max(1, part.columns * (counts.max() ?? 1)))
    for first in stride(from: 0, to: shares.map(\.count).max() ?? 0, by: step) {
      let slabs = shares.map { share in
        min(share.lowerBound + first, share.upperBound)..<min(share.lowerBound + first + step, share.upperBound)
      }
      let outgoing = slabs.map { slab in
        var parcel = Parcel()
        for part in own { parcel.add(part.matrix, rows: slab) }
        return parcel.bytes
      }
      add(ranks.exchange(outgoing), counts, slabs[ranks.index])
      var parcel = Parcel()
      parcel.add(total, rows: slabs[ranks.index])
      for (slab, bytes) in zip(slabs, ranks.gathered(parcel.bytes)) {
        var parcel = Parcel(bytes)
        parcel.take(into: &total, rows: slab)
      }
    }
  }

  /// Adds up some rows of the parts of all ranks, in their order.
  private mutating func add(_ parcels: [[UInt8]], _ counts: [Int], _ rows: Range<Int>) {
    var values = Matrix(uninitializedRows: rows.count, columns: part.columns)
    var isFirst = true
    for (bytes, count) in zip(parcels, counts) {
      var parcel = Parcel(bytes)
      for _ in 0..<count {
        parcel.take(into: &values, rows: 0..<rows.count)
        for row in rows {
          let source = values.row(row - rows.lowerBound)
          var target = total.mutableRow(row)
          for column in 0..<target.count {
            let value = Double(source[unchecked: column])
            target[unchecked: column] = isFirst ? value : target[unchecked: column] + value
          }
        }
        isFirst = false
      }
    }
  }

  /// Elements of all parts of a rank that are on their way at one time.
  private static let elementsAtOnce = 1 << 22

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
