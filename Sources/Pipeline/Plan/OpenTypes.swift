import Models
import Products
import Schemes
import Spec

/// What the tensors of an edition may be, and what all of them together may take or cost.
struct OpenTypes: Sendable {
  let limit: TypeBudget.Limit
  /// For each tensor, in their order, what it may become; one choice where it stands fixed.
  let choices: [[TensorPlan]]
  /// Places of tensors that get one type: those of a group have as many choices, in the same order.
  let groups: [[Int]]
  /// For each tensor, nats per token that each of its choices costs; nil until trials foretold them.
  private(set) var costs: [[Double]]?

  /// Strategies of EXL2 for matrices inside of blocks, which may take so many bits for each of their weights on average.
  init(average: Double, _ tensors: [TensorPlan]) {
    choices = tensors.map { tensor in
      guard tensor.format is EXL2Scheme else { return [tensor] }
      return EXL2Strategy.all.compactMap { $0.scheme(columns: tensor.spec.columns) }.map(tensor.replacing)
    }
    groups = tensors.indices.map { [$0] }
    let open = tensors.filter { $0.format is EXL2Scheme }
    let weights = open.reduce(0) { $0 + $1.spec.rows * $1.spec.columns }
    limit = .bytes(tensors.bytes - open.bytes + Int(average * Double(weights)) / 8)
  }

  init(limit: TypeBudget.Limit, choices: [[TensorPlan]], groups: [[Int]]) {
    self.limit = limit
    self.choices = choices
    self.groups = groups
  }

  /// The same choices under another limit.
  func replacing(_ limit: TypeBudget.Limit) -> OpenTypes {
    OpenTypes(limit: limit, choices: choices, groups: groups).costing(costs)
  }

  /// The same choices with what each costs.
  func costing(_ costs: [[Double]]?) -> OpenTypes {
    var open = self
    open.costs = costs
    return open
  }

  /// The bits that a limit allows; nil where it is one on what is lost.
  var bits: Int? {
    switch limit {
    case .bits(let average):
      Int(average * Double(choices.reduce(0) { $0 + ($1.first.map { $0.spec.rows * $0.spec.columns } ?? 0) }))
    case .bytes(let bytes): 8 * bytes
    case .meanKLD: nil
    }
  }

  /// Bits of all tensors, with the choice of each group that takes the fewest, or the most.
  var least: Int { groups.reduce(0) { $0 + (bits(of: $1).min() ?? 0) } }
  var most: Int { groups.reduce(0) { $0 + (bits(of: $1).max() ?? 0) } }

  /// All tensors in one type after the other, as far as each can have it.
  var candidates: [[TensorPlan]] {
    (0..<(choices.map(\.count).max() ?? 0)).map { candidate in choices.map { $0[min(candidate, $0.count - 1)] } }
  }

  /// The bits of each choice of a group.
  func bits(of group: [Int]) -> [Int] {
    choices[group[0]].indices.map { choice in group.reduce(0) { $0 + 8 * choices[$1][choice].bytes } }
  }

  /// The tensors, in their order, with a choice for each group.
  func tensors(_ chosen: [Int]) -> [TensorPlan] {
    var tensors = choices.map { $0[0] }
    for (group, choice) in zip(groups, chosen) {
      for place in group { tensors[place] = choices[place][choice] }
    }
    return tensors
  }
}

/// What a budget bought.
package struct TypeSpending: Sendable, Codable, Equatable {
  /// One way to spend: more bytes for less divergence.
  package struct Point: Sendable, Codable, Equatable {
    /// Of all tensors.
    package let bytes: Int
    /// Nats per token that are foretold.
    package let foretold: Double
  }

  /// What was asked for, such as `4.25 bits`.
  package let asked: String
  /// From the fewest bytes to the most; each point is the best for its bytes.
  package let frontier: [Point]
  /// The place of what was chosen beside them: the last one that is no larger.
  package let chosen: Point
  /// A part of a pipeline file that makes the same product without a budget; nil where no type of a file names what was chosen.
  package let overrides: String?
}
