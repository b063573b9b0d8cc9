import Tensors

/// Another order of rows in a file than the one that the decoder works in.
package enum RowOrder: Sendable, Equatable {
  case natural
  /// Components that rotate together, (i, i + d/2) in the decoder, are neighbours in the file. `d` is `turning`, the first
  /// components of a head; nil for all of them.
  case rotaryPairs(headSize: Int, turning: Int? = nil)
  /// Queries, keys and values of each head of keys stand together in the file, not all queries above all keys above all values.
  case joinedHeads(headSize: Int, queriesPerKey: Int = 1)
  /// From row `from` on there are heads of values. In the file all that share a head of keys stand together; in the decoder heads of keys
  /// take turns.
  case groupedHeads(headSize: Int, keyHeads: Int, from: Int = 0)

  /// The decoder's row that stands at `row` of the file, of `rows` in all.
  package func row(_ row: Int, of rows: Int) -> Int {
    switch self {
    case .natural:
      return row
    case .rotaryPairs(let size, let turning):
      let (place, turning) = (row % size, turning ?? size)
      return place < turning ? row - place + place % 2 * (turning / 2) + place / 2 : row
    case .joinedHeads(let size, let queries):
      let (group, place) = row.quotientAndRemainder(dividingBy: (queries + 2) * size)
      let (head, component) = place.quotientAndRemainder(dividingBy: size)
      let groups = rows / ((queries + 2) * size)
      let heads = head < queries ? group * queries + head : groups * head + group
      return heads * size + component
    case .groupedHeads(let size, let keys, let first):
      guard row >= first else { return row }
      let (head, component) = (row - first).quotientAndRemainder(dividingBy: size)
      let (key, turn) = head.quotientAndRemainder(dividingBy: (rows - first) / size / keys)
      return first + (turn * keys + key) * size + component
    }
  }

  /// How many rows always stay together; 0 for all of them.
  package var run: Int {
    switch self {
    case .natural: 0
    case .rotaryPairs: 1
    case .joinedHeads(let size, _), .groupedHeads(let size, _, _): size
    }
  }

  /// The decoder's rows in the order of the file.
  package func forFile<T>(_ matrix: borrowing RowMajor<T>) -> RowMajor<T> {
    let rows = matrix.rows
    return reordered(matrix) { row($0, of: rows) }
  }

  /// Rows of the file in the order of the decoder.
  package func fromFile<T>(_ matrix: borrowing RowMajor<T>) -> RowMajor<T> {
    var inverse = [Int](repeating: 0, count: matrix.rows)
    for place in 0..<matrix.rows { inverse[row(place, of: matrix.rows)] = place }
    return reordered(matrix) { inverse[$0] }
  }

  private func reordered<T>(_ matrix: borrowing RowMajor<T>, _ source: (Int) -> Int) -> RowMajor<T> {
    matrix.copy(rows: (0..<matrix.rows).map(source))
  }
}

extension RowMajor {
  /// The same elements in another shape of as many.
  func reshaped(rows: Int) -> RowMajor {
    RowMajor(rows: rows, columns: count / rows, array())
  }
}
