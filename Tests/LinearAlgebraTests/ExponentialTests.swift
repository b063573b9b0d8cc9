import Foundation
import LinearAlgebra
import TestSupport
import Tensors
import Testing

struct ExponentialTests {
  @Test func itAgreesWithTheLibraryOverItsRange() {
    var worst = 0.0
    for step in 0...1_780_000 {
      let x = -90 + Float(step) / 10_000
      let value = exponential(x)
      guard x > -87.3 else {
        #expect(value == 0 || abs(Double(value) / exp(Double(x)) - 1) < 2.5e-7)
        continue
      }
      let error = abs(Double(value) / exp(Double(x)) - 1)
      worst = error.isNaN ? .infinity : max(worst, error)
    }
    #expect(worst < 2.5e-7)
  }

  @Test func simpleValuesAreExact() {
    #expect(exponential(0) == 1)
    #expect(exponential(-0.0) == 1)
    #expect(exponential(1e-30) == 1)
  }

  @Test(arguments: [-88, -104, -1e3, -1e6, -1e10, -.greatestFiniteMagnitude, -.infinity] as [Float])
  func farBelowItIsZero(x: Float) {
    #expect(exponential(x) == 0)
  }

  @Test(arguments: [89, 100, 1e6, .greatestFiniteMagnitude, .infinity] as [Float])
  func farAboveItIsHuge(x: Float) {
    #expect(exponential(x) > 1e38)
  }

  @Test func notANumberStaysNotANumber() {
    #expect(exponential(.nan).isNaN)
  }

  @Test(arguments: [0, 1, 15, 16, 17, 1000])
  func laneSumsAddEveryTerm(count: Int) {
    var random = SeededRandom(seed: 2)
    let values = (0..<count).map { _ in random.gaussian() }
    let expected = values.reduce(0.0) { $0 + Double($1) }
    let bound = roundingBound(terms: count, magnitude: values.reduce(0.0) { $0 + Double(abs($1)) })
    #expect(abs(Double(laneSum(count) { values[$0] }) - expected) <= bound)
    // Whole numbers add up exactly, so that a term lost or taken twice shows.
    #expect(laneSum(count) { Float($0) } == Float(count * (count - 1) / 2))
  }
}
