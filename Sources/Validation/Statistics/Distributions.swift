import Foundation

/// The standard normal distribution.
package enum NormalDistribution {
  /// The probability of a value below `x`.
  package static func probability(below x: Double) -> Double {
    erfc(-x / 2.0.squareRoot()) / 2
  }

  /// The value below which lies the probability `p`, by bisection: exact to rounding, and called rarely.
  package static func quantile(_ p: Double) -> Double {
    guard p > 0, p < 1 else { return p <= 0 ? -.infinity : .infinity }
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if probability(below: middle) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}

/// Student's t distribution.
package struct StudentDistribution: Sendable {
  /// Degrees of freedom, at least 1.
  package let freedom: Int

  package init(freedom: Int) {
    precondition(freedom >= 1, "a t distribution has at least one degree of freedom")
    self.freedom = freedom
  }

  /// The value below which lies the probability `p`; within 0.2 % where p is from 0.005 to 0.995.
  ///
  /// Exact for one and two degrees of freedom; else the expansion of Abramowitz and Stegun, 26.7.5.
  package func quantile(_ p: Double) -> Double {
    switch freedom {
    case 1: return tan(Double.pi * (p - 0.5))
    case 2: return (2 * p - 1) / (2 * p * (1 - p)).squareRoot()
    default:
      let x = NormalDistribution.quantile(p)
      let s = x * x
      let terms = [
        x * (s + 1) / 4,
        x * (3 + s * (16 + s * 5)) / 96,
        x * (-15 + s * (17 + s * (19 + s * 3))) / 384,
        x * (-945 + s * (-1920 + s * (1482 + s * (776 + s * 79)))) / 92160,
      ]
      var power = 1.0
      return terms.reduce(x) { sum, term in
        power *= Double(freedom)
        return sum + term / power
      }
    }
  }
}
