import Foundation
import Tensors

/// Test data that is the same everywhere.
package struct SeededRandom: RandomNumberGenerator {
  private var generator: SplitMix64

  package init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  package mutating func next() -> UInt64 { generator.next() }

  /// A number from the standard normal distribution (Box and Muller).
  package mutating func gaussian() -> Float {
    let radius = (-2 * log(Double.random(in: Double.leastNonzeroMagnitude..<1, using: &self))).squareRoot()
    return Float(radius * cos(2 * Double.pi * Double.random(in: 0..<1, using: &self)))
  }

  /// A matrix of standard normal numbers times `scale`.
  package mutating func gaussianMatrix(rows: Int, columns: Int, scale: Float = 1) -> Matrix {
    var values = [Float]()
    values.reserveCapacity(rows * columns)
    for _ in 0..<rows * columns { values.append(gaussian() * scale) }
    return Matrix(rows: rows, columns: columns, values)
  }
}
