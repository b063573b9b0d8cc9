/// Several streams in the place of one, of which layers compute on the first.
///
/// Baykal et al., "Alternating Updates for Efficient Transformers" (2023).
package struct AlternatingUpdates: Sendable, Equatable {
  package var streams: Int
  /// Of the matrices beside attention.
  package var laurelRank: Int

  package init(streams: Int, laurelRank: Int) {
    (self.streams, self.laurelRank) = (streams, laurelRank)
  }
}

extension BlockBuilder {
  /// A block of several streams. All of them predict each; attention, two small matrices beside it and a feed-forward layer work on what is
  /// predicted of the first, and what they make of it corrects all. An embedding of the layer's own goes to the others.
  ///
  /// The first block makes further streams of the embeddings, and the last brings all together.
  ///
  /// `transformers` modeling_gemma3n.
  package func alternatingUpdates() -> BlockBuilder {
    guard let updates = shape.choices.altUp else { preconditionFailure("a family of several streams with one") }
    var builder = self
    let streams = builder.streamsBefore(updates.streams)
    let predicted = (0..<updates.streams).map { Edge("predicted.\($0)") }
    let modalities = builder.modalities(of: streams[0], "before")
    builder.steps += [
      linear(.altUpPrediction, modalities, "predictionFactors", rows: updates.streams * updates.streams),
      MixStreams(streams, adding: streams, times: "predictionFactors", to: predicted),
    ]
    let activated = builder.activated(predicted[0], updates)
    builder.correct(predicted, by: activated, count: updates.streams)
    return builder
  }

  /// What the block reads: the first stream, and those that an earlier block left or that the first makes of it.
  private mutating func streamsBefore(_ count: Int) -> [Edge] {
    guard layer == 0 else { return [.blockInput] + (1..<count).map { Edge.stream($0, behind: layer - 1) } }
    let others = (1..<count).map { Edge("stream.\($0)") }
    let projected = (1..<count).map { Edge("projectedStream.\($0)") }
    steps.append(
      StackedLinear(
        .streamInput, from: others.map { _ in .blockInput }, to: projected, rows: shape.hiddenSize))
    steps += zip(projected, others).map { MatchMagnitude($0, like: .blockInput, to: $1) }
    return [.blockInput] + others
  }

  /// How much of each kind a stream is, in small numbers that decide how streams are mixed.
  ///
  /// - Parameter name: of the two times that a block asks for it.
  private mutating func modalities(of stream: Edge, _ name: String) -> Edge {
    let isRepeated = name != "before"
    let modalities = Edge("modalities.\(name)")
    let (normed, scaled, routed) = (
      Edge("routed.\(name).normed"), Edge("routed.\(name).scaled"), Edge("routed.\(name)")
    )
    var norm = Norm(.altUpRouterNorm, shape.choices.norm, epsilon: shape.normEpsilon, from: stream, to: normed)
    var router = linear(.altUpRouter, scaled, routed, rows: shape.choices.altUp?.streams ?? 0)
    (norm.isRepeated, router.isRepeated) = (isRepeated, isRepeated)
    steps += [
      norm, Scale(normed, by: 1 / Float(shape.hiddenSize), to: scaled), router, Activate(.tanh, routed, to: modalities),
    ]
    return modalities
  }

  /// What attention and the feed-forward layer make of the first stream.
  private mutating func activated(_ stream: Edge, _ updates: AlternatingUpdates) -> Edge {
    let input = norm(.attentionNorm, stream, to: .attentionInput)
    steps += [
      linear(.laurelDown, input, "laurelLow", rows: updates.laurelRank),
      linear(.laurelUp, "laurelLow", "laurelBranch", rows: shape.hiddenSize),
    ]
    steps.append(Add(input, norm(.laurelNorm, "laurelBranch"), to: "laurel"))
    attendWithUnitHeads(input, to: "attentionBranch")
    steps += [
      Add(stream, norm(.attentionPostNorm, "attentionBranch"), to: "attended"),
      Add("attended", "laurel", to: "bothBranches"),
      Scale("bothBranches", by: Float(0.5).squareRoot(), to: .afterAttention),
    ]
    multiplyGated(norm(.feedForwardNorm, .afterAttention, to: .feedForwardInput))
    steps.append(linear(.feedForwardDown, .feedForwardProduct, "feedForwardBranch", rows: shape.hiddenSize))
    steps.append(Add(.afterAttention, norm(.feedForwardPostNorm, "feedForwardBranch"), to: "activated"))
    return "activated"
  }

  /// Adds to every stream how much what was made of the first differs from what was predicted, and the embedding of the layer to all but
  /// the first.
  private mutating func correct(_ predicted: [Edge], by activated: Edge, count: Int) {
    let isLast = layer == shape.layers - 1
    let corrected = [isLast ? "leftStream.0" : Edge.blockOutput] + (1..<count).map { Edge("corrected.\($0)") }
    let modalities = modalities(of: activated, "behind")
    steps += [
      linear(.altUpCorrection, modalities, "correctionFactors", rows: count), Scale(predicted[0], by: -1, to: "less"),
      Add(activated, "less", to: "innovation"),
      MixStreams(predicted, adding: ["innovation"], times: "correctionFactors", offset: 1, to: corrected),
      LayerScale(.altUpScale, from: corrected[0], to: "scaledStream", eachColumn: true),
    ]
    let branch = layerInputBranch(from: "scaledStream")
    let left = (1..<count).map { isLast ? Edge("leftStream.\($0)") : Edge.stream($0, behind: layer) }
    steps += zip(corrected.dropFirst(), left).map { Add($0, branch, to: $1) }
    if isLast { merge([corrected[0]] + left) }
  }

  /// The mean of all streams, brought to the magnitude of the first.
  private mutating func merge(_ streams: [Edge]) {
    let projected = streams.indices.dropFirst().map { Edge("mergedStream.\($0)") }
    steps.append(
      StackedLinear(.streamOutput, from: Array(streams.dropFirst()), to: projected, rows: shape.hiddenSize))
    var sum = streams[0]
    for edge in projected {
      let (matched, next) = (Edge("\(edge.name).matched"), Edge("\(edge.name).sum"))
      steps += [MatchMagnitude(edge, like: streams[0], to: matched), Add(sum, matched, to: next)]
      sum = next
    }
    steps.append(Scale(sum, by: 1 / Float(streams.count), to: .blockOutput))
  }
}
