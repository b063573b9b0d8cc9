import Calibration
import Models
import Solvers
import Spec
import Tensors

/// What calibration saw of one expert.
struct ObservedExpert {
  /// Tokens that its router sent to it.
  let tokens: Int
  /// What it was calibrated with instead, if they were too few.
  let substitute: CalibrationSpec.Starved?
}

extension Calibrator {
  /// Where the activations of all experts of a layer are added up, for those that see too few of their own.
  func pool(_ site: Site) -> Site? {
    guard rule?.starved == .shared, case .expertProduct = site else { return nil }
    // No matrix of a layer with experts reads there.
    return .feedForwardProduct
  }

  /// Gives experts that too few tokens went to the statistics that the pipeline chose for them.
  func feedStarved(
    _ statistics: inout [Site: ActivationStatistics], of block: BlockWeights, _ parts: BlockParts
  ) -> [ObservedExpert] {
    let pooled = statistics.removeValue(forKey: .feedForwardProduct)
    let counts = (0..<(decoder.shape.choices.experts?.count ?? 0)).map { statistics[.expertInput($0)]?.tokens ?? 0 }
    guard let rule else { return counts.map { ObservedExpert(tokens: $0, substitute: nil) } }
    let starved = counts.indices.filter { counts[$0] < rule.minimumTokens }
    let products = rule.starved == .allTokens ? productsOfAll(starved, block, parts) : [:]
    for expert in starved {
      statistics[.expertInput(expert)] = statistics[.feedForwardInput]
      statistics[.expertProduct(expert)] = products[expert] ?? pooled
    }
    return counts.map { ObservedExpert(tokens: $0, substitute: $0 < rule.minimumTokens ? rule.starved : nil) }
  }

  /// What the last matrices of some experts would read if all tokens went to them.
  private func productsOfAll(
    _ experts: [Int], _ block: BlockWeights, _ parts: BlockParts
  ) -> [Int: ActivationStatistics] {
    guard !experts.isEmpty else { return [:] }
    let sums = SiteStatistics(on: workers)
    for batch in activations.batches {
      var state = activations.copy(batch)
      decoder.run(parts, of: block, &state, batch.sequences) { site, input, units in
        guard site == .feedForwardInput else { return }
        for expert in experts {
          sums.add(decoder.expertProduct(block, input, units, expert), in: units, at: .expertProduct(expert))
        }
      }
    }
    var products: [Int: ActivationStatistics] = [:]
    for expert in experts {
      if let sum = sums.take(.expertProduct(expert)) { products[expert] = ActivationStatistics(sum, on: workers) }
    }
    return products
  }
}
