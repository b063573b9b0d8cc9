import Products
import Schemes

extension Edition {
  /// The same edition with the types that its budget buys.
  ///
  /// - Precondition: it has a budget, and what each choice costs is known.
  /// - Throws: `.budget` where a limit on the divergence cannot be reached.
  func spent() throws(RunError) -> Edition {
    guard let open, let costs = open.costs else { preconditionFailure("a budget, and what choices cost") }
    let items = open.groups.map { group in
      zip(open.bits(of: group), open.choices[group[0]].indices).map { bits, choice in
        BitBudget.Choice(bits: bits, error: group.reduce(0) { $0 + costs[$1][choice] })
      }
    }
    let chosen: [Int]
    if let bits = open.bits {
      chosen = BitBudget.spend(bits, on: items)
    } else if case .meanKLD(let limit) = open.limit {
      guard let found = BitBudget.spend(until: limit, on: items) else {
        let least = items.reduce(0) { $0 + ($1.map(\.error).min() ?? 0) }
        throw .budget(asked: limit, least: least)
      }
      chosen = found
    } else {
      preconditionFailure("a limit is one on bits or on what is lost")
    }
    func point(_ places: [Int]) -> TypeSpending.Point {
      let all = zip(items, places).map { $0[$1] }
      return TypeSpending.Point(
        bytes: all.reduce(0) { $0 + $1.bits } / 8, foretold: all.reduce(0) { $0 + $1.error })
    }
    let tensors = open.tensors(chosen)
    let spending = TypeSpending(
      asked: type, frontier: BitBudget.frontier(of: items).map(point), chosen: point(chosen),
      overrides: tensors.contains { $0.format is EXL2Scheme } ? nil : TypeOverrides.text(tensors))
    return replacing(tensors, spending: spending)
  }
}

/// Types of tensors as a part of a pipeline file.
enum TypeOverrides {
  /// A type for all, the one of most weights, and overrides for those that have another.
  static func text(_ tensors: [TensorPlan]) -> String {
    let quantized = tensors.filter { $0.spec.shape.count { $0 != 1 } > 1 }
    var weights: [String: Int] = [:]
    for tensor in quantized { weights[tensor.format.name, default: 0] += tensor.spec.rows * tensor.spec.columns }
    let main = weights.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? "f16"
    var lines = ["quantize:", "  type: \(main)", "  overrides:"]
    for tensor in quantized {
      lines.append("    - {tensors: \"\(tensor.spec.ggufName)\", type: \(tensor.format.name)}")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
