import Schemes
import Tensors
import TestSupport
import Testing

/// Fits do not shrink the weights on the whole, as plain least squares would by the share of error that they leave.
@Suite struct BiasTests {
  @Test(arguments: ["q2_k", "q3_k", "q4_0", "q4_k", "iq4_xs"])
  func `values are no smaller than weights on the whole`(name: String) throws {
    let scheme = try #require(WeightFormats.named(name) as? any Scheme)
    var random = SeededRandom(seed: 21)
    let weights = random.gaussianMatrix(rows: 16, columns: 1024, scale: 0.5)
    let importance = [Float](repeating: 1, count: 1024)
    let grid = scheme.fit(weights, importance: importance, on: Workers(count: 1))
    let values = grid.values(grid.nearestCodes(weights))
    var squares = 0.0
    var products = 0.0
    var error = 0.0
    for row in 0..<16 {
      for column in 0..<1024 {
        let weight = Double(weights[row, column])
        let value = Double(values[row, column])
        squares += weight * weight
        products += weight * value
        error += (value - weight) * (value - weight)
      }
    }
    let shrinkage = 1 - products / squares
    #expect(shrinkage < 0.5 * error / squares)
    #expect(shrinkage > -0.5 * error / squares)
  }
}
