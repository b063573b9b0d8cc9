extension BlockBuilder {
  /// Latent attention: keys and values of all heads come from one small vector of each token, queries perhaps from another, and
  /// positions turn a part of each head alone, of keys one that all heads share.
  ///
  /// DeepSeek-AI, "DeepSeek-V2" (2024), section 2.1.
  package func latentAttention(_ latent: LatentAttention) -> BlockBuilder {
    subLayer(.attentionNorm, .attentionInput, "attentionBranch") { builder, input in
      builder.latentQueries(latent, input)
      // Heads are split off as late as can be: what waits until then is small.
      builder.steps.append(Split("compressed", into: [("latent", latent.rank), ("sharedKey", latent.turningSize)]))
      let normed = builder.norm(.attentionKeyValueDownNorm, "latent", epsilon: latent.normEpsilon)
      let shared = builder.turned("sharedKey", headSize: latent.turningSize, after: 0)
      builder.steps.append(
        LatentKeys(
          queries: "queries", latent: normed, turned: shared, to: "keys", heads: shape.heads,
          plainSize: latent.plainSize))
      builder.steps.append(linear(.attentionValueUp, normed, "values", rows: shape.heads * latent.valueSize))
      var mix = Attention(
        queries: builder.turned("queries", headSize: latent.headSize, after: latent.plainSize), keys: "keys",
        values: "values", to: .attentionContext, headSize: latent.headSize, valueSize: latent.valueSize)
      mix.scale = shape.rotary.scoreMagnitude / Float(latent.headSize).squareRoot()
      builder.steps.append(mix)
      builder.steps.append(linear(.attentionOutput, .attentionContext, "attentionBranch", rows: shape.hiddenSize))
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }

  private mutating func latentQueries(_ latent: LatentAttention, _ input: Edge) {
    let rows = shape.heads * latent.headSize
    let below = linear(.attentionKeyValueDown, input, "compressed", rows: latent.rank + latent.turningSize)
    guard let rank = latent.queryRank else {
      steps += [linear(.attentionQuery, input, "queries", rows: rows), below]
      return
    }
    steps += [linear(.attentionQueryDown, input, "compressedQuery", rows: rank), below]
    let normed = norm(.attentionQueryDownNorm, "compressedQuery", epsilon: latent.normEpsilon)
    steps.append(linear(.attentionQueryUp, normed, "queries", rows: rows))
  }

  /// Turned as published weights have it: components that turn together stand side by side.
  private mutating func turned(_ edge: Edge, headSize: Int, after first: Int) -> Edge {
    guard let rotary = shape.rotary(rule) else { return edge }
    let turned = Edge("\(edge.name).turned")
    let pairs = RotaryPairs(first: first, areNeighbours: true)
    steps.append(Rope(edge, rotary, headSize: headSize, pairs: pairs, to: turned))
    return turned
  }
}

extension RotaryEmbedding {
  /// By what scores are multiplied beside, where longer contexts ask for it: the square of 0.1 m ln(factor) + 1.
  var scoreMagnitude: Float {
    guard case .yarn(let yarn) = scaling, let multiplier = yarn.scoreMultiplier else { return 1 }
    let magnitude = Yarn.usualMagnitude(yarn.factor, times: multiplier)
    return Float(magnitude * magnitude)
  }
}
