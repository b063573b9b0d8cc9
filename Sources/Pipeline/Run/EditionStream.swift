import Models
import Solvers
import Tensors
import Transforms

/// Editions for which calibration has been one and the same so far, with the text as it stands in what they made.
///
/// Streams are what gives each product the bytes that it would have alone: as soon as two editions make something else of a
/// matrix, the text parts, and each goes on with what it made itself.
final class EditionStream {
  /// Places in the plan. The text moves on as the first of them makes it.
  let editions: [Int]
  /// Nil where nothing is calibrated.
  let calibrator: Calibrator?
  /// The block that is being compiled; nil between blocks.
  var block: ObservedBlock?
  /// What gradients say of it; nil where they are not known.
  var losses: BlockLosses?
  /// What was observed of the inputs of the sub-layer that is being compiled.
  var inputScales: [Site: Float] = [:]
  /// What was observed of single matrices of that sub-layer, whose tokens are weighed by their gradients.
  var underLoss: [BlockWeights.Key: ActivationStatistics] = [:]

  init(_ editions: [Int], _ calibrator: Calibrator?, block: ObservedBlock? = nil, losses: BlockLosses? = nil) {
    self.editions = editions
    self.calibrator = calibrator
    self.block = block
    self.losses = losses
  }

  /// The same stream in several, none of which sees what the others do.
  ///
  /// - Parameter groups: the editions of each; together those of this stream.
  func parted(_ groups: [[Int]], of plan: Plan) throws(RunError) -> [EditionStream] {
    guard groups.count > 1 else { return [self] }
    var streams = [EditionStream(groups[0], calibrator, block: block, losses: losses)]
    for group in groups.dropFirst() {
      let text = try calibrator.map { other throws(RunError) in
        try Calibrator(
          parting: other, drift: plan.observesDrift(group), ranges: plan.observesInputRanges(group),
          sharesOriginal: plan.blockTransforms.isEmpty)
      }
      streams.append(EditionStream(group, text, block: block, losses: losses))
    }
    return streams
  }
}

extension [Int] {
  /// The same in groups of those that are alike, in the order of the first of each.
  func grouped(by areAlike: (Int, Int) -> Bool) -> [[Int]] {
    reduce(into: []) { groups, edition in
      if let place = groups.firstIndex(where: { areAlike($0[0], edition) }) {
        groups[place].append(edition)
      } else {
        groups.append([edition])
      }
    }
  }
}
