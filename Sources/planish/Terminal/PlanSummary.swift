import Foundation
import Pipeline
import Validation

/// A plan as a person reads it.
enum PlanSummary {
  /// - Parameter rate: of large products on this machine, operations a second.
  static func text(_ plan: Plan, rate: Double) -> String {
    var lines: [String] = []
    for edition in plan.editions.indices { lines += tensors(plan.forEdition(edition), edition) }
    let unit = plan.model.shape.choices.pooling == nil ? "sequences" : "texts"
    lines.append(
      "calibration: \(plan.calibration.map { "\($0.tokens.count.grouped) tokens in \($0.count) \(unit)" } ?? "none")")
    lines.append("validation: \(plan.validation.map(validation) ?? "none")")
    lines.append(resources(plan, rate: rate))
    for product in plan.spec.products { lines.append("product: \(product.writer.name) \(product.path)") }
    return lines.joined(separator: "\n")
  }
}

extension PlanSummary {
  /// The tensors of one edition, under the products that hold them where there are several editions.
  private static func tensors(_ plan: Plan, _ edition: Int) -> [String] {
    var table = TextTable(columns: [.left, .right, .left, .left, .right])
    table.add("tensor", "shape", "type", "solver", "bytes")
    for tensor in plan.tensors {
      let mark = tensor.fallback == nil ? "" : " *"
      table.add(
        tensor.name, tensor.spec.shape.map(String.init).joined(separator: " × "), tensor.format.name + mark,
        tensor.solver?.name ?? "", tensor.bytes.grouped)
    }
    let products = zip(plan.spec.products, plan.editionOfProduct).filter { $0.1 == edition }.map(\.0.path.written)
    let heading = plan.editions.count > 1 ? ["\(plan.type), for \(products.joined(separator: ", "))"] : []
    let notes = notes(plan)
    return heading + [table.text, ""] + notes + (notes.isEmpty ? [] : [""]) + [
      "\(plan.tensors.count) tensors, \(plan.tensorBytes.grouped) bytes without headers, "
        + "\(String(format: "%.2f", plan.bitsPerWeight)) bits per weight, \(plan.fallbacks.count) fallbacks"
    ]
  }

  /// Such as `needs: 1.31 GiB of memory, activations in memory; about 2 minutes`.
  private static func resources(_ plan: Plan, rate: Double) -> String {
    let seconds = plan.resources.seconds(atRate: rate)
    let time = seconds < 90 ? "\(max(1, Int(seconds.rounded()))) seconds" : "\(Int((seconds / 60).rounded())) minutes"
    let order = plan.courses.count > 1 ? ", products one after the other" : ""
    return "needs: \(MemoryBudget.text(plan.resources.peakBytes)) of memory, activations in "
      + "\(plan.resources.activationsName == "memory" ? "memory" : "a file")\(order); about \(time)"
  }

  /// Such as `32,768 tokens in 64 sequences, 400 questions in 1 task`.
  private static func validation(_ material: ValidationMaterial) -> String {
    var parts: [String] = []
    if !material.corpora.isEmpty {
      parts.append("\(material.textTokens.grouped) tokens in \(material.sequences) sequences")
    }
    if !material.embedded.isEmpty {
      parts.append("\(material.textTokens.grouped) tokens in \(material.sequences.grouped) texts")
    }
    if !material.tasks.isEmpty {
      let tasks = material.tasks.count == 1 ? "1 task" : "\(material.tasks.count) tasks"
      parts.append("\(material.items.grouped) questions in \(tasks)")
    }
    return parts.joined(separator: ", ")
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
    return order.map { reason in
      let names = tensors[reason] ?? []
      let others = names.count > 1 ? " and \(names.count - 1) more" : ""
      return "* \(names[0])\(others):\n    \(reason)"
    }
  }
}

/// A plan as a program reads it.
struct PlanReport: Encodable {
  struct Tensor: Encodable {
    let name: String
    let shape: [Int]
    let typeAsked: String
    let type: String
    let fallback: String?
    let solver: String?
    let bytes: Int
  }

  /// What the products hold that do not hold the tensors above.
  struct Edition: Encodable {
    let type: String
    let products: [String]
    let tensors: [Tensor]
    let tensorBytes: Int
    let bitsPerWeight: Double
    let fallbacks: Int
  }

  let name: String
  let variant: String?
  let tensors: [Tensor]
  let tensorBytes: Int
  let bitsPerWeight: Double
  let fallbacks: Int
  let calibrationTokens: Int
  let validationTokens: Int
  let validationQuestions: Int
  let products: [String]
  let otherEditions: [Edition]
  let warnings: [String]
  let peakBytes: Int
  let activations: String
  let seconds: Double

  init(_ plan: Plan, rate: Double) {
    name = plan.spec.name
    variant = plan.spec.variant
    tensors = Self.tensors(plan)
    tensorBytes = plan.tensorBytes
    bitsPerWeight = plan.bitsPerWeight
    fallbacks = plan.fallbacks.count
    calibrationTokens = plan.calibration?.tokens.count ?? 0
    validationTokens = plan.validation?.textTokens ?? 0
    validationQuestions = plan.validation?.items ?? 0
    products = plan.spec.products.map(\.path.absolute)
    otherEditions = plan.editions.indices.dropFirst().map { edition in
      let own = plan.forEdition(edition)
      let paths = zip(plan.spec.products, plan.editionOfProduct).filter { $0.1 == edition }.map(\.0.path.absolute)
      return Edition(
        type: own.type, products: paths, tensors: Self.tensors(own), tensorBytes: own.tensorBytes,
        bitsPerWeight: own.bitsPerWeight, fallbacks: own.fallbacks.count)
    }
    warnings = plan.warnings.map(\.description)
    peakBytes = plan.resources.peakBytes
    activations = plan.resources.activationsName
    seconds = plan.resources.seconds(atRate: rate)
  }

  private static func tensors(_ plan: Plan) -> [Tensor] {
    plan.tensors.map {
      Tensor(
        name: $0.name, shape: $0.spec.shape, typeAsked: $0.typeAsked, type: $0.format.name, fallback: $0.fallback,
        solver: $0.solver?.name, bytes: $0.bytes)
    }
  }
}
