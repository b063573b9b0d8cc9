import Models
import Pipeline
import Products

/// The tensors of one edition of a plan.
enum PlanTable {
  static func lines(_ plan: Plan, _ edition: Int, _ tensors: PlanSummary.Tensors) -> [String] {
    let products = zip(plan.spec.products, plan.editionOfProduct).filter { $0.1 == edition }.map(\.0.path.written)
    let heading = plan.editions.count > 1 ? ["\(plan.type), for \(products.joined(separator: ", "))"] : []
    let notes = notes(plan)
    let table = tensors == .each ? each(plan) : byKind(plan)
    return heading + [table] + notes + [
      "\(plan.tensors.count.grouped) tensors, \(plan.tensorBytes.grouped) bytes without headers, "
        + "\(plan.fallbacks.count.grouped) fallbacks"
    ]
  }

  private static func each(_ plan: Plan) -> String {
    var table = TextTable(columns: [.left, .right, .left, .left, .right])
    table.add("tensor", "shape", "type", "solver", "bytes")
    for tensor in plan.tensors {
      table.add(
        tensor.name, shape(tensor), type(tensor), tensor.solver?.name ?? "", tensor.bytes.grouped)
    }
    return table.text
  }

  /// Matrices that are alike but for their block or expert.
  private struct Kind: Hashable {
    let name: String
    let shape: String
    let type: String
    let solver: String
  }

  private static func byKind(_ plan: Plan) -> String {
    var order: [Kind] = []
    var members: [Kind: [TensorPlan]] = [:]
    for tensor in plan.tensors {
      // Norms and biases are many, small and never rounded.
      let kind =
        tensor.spec.isVector
        ? Kind(name: "norms and biases", shape: "", type: type(tensor), solver: "")
        : Kind(
          name: tensor.spec.shortName, shape: shape(tensor), type: type(tensor), solver: tensor.solver?.name ?? "")
      if members[kind] == nil { order.append(kind) }
      members[kind, default: []].append(tensor)
    }
    var table = TextTable(columns: [.left, .left, .right, .left, .left, .right])
    table.add("blocks", "matrix", "shape", "type", "solver", "size")
    for kind in order {
      let tensors = members[kind] ?? []
      let experts = Set(tensors.compactMap { $0.spec.expert?.index }).count
      table.add(
        kind.shape.isEmpty ? "" : blocks(tensors.compactMap(\.spec.layer), of: plan.source.shape.layers),
        Summary.shortened(kind.name, to: 20) + (experts > 1 ? " × \(experts)" : ""), kind.shape, kind.type, kind.solver,
        tensors.reduce(0) { $0 + $1.bytes }.asBytes)
    }
    return table.text
  }

  /// Such as `0–29`, `0–3, 26–29` or `15 of 30`.
  private static func blocks(_ layers: [Int], of all: Int) -> String {
    let layers = Set(layers).sorted()
    var ranges: [ClosedRange<Int>] = []
    for layer in layers {
      if let last = ranges.last, last.upperBound + 1 == layer {
        ranges[ranges.count - 1] = last.lowerBound...layer
      } else {
        ranges.append(layer...layer)
      }
    }
    let text = ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }
      .joined(separator: ", ")
    return text.count <= 12 ? text : "\(layers.count) of \(all)"
  }

  private static func shape(_ tensor: TensorPlan) -> String {
    tensor.spec.shape.map(String.init).joined(separator: " × ")
  }

  private static func type(_ tensor: TensorPlan) -> String {
    tensor.format.name + (tensor.fallback == nil ? "" : " *")
  }

  /// Each reason for a fallback once, with how many tensors it is for and the first of them.
  private static func notes(_ plan: Plan) -> [String] {
    var order: [String] = []
    var tensors: [String: [String]] = [:]
    for tensor in plan.fallbacks {
      guard let reason = tensor.fallback else { continue }
      if tensors[reason] == nil { order.append(reason) }
      tensors[reason, default: []].append(tensor.name)
    }
    return order.flatMap { reason in
      let names = tensors[reason] ?? []
      let others = names.count > 1 ? " and \(names.count - 1) more" : ""
      return ["* \(names[0])\(others):"] + reason.wrapped(to: 76).map { "    \($0)" }
    }
  }
}
