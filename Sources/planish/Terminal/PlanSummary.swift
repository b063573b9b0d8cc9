import Foundation
import Pipeline
import Validation

/// A plan as a person reads it, within 80 columns: what comes of it first, then a line for each kind of matrix.
enum PlanSummary {
  /// What is shown of the tensors.
  enum Tensors {
    /// A line for those that are alike in all blocks.
    case byKind
    case each
  }

  /// - Parameter rate: of large products on this machine, operations a second.
  static func text(_ plan: Plan, rate: Double, _ tensors: Tensors = .byKind) -> String {
    var lines: [String] = plan.spec.variant.map { ["variant      \($0)"] } ?? []
    let original = plan.original
    lines.append(
      fact(
        "model",
        "\(plan.spec.model.path): \(plan.model.architecture.ggufName), \(original.weights.asCount) weights, "
          + "\(original.bytes.asBytes) at \(bits(original.bitsPerWeight))"))
    for (index, product) in plan.spec.products.enumerated() {
      let own = plan.forProduct(index)
      lines.append(
        fact(
          "product",
          "\(product.writer.name) \(product.path): \(own.type), \(own.tensorBytes.asBytes) at \(bits(own.bitsPerWeight)), "
            + own.tensorBytes.compared(to: original.bytes)))
    }
    lines.append(fact("calibration", calibration(plan)))
    lines.append(fact("validation", plan.validation.map(validation) ?? "none"))
    lines.append(fact("needs", memory(plan)))
    lines.append(fact("time", time(plan, rate: rate)))
    lines += Remarks.of(plan).map { fact("note", $0) }
    for edition in plan.editions.indices {
      lines += [""] + PlanTable.lines(plan.forEdition(edition), edition, tensors)
    }
    return lines.joined(separator: "\n")
  }

  /// What several pipelines take together.
  static func total(_ plans: [Plan], _ joint: [JointCompilation], rate: Double) -> String {
    let seconds = RunForecast(plans, joint, rate: rate).seconds
    let peak = (plans + joint.map(\.plan)).map(\.resources.peakBytes).max() ?? 0
    let together = joint.map(\.members.count).reduce(0, +)
    let order = together > 0 ? ", \(together) of them compiled together" : " one after the other"
    return fact(
      "all",
      "\(plans.count) pipelines\(order): \(MemoryBudget.text(peak)) of memory, about \(seconds.asRoughDuration)")
  }

  private static func bits(_ bits: Double) -> String { "\(String(format: "%.2f", bits)) bits" }

  private static func calibration(_ plan: Plan) -> String {
    let unit = plan.model.shape.choices.pooling == nil ? "sequences" : "texts"
    if let text = plan.calibration { return "\(text.tokens.count.grouped) tokens in \(text.count.grouped) \(unit)" }
    return plan.importance == nil ? "none" : "an importance matrix"
  }

  /// Such as `1.31 GiB of memory, activations in memory`.
  private static func memory(_ plan: Plan) -> String {
    let order = plan.courses.count > 1 ? ", products one after the other" : ""
    let ranks = plan.resources.ranks > 1 ? " for each of \(plan.resources.ranks) ranks" : ""
    return "\(MemoryBudget.text(plan.resources.peakBytes)) of memory\(ranks), activations in "
      + "\(plan.resources.activationsName == "memory" ? "memory" : "a file")\(order); \(disk(plan))"
  }

  /// Such as `9.31 GB of disk, of which 4.70 GB are a journal`.
  private static func disk(_ plan: Plan) -> String {
    let journal = plan.journalBytes
    return "\((plan.productBytes + journal).asBytes) of disk"
      + (journal > 0 ? ", of which \(journal.asBytes) are a journal" : "")
  }

  /// Such as `about 2 min 5 s: blocks 1 min 50 s, tables 5 s, measuring 10 s`.
  private static func time(_ plan: Plan, rate: Double) -> String {
    let words: [(Stage, String)] = [
      (.gradients, "gradients"), (.allot, "trying bits"), (.compile, "blocks"), (.tables, "tables"),
      (.validate, "measuring"),
    ]
    let parts = words.compactMap { stage, word in
      let operations = plan.resources.work.operations(of: stage)
      return operations > 0
        ? "\(word) \(max(1, ResourcePlan.seconds(of: operations, atRate: rate)).asRoughDuration)" : nil
    }
    let all = max(1, plan.resources.seconds(atRate: rate)).asRoughDuration
    return "about \(all)" + (parts.count > 1 ? ": \(parts.joined(separator: ", "))" : "")
  }

  /// Such as `32,768 tokens in 64 sequences, 400 questions in 1 task`.
  private static func validation(_ material: ValidationMaterial) -> String {
    var parts: [String] = []
    if !material.corpora.isEmpty {
      parts.append("\(material.textTokens.grouped) tokens in \(material.sequences.grouped) sequences")
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

  /// A word and what there is to say of it, wrapped at 80 columns.
  static func fact(_ word: String, _ text: String) -> String {
    let indent = 13
    let lines = text.wrapped(to: 80 - indent)
    let head = word.padding(toLength: indent, withPad: " ", startingAt: 0)
    return head + lines.joined(separator: "\n" + String(repeating: " ", count: indent))
  }
}

extension String {
  /// Lines of at most so many characters, broken between words where they allow it.
  func wrapped(to width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ", omittingEmptySubsequences: false) {
      if line.isEmpty {
        line = String(word)
      } else if line.count + 1 + word.count <= width {
        line += " " + word
      } else {
        lines.append(line)
        line = String(word)
      }
    }
    return lines + [line]
  }
}
