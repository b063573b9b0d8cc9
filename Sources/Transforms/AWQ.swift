import Models
import Schemes
import Solvers
import Tensors

/// Scales up the channels that matter before weights are rounded, by a power of their activations that is searched for
/// each site.
///
/// Lin et al., "AWQ: Activation-aware Weight Quantization for On-Device LLM Compression and Acceleration" (2024), section
/// 3.2: s = x^α, with x the root mean square of a channel here; and SmoothQuant's s = x^α / w^(1 − α) for the same α, which
/// wins where weights have outliers of their own. The loss is the exact one of a linear layer, tr(Δ H Δᵀ).
/// The paper's second search, for clipped weights, is part of every scheme here: a grid's scale is searched under the
/// importance of each column, and does not have to reach the largest weight.
package struct AWQ: Transform {
  /// Steps of α between 0 and 1.
  package let steps: Int

  package static let defaultSteps = 20

  package init(steps: Int = defaultSteps) {
    self.steps = steps
  }

  package var name: String { "awq" }

  package func edit(
    _ block: inout ObservedBlock, _ schemes: [Role: any Scheme], on workers: Workers
  ) -> [TransformRecord] {
    var records: [TransformRecord] = []
    for channels in block.wiring.channels {
      guard let loss = ScalingLoss(block, channels, schemes), let ranges = ChannelRanges(block, channels) else {
        continue
      }
      // The first leaves everything as it is.
      var candidates = [(exponent: Float(0), scales: ranges.scales(0, sharedWithWeights: false))]
      for step in 0...steps {
        let exponent = Float(step) / Float(steps)
        for isShared in [false, true] where step > 0 || isShared {
          candidates.append((exponent, ranges.scales(exponent, sharedWithWeights: isShared)))
        }
      }
      let costs = costs(loss, candidates.map(\.scales), on: workers)
      let best = costs.indices.min { costs[$0] < costs[$1] } ?? 0
      if best > 0 { channels.scale(&block, by: candidates[best].scales) }
      records.append(
        TransformRecord(
          transform: name, layer: block.layer, site: channels.site.label, exponent: candidates[best].exponent,
          errorBefore: costs[0] / loss.total, errorAfter: costs[best] / loss.total))
    }
    return records
  }

  private func costs(_ loss: borrowing ScalingLoss, _ candidates: [[Float]], on workers: Workers) -> [Double] {
    workers.sharedMap(candidates.count) { loss.cost(candidates[$0]) }
  }
}
