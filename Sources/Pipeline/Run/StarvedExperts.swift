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
    let pool = site.of(expert: nil)
    return rule?.starved == .shared && differing.contains(pool) ? pool : nil
  }

  /// What an expert's matrices read where it is not what all tokens have.
  private var differing: [Site] {
    let weighsInputs = decoder.shape.choices.experts?.weighsInputs ?? false
    return weighsInputs ? [.expertInput(nil), .expertProduct(nil)] : [.expertProduct(nil)]
  }

  /// Gives experts that too few tokens went to the statistics that the pipeline chose for them.
  func feedStarved(
    _ statistics: inout [Site: ActivationStatistics], of block: BlockWeights, _ subLayer: SubLayer, _ route: Route
  ) -> [ObservedExpert] {
    let pooled = differing.reduce(into: [Site: ActivationStatistics]()) { $0[$1] = statistics.removeValue(forKey: $1) }
    let counts = (0..<route.experts.count).map { statistics[.expertInput($0)]?.tokens ?? 0 }
    guard let rule else { return counts.map { ObservedExpert(tokens: $0, substitute: nil) } }
    let starved = counts.indices.filter { counts[$0] < rule.minimumTokens }
    let ofAll = rule.starved == .allTokens ? statisticsOfAll(starved, block, subLayer, route) : [:]
    for expert in starved {
      statistics[.expertInput(expert)] = statistics[route.from]
      for site in differing { statistics[site.of(expert: expert)] = ofAll[site.of(expert: expert)] ?? pooled[site] }
    }
    return counts.map { ObservedExpert(tokens: $0, substitute: $0 < rule.minimumTokens ? rule.starved : nil) }
  }

  /// What matrices of some experts would read if all tokens went to them.
  private func statisticsOfAll(
    _ experts: [Int], _ block: BlockWeights, _ subLayer: SubLayer, _ route: Route
  ) -> [Site: ActivationStatistics] {
    guard !experts.isEmpty else { return [:] }
    let sums = SiteStatistics(on: workers)
    for batch in activations.batches {
      let edges = activations.copy(batch)
      decoder.run(subLayer, block, edges, batch.sequences, .allSites) { site, input, units in
        guard site == route.from else { return }
        let input = HeldMatrix(input.copy())
        for expert in experts {
          decoder.observe(expert: expert, of: route, block, input, units) { site, product, units in
            if differing.contains(site.of(expert: nil)) { sums.add(product, in: units, at: site) }
          }
        }
      }
    }
    sums.gather()
    return sums.sites.reduce(into: [:]) { statistics, site in
      if let sum = sums.take(site) { statistics[site] = ActivationStatistics(sum, on: workers) }
    }
  }
}
