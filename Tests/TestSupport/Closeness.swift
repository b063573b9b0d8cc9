/// The largest difference between numbers and what they should be, relative to the largest of what they should be.
///
/// What a sum in Float32 may be off by grows with its terms, and another BLAS kernel adds them in another order: tolerances of sums
/// are relative. Infinite for unequal counts and where a difference is not a number, so that neither passes as close.
package func relativeDistance(
  _ found: some Collection<some BinaryFloatingPoint>, _ expected: some Collection<some BinaryFloatingPoint>
) -> Double {
  guard found.count == expected.count else { return .infinity }
  var worst = 0.0
  var largest = 0.0
  for (found, expected) in zip(found, expected) {
    let difference = abs(Double(found) - Double(expected))
    guard !difference.isNaN else { return .infinity }
    worst = max(worst, difference)
    largest = max(largest, abs(Double(expected)))
  }
  return worst == 0 ? 0 : worst / largest
}

/// How far a sum of products in Float32 may be from the exact one, whatever the order in which a kernel adds (Higham, Accuracy and
/// Stability of Numerical Algorithms, 3.5: n u Σ|a b|, here twice that).
///
/// - Parameters:
///   - terms: how many products are added.
///   - magnitude: the sum of their magnitudes.
package func roundingBound(terms: Int, magnitude: Double) -> Double {
  Double(terms + 2) * Double(Float.ulpOfOne) * magnitude
}
