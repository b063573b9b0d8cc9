import Models
import Tensors

/// How large the inputs of every site of a block are, while calibration text runs through it: enough to choose one scale
/// for all of a site's inputs.
package final class InputRanges {
  private var spreads: [Site: InputSpread] = [:]
  private let workers: Workers

  package init(on workers: Workers) {
    self.workers = workers
  }

  /// Adds the activations that the matrices of a site are about to read, `[tokens, inputs]`.
  package func add(_ activations: borrowing Matrix, at site: Site) {
    let tiles = (activations.rows + Self.rowsPerTile - 1) / Self.rowsPerTile
    let counted = workers.map(tiles) { tile in
      let rows = tile * Self.rowsPerTile..<min(activations.rows, (tile + 1) * Self.rowsPerTile)
      var spread = InputSpread()
      for row in rows { spread.add(activations.row(row)) }
      return spread
    }
    // Sums of integers do not depend on their order.
    spreads[site] = counted.reduce(spreads[site] ?? InputSpread(), +)
  }

  private static let rowsPerTile = 256

  /// Adds up what all ranks have seen. Every one of them calls it.
  package func gather() {
    guard workers.ranks.count > 1 else { return }
    let all = workers.ranks.gathered(spreads)
    spreads = all.reduce(into: [:]) { $0.merge($1) { $0 + $1 } }
  }

  /// The spread of every site.
  package var all: [Site: InputSpread] { spreads }
}

/// How often inputs of each size came: a histogram of absolute values whose bins are a 32nd of an octave wide, or rather of
/// the power of two below them.
package struct InputSpread: Sendable, Codable {
  private var counts = [Int](repeating: 0, count: 1 << (31 - Self.shift))
  /// The largest absolute value.
  package private(set) var largest: Float = 0

  /// What is dropped of a number's bits: all but its exponent and five bits of its fraction.
  private static let shift = 18
  /// The largest code.
  private static let top: Float = 127

  package init() {}

  package mutating func add(_ values: Span<Float>) {
    for index in 0..<values.count {
      let bits = unsafe values[unchecked: index].bitPattern & 0x7FFF_FFFF
      counts[Int(bits >> UInt32(Self.shift))] += 1
      largest = max(largest, Float(bitPattern: bits))
    }
  }

  package static func + (a: InputSpread, b: InputSpread) -> InputSpread {
    var sum = a
    for bin in sum.counts.indices { sum.counts[bin] += b.counts[bin] }
    sum.largest = max(a.largest, b.largest)
    return sum
  }

  /// The scale under which the largest input is the largest code.
  package var largestScale: Float { largest / Self.top }

  /// The scale that leaves the smallest mean squared error of eight-bit codes, of those up to `largestScale`: what lies
  /// beyond its range is cut off to it, which pays where a few inputs are far larger than all others.
  package var scale: Float {
    let bins = counts.indices.filter { counts[$0] > 0 }.map { bin in
      // The middle of the bin, but for the last, which nothing in it exceeds.
      (size: min(largest, Float(bitPattern: UInt32(2 * bin + 1) << UInt32(Self.shift - 1))), count: Double(counts[bin]))
    }
    var best = (error: Double.infinity, scale: largestScale)
    for step in 0..<Self.steps {
      let scale = largestScale * Float(Self.steps - step) / Float(Self.steps)
      let error = bins.reduce(0) { $0 + $1.count * Self.squaredError($1.size, scale) }
      if error < best.error { best = (error, scale) }
    }
    return best.scale
  }

  /// Scales that are tried.
  private static let steps = 100

  /// The squared error of a size: exactly where it is cut off or rounds to nothing, else what rounding leaves on average.
  private static func squaredError(_ size: Float, _ scale: Float) -> Double {
    let codes = Double(size / scale)
    let square = Double(scale) * Double(scale)
    if codes > Double(top) + 0.5 { return (codes - Double(top)) * (codes - Double(top)) * square }
    return codes < 0.5 ? codes * codes * square : square / 12
  }
}
