import Foundation

/// Shares of a group's range that candidates cover: with many columns and few codes, a finer grid that cuts off the
/// largest weights often leaves less error than one that reaches them.
struct Shrinkage {
  /// From a little more than everything down, in equal ratios, sixteen at a time.
  let lanes: [Lanes]

  /// - Parameter bits: of a code; the fewer there are, the more of the range may be cut off.
  init(bits: Int) {
    let (smallest, batches): (Double, Int) =
      switch bits {
      case ...2: (0.25, 2)
      case 3: (0.4, 2)
      case 4: (0.5, 1)
      default: (0.85, 1)
      }
    let largest = 1.06
    let count = 16 * batches
    let shares = (0..<count).map { Float(largest * pow(smallest / largest, Double($0) / Double(count - 1))) }
    lanes = (0..<batches).map { batch in
      var lanes = Lanes()
      for lane in 0..<16 { lanes[lane] = shares[lane * batches + batch] }
      return lanes
    }
  }
}
