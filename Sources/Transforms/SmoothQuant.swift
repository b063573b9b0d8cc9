import Models
import Schemes
import Solvers
import Tensors

/// Shares the range of each channel between activations and weights, by one exponent for the whole model.
///
/// Xiao et al., "SmoothQuant: Accurate and Efficient Post-Training Quantization for Large Language Models" (2023),
/// equation 4: s = x^α / w^(1 − α), with w the largest weight of a channel over all its readers. Calibration keeps mean
/// squares, so x is the root mean square of a channel where the paper has its maximum.
package struct SmoothQuant: Transform {
  /// α, from 0 to 1.
  package let strength: Float

  package static let defaultStrength = 0.5

  package init(strength: Float = Float(defaultStrength)) {
    self.strength = strength
  }

  package var name: String { "smoothquant" }

  package func edit(
    _ block: inout ObservedBlock, _ schemes: [Role: any Scheme], on workers: Workers
  ) -> [TransformRecord] {
    var records: [TransformRecord] = []
    for channels in block.wiring.channels {
      guard let loss = ScalingLoss(block, channels, schemes), let ranges = ChannelRanges(block, channels) else {
        continue
      }
      let scales = ranges.scales(strength, sharedWithWeights: true)
      let before = loss.cost([Float](repeating: 1, count: scales.count))
      let after = loss.cost(scales)
      channels.scale(&block, by: scales)
      records.append(
        TransformRecord(
          transform: name, layer: block.layer, site: channels.site.label, exponent: strength,
          errorBefore: before / loss.total, errorAfter: after / loss.total))
    }
    return records
  }
}
