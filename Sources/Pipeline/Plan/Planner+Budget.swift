import Mixes
import Models
import Products
import Spec

/// Editions whose tensors get what each is worth.
extension Planner {
  /// An edition that a budget is spent on.
  ///
  /// - Parameter writers: of the products that hold it.
  mutating func planEdition(
    _ request: QuantizationRequest, _ budget: TypeBudget, _ model: any ModelWeights, of original: ModelSource,
    for writers: [any Writer]
  ) -> Edition {
    checkSolver(request.solver, at: request.solverPath)
    if spec.calibration?.gradients == nil {
      mistakes.append(
        spec.diagnostic(
          at: request.typePath,
          "found a budget without calibrate.gradients, expected `gradients: {tokens: 16384}` in calibrate: they foretell what each "
            + "type of each tensor costs"))
    }
    let (overrides, mixModel) = (overrides(request, model), mixModel(model))
    var candidates: [[TensorPlan]] = []
    for (index, name) in budget.types.enumerated() {
      guard let single = QuantizationTypes.single(name) else {
        reportUnknownType(name, at: "\(request.typePath).from[\(index)]", isWhole: false)
        continue
      }
      let type: QuantizationType = request.keepsTables ? .linear(name) : single
      candidates.append(
        compilationOrder(model.weights).map { plan($0, of: original, request, type, mixModel, overrides) })
    }
    guard let first = candidates.first else {
      return Edition(type: request.type, tensors: [])
    }
    let open = open(budget, candidates, writers)
    checkBudget(open, at: request.typePath)
    let afforded = candidates.filter { tensors in open.bits.map { 8 * tensors.bytes <= $0 } ?? true }
    return Edition(
      type: request.type, tensors: afforded.max { $0.bytes < $1.bytes } ?? first, open: open,
      holdsInputScales: request.holdsInputScales, dynamicInputs: request.dynamicInputs)
  }

  private func open(_ budget: TypeBudget, _ candidates: [[TensorPlan]], _ writers: [any Writer]) -> OpenTypes {
    var groups: [[Int]] = []
    var places: [String: Int] = [:]
    for place in candidates[0].indices {
      let module = writers.lazy.compactMap { $0.moduleOfOneType(candidates[0][place]) }.first
      if let module, let known = places[module] {
        groups[known].append(place)
      } else {
        if let module { places[module] = groups.count }
        groups.append([place])
      }
    }
    var choices = [[TensorPlan]](repeating: [], count: candidates[0].count)
    for group in groups {
      var seen: Set<[String]> = []
      for candidate in candidates where seen.insert(group.map { candidate[$0].format.name }).inserted {
        for place in group { choices[place].append(candidate[place]) }
      }
    }
    return OpenTypes(limit: budget.limit, choices: choices, groups: groups)
  }

  /// Checks that the cheapest types fit.
  private mutating func checkBudget(_ open: OpenTypes, at path: String) {
    guard let bits = open.bits else { return }
    if bits > open.most {
      warnings.append(
        spec.diagnostic(
          at: path,
          "found a budget of \(bits / 8) bytes, and the types of `from` that take most come to \(open.most / 8): no more is spent",
          severity: .warning))
    }
    guard bits < open.least else { return }
    let weights = open.choices.reduce(0) { $0 + $1[0].spec.rows * $1[0].spec.columns }
    let least = (100 * Double(open.least) / Double(max(1, weights))).rounded(.up) / 100
    mistakes.append(
      spec.diagnostic(
        at: path,
        "found a budget of \(bits / 8) bytes, expected at least \(open.least / 8) (\(least) bits per weight), which the cheapest "
          + "types of `from` take together with what stands fixed; give it more, or name a type of fewer bits"))
  }

  /// Checks that what gates may raise can be raised.
  mutating func checkRaising(_ editions: [Edition], _ editionOfProduct: [Int]) {
    guard let raise = spec.validation?.onGateFailure else { return }
    let path = "validate.on_gate_failure.raise"
    if let gates = spec.validation?.gates, !gates.isEmpty, !gates.contains(where: { $0.gate.measure.isMendedByBits }) {
      mistakes.append(
        spec.diagnostic(
          at: path,
          "found raise without a gate on text or tasks, expected one, such as mean_kld: more bits mend no other"))
    }
    var hasBudget = false
    for edition in editions.indices {
      guard let product = editionOfProduct.firstIndex(of: edition),
        QuantizationRequest(spec.products[product], spec).budget != nil
      else { continue }
      hasBudget = true
      guard let open = editions[edition].open, let bits = open.bits else { continue }
      let weights = Double(max(1, open.choices.reduce(0) { $0 + $1[0].spec.rows * $1[0].spec.columns }))
      guard Double(bits) >= raise.untilBits * weights else { continue }
      mistakes.append(
        spec.diagnostic(
          at: "\(path).until_bits",
          "found until_bits \(raise.untilBits) and a budget of \(BudgetText.bits(Double(bits) / weights)), expected more than the budget"
        ))
    }
    guard !hasBudget else { return }
    mistakes.append(
      spec.diagnostic(
        at: path,
        "found raise without a budget, expected one in the place of a type, such as `type: {bits: 4.25, from: [q3_k, q4_k, q6_k]}`"
      ))
  }
}
