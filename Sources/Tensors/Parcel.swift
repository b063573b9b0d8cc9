/// Values as bytes, on their way from one rank to another of the same program and processor.
package struct Parcel {
  package private(set) var bytes: [UInt8]
  private var next = 0

  package init() { bytes = [] }

  /// What another rank has packed.
  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package var isEmpty: Bool { next == bytes.count }

  package mutating func add(_ number: Int) { append(number) }
  package mutating func add(_ number: Double) { append(number) }

  /// A list, with its length.
  package mutating func add<T: BitwiseCopyable>(_ values: [T]) {
    append(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Some rows of a matrix, whose shape both sides know.
  package mutating func add<T>(_ matrix: borrowing RowMajor<T>, rows: Range<Int>) {
    for row in rows {
      let values = matrix.row(row)
      values.bytes.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }
  }

  private mutating func append<T: BitwiseCopyable>(_ value: T) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  package mutating func takeInt() -> Int { take(Int.self) }
  package mutating func takeDouble() -> Double { take(Double.self) }

  package mutating func takeArray<T: BitwiseCopyable>(of type: T.Type = T.self) -> [T] {
    let count = takeInt()
    let size = count * MemoryLayout<T>.stride
    let values = taken(size)
    return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      UnsafeMutableRawBufferPointer(buffer).copyBytes(from: values)
      initialized = count
    }
  }

  /// Puts rows into a matrix.
  package mutating func take<T>(into matrix: inout RowMajor<T>, rows: Range<Int>) {
    for row in rows {
      let values = taken(matrix.columns * MemoryLayout<T>.stride)
      var target = matrix.mutableRow(row)
      target.withUnsafeMutableBytes { $0.copyBytes(from: values) }
    }
  }

  private mutating func take<T: BitwiseCopyable>(_ type: T.Type) -> T {
    taken(MemoryLayout<T>.size).withUnsafeBytes { $0.loadUnaligned(as: T.self) }
  }

  private mutating func taken(_ size: Int) -> ArraySlice<UInt8> {
    precondition(size >= 0 && size <= bytes.count - next, "a parcel of another form")
    defer { next += size }
    return bytes[next..<next + size]
  }
}

extension RowMajor {
  /// Completes a matrix of which each rank has written some rows.
  ///
  /// - Parameter own: those of this rank.
  package mutating func shareRows(_ own: Range<Int>, over ranks: any Ranks) {
    guard ranks.count > 1 else { return }
    var parcel = Parcel()
    parcel.add([own.lowerBound, own.upperBound])
    parcel.add(self, rows: own)
    for (rank, bytes) in ranks.gathered(parcel.bytes).enumerated() where rank != ranks.index {
      var parcel = Parcel(bytes)
      let ends: [Int] = parcel.takeArray()
      parcel.take(into: &self, rows: ends[0]..<ends[1])
    }
  }
}

/// What one rank makes and all others need.
package protocol Shippable {
  func pack(into parcel: inout Parcel)
  init(from parcel: inout Parcel)
}

extension Array: Shippable where Element: Shippable {
  package func pack(into parcel: inout Parcel) {
    parcel.add(count)
    for value in self { value.pack(into: &parcel) }
  }

  package init(from parcel: inout Parcel) { self = (0..<parcel.takeInt()).map { _ in Element(from: &parcel) } }
}

extension Float: Shippable {
  package func pack(into parcel: inout Parcel) { parcel.add(Double(self)) }
  package init(from parcel: inout Parcel) { self = Float(parcel.takeDouble()) }
}

extension Double: Shippable {
  package func pack(into parcel: inout Parcel) { parcel.add(self) }
  package init(from parcel: inout Parcel) { self = parcel.takeDouble() }
}
