import Models
import Validation

/// The loop of budget and gates: products that a gate refuses are made again with more to spend, until all hold or no more may be spent.
///
/// What was foretold for a product, times what the measured figure is above its limit, says how much may be foretold for the next; the
/// frontier of the trials says what that takes. A round makes whole products: later blocks are calibrated on what earlier ones became, so
/// that one other type changes the codes of everything behind it.
struct BudgetRaising {
  private let untilBits: Double
  /// By edition; of those with a budget.
  private(set) var rounds: [Int: BudgetRounds]

  /// The divergence that is foretold falls at least by this factor from round to round, so that they end.
  static let leastStep = 0.9

  /// - Returns: nil where the file asks for no such thing.
  init?(_ plan: Plan) {
    guard let spec = plan.spec.validation?.onGateFailure else { return nil }
    untilBits = spec.untilBits
    rounds = [:]
    for edition in plan.editions.indices where plan.hasBudget(edition) {
      rounds[edition] = BudgetRounds(untilBits: spec.untilBits)
    }
  }

  /// Takes note of a round.
  ///
  /// - Returns: the bytes that editions are to have next; empty where there is no next round.
  mutating func next(_ plan: Plan, _ measured: [ProductOutcome]) -> [Int: Int] {
    var answers: [Int: Answer] = [:]
    var isHopeless = false
    for edition in plan.editions.indices {
      let own = zip(measured, plan.editionOfProduct).filter { $0.1 == edition }.map(\.0)
      let failed = own.flatMap { $0.gates.filter { !$0.holds } }
      guard rounds[edition] != nil else {
        isHopeless = isHopeless || !failed.isEmpty
        continue
      }
      note(plan, edition, own, failed)
      let answer = failed.isEmpty ? .ends(.held, nil) : answer(plan, edition, own)
      answers[edition] = answer
      if case .ends(let ending, _) = answer, ending != .held { isHopeless = true }
    }
    var raised: [Int: Int] = [:]
    for (edition, answer) in answers {
      switch answer {
      case .ends(let ending, let needed):
        rounds[edition]?.ending = ending
        rounds[edition]?.needed = needed
      case .raises(let bytes):
        raised[edition] = bytes
        if isHopeless { rounds[edition]?.ending = .otherProduct }
      }
    }
    return isHopeless ? [:] : raised
  }

  private enum Answer {
    case ends(BudgetRounds.Ending, BudgetRounds.Needed?)
    case raises(bytes: Int)
  }

  private mutating func note(_ plan: Plan, _ edition: Int, _ products: [ProductOutcome], _ failed: [GateResult]) {
    let budget = plan.editions[edition].type
    // What another product's budget made the run make again is the same.
    guard let spending = plan.editions[edition].spending, rounds[edition]?.rounds.last?.budget != budget else { return }
    rounds[edition]?.rounds.append(
      BudgetRounds.Round(
        budget: budget, bytes: spending.chosen.bytes,
        bitsPerWeight: plan.forEdition(edition).bitsPerWeight, foretold: spending.chosen.foretold,
        measured: products.first?.measurements?[.meanKLD]?.value, failed: failed))
  }

  /// What becomes of an edition of which some product fails.
  private func answer(_ plan: Plan, _ edition: Int, _ products: [ProductOutcome]) -> Answer {
    var share = Self.leastStep
    for product in products {
      for gate in product.gates where !gate.holds {
        guard let own = gate.shortfall(originalPerplexity: product.originalPerplexity(in: gate.gate.scope)) else {
          return .ends(.gate, nil)
        }
        share = min(share, own)
      }
    }
    guard let spending = plan.editions[edition].spending else { return .ends(.types, nil) }
    let now = spending.chosen
    let better = spending.frontier.filter { $0.bytes > now.bytes && $0.foretold < now.foretold }
    guard let best = better.last else { return .ends(.types, nil) }
    let weights = plan.editions[edition].tensors.reduce(0) { $0 + $1.spec.rows * $1.spec.columns }
    let allowed = untilBits * Double(weights) / 8
    let enough = better.first { $0.foretold <= share * now.foretold }
    if let enough, Double(enough.bytes) <= allowed { return .raises(bytes: enough.bytes) }
    // What is foretold is no more than that: the best that may be spent is tried all the same.
    if let most = better.last(where: { Double($0.bytes) <= allowed }) { return .raises(bytes: most.bytes) }
    guard Double(best.bytes) > allowed else { return .ends(.types, nil) }
    let needed = enough.map {
      BudgetRounds.Needed(bytes: $0.bytes, bitsPerWeight: 8 * Double($0.bytes) / Double(max(1, weights)))
    }
    return .ends(.limit, needed)
  }

  /// What gates said of the editions whose budget is raised.
  func refusals(_ raised: [Int: Int]) -> [Int: BudgetRounds.Round] {
    rounds.filter { raised[$0.key] != nil }.compactMapValues(\.rounds.last)
  }

  /// The failed gates of a round and what follows, in one line for each edition.
  func notes(_ raised: [Int: Int]) -> [String] {
    raised.sorted { $0.key < $1.key }.compactMap { edition, bytes in
      guard let rounds = rounds[edition], let last = rounds.rounds.last else { return nil }
      let gates = last.failed.map { "\($0.gate.measure.rawValue) \(BudgetText.nats($0.measured))" }.joined(
        separator: ", ")
      let next = BudgetText.bits(8 * Double(bytes) / (8 * Double(last.bytes) / last.bitsPerWeight))
      return "note: \(last.budget) do not hold the gates (\(gates)): the budget is raised to \(bytes) bytes, \(next)"
    }
  }
}

extension ProductOutcome {
  /// The original's perplexity on what was measured.
  fileprivate func originalPerplexity(in scope: Scope) -> Double? {
    guard let own = measurements?[.perplexity, in: scope]?.value,
      let ratio = measurements?[.perplexityRatio, in: scope]?.value, ratio > 0
    else { return nil }
    return own / ratio
  }
}
