import Foundation
import Products
import Schemes
import Spec

/// What fallbacks make of a type's bits.
extension Planner {
  /// Bits per weight that fallbacks may add before a warning says so.
  private static let bitsUnsaid = 0.25

  /// Warns where a type ends well above its name, since rows of matrices of blocks do not fit the types that it gives them.
  mutating func noteBits(_ tensors: [TensorPlan], _ request: QuantizationRequest) {
    let tensors = tensors.filter { $0.spec.layer != nil && !$0.spec.isVector }
    guard let asked = tensors.bitsAsked, tensors.bitsPerWeight > asked + Self.bitsUnsaid else { return }
    func text(_ bits: Double) -> String { String(format: "%.2f", bits) }
    let unfit = tensors.filter { $0.fallback != nil }
    let columns = Set(unfit.map(\.spec.columns)).sorted().map(String.init).joined(separator: ", ")
    var ways = ["a type whose blocks divide them, such as iq4_nl"]
    let least = tensors.bitsWithSmallest
    if request.fallbackTypes == .stock, least < tensors.bitsPerWeight - 0.005 {
      ways.append("quantize.fallback_types: smallest, which takes \(text(least))")
    }
    warnings.append(
      spec.diagnostic(
        at: request.typePath,
        "found \(request.type), which takes \(text(tensors.bitsPerWeight)) bits per weight of blocks here and would take \(text(asked)) if all rows "
          + "fitted: \(unfit.count) of \(tensors.count) matrices have rows of \(columns) and get another type; expected it, or "
          + ways.joined(separator: ", or "), severity: .warning))
  }
}

extension [TensorPlan] {
  private var weights: Double { Double(reduce(0) { $0 + $1.spec.rows * $1.spec.columns }) }

  /// Bits per weight if every matrix got the type that was asked for; nil where all do, or one is of no fixed number of bits.
  fileprivate var bitsAsked: Double? {
    guard contains(where: { $0.fallback != nil }) else { return nil }
    var bits = 0.0
    for tensor in self {
      if tensor.fallback == nil {
        bits += 8 * Double(tensor.bytes)
      } else {
        guard let asked = WeightFormats.named(tensor.typeAsked) else { return nil }
        bits += asked.bitsPerWeight * Double(tensor.spec.rows * tensor.spec.columns)
      }
    }
    return bits / weights
  }

  /// Bits per weight with the smallest types that are sound.
  fileprivate var bitsWithSmallest: Double {
    let bytes = reduce(0) { sum, tensor in
      guard tensor.fallback != nil,
        let smallest = Fallback.smallest(for: tensor.typeAsked, columns: tensor.spec.columns),
        let format = WeightFormats.named(smallest.to)
      else { return sum + tensor.bytes }
      return sum + format.byteCount(rows: tensor.spec.rows, columns: tensor.spec.columns)
    }
    return 8 * Double(bytes) / weights
  }
}
