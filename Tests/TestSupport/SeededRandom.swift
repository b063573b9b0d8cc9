import Foundation
import Tensors

/// SplitMix64: small, good enough for test data, and the same everywhere.
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) {
    state = seed
  }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

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
