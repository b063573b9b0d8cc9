import Calibration
import Models

/// What gradients say of the matrices of a block, and which of them read what.
struct BlockLosses {
  /// Those that any gradient came through.
  let matrices: [BlockWeights.Key: MatrixLoss]
  private let readers: [Site: [BlockWeights.Key]]
  private let layerSites: Set<Site>

  /// - Parameters:
  ///   - readers: the matrices that are to be known with their tokens weighed.
  ///   - layerSites: inputs that are to be known with all tokens alike, too.
  init(
    matrices: [BlockWeights.Key: MatrixLoss], readers: [Site: [BlockWeights.Key]], layerSites: Set<Site>
  ) {
    self.matrices = matrices
    self.readers = readers
    self.layerSites = layerSites
  }

  /// The matrices that read a site and have weights for its tokens.
  func readers(of site: Site) -> [BlockWeights.Key] { (readers[site] ?? []).filter { matrices[$0] != nil } }

  /// Whether some matrix asks for a site's inputs with all tokens alike: because it is solved for its layer, or no gradient came
  /// through it.
  func isCountedAlike(_ site: Site) -> Bool {
    let all = readers[site] ?? []
    return layerSites.contains(site) || all.isEmpty || all.contains { matrices[$0] == nil }
  }
}
