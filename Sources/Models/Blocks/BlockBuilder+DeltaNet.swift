extension BlockBuilder {
  /// A delta net or gated attention, whichever the layer has.
  package func deltaNetOrAttention() -> BlockBuilder {
    shape.choices.hasAttention(layer: layer) ? attention(norm: .eachHead, isGated: true) : deltaNet()
  }

  /// A gated delta net in the place of attention: linear attention whose state each token decays and corrects.
  ///
  /// Yang, Kautz and Hatamizadeh, "Gated Delta Networks: Improving Mamba2 with Delta Rule" (2024), section 3.4.
  package func deltaNet() -> BlockBuilder {
    guard let net = shape.choices.deltaNet else { preconditionFailure("a family of delta nets without any") }
    let heads = net.heads
    return subLayer(.attentionNorm, .attentionInput, "attentionBranch") { builder, input in
      builder.steps += [
        linear(.deltaQueryKeyValue, input, "deltaChannels", rows: net.channels),
        linear(.deltaGate, input, "deltaGate", rows: heads.valueColumns),
      ]
      builder.steps += gates(net, input)
      builder.steps += [
        CausalConvolution(.deltaConvolution, taps: net.taps, from: "deltaChannels", to: "deltaChannels.mixed"),
        Activate(.silu, "deltaChannels.mixed", to: "deltaChannels.active"),
        Split(
          "deltaChannels.active",
          into: [
            ("deltaQueries", heads.keyColumns), ("deltaKeys", heads.keyColumns), ("deltaValues", heads.valueColumns),
          ]),
        // Queries are as long as those of attention, whose scores are divided by √d.
        L2Norm(
          "deltaQueries", headSize: heads.keySize, epsilon: net.lengthEpsilon,
          times: 1 / Float(heads.keySize).squareRoot(), to: "deltaQueries.unit"),
        L2Norm("deltaKeys", headSize: heads.keySize, epsilon: net.lengthEpsilon, to: "deltaKeys.unit"),
        GatedDelta(
          heads, queries: "deltaQueries.unit", keys: "deltaKeys.unit", values: "deltaValues", beta: "deltaBeta",
          alpha: "deltaAlpha", to: "deltaOutput"),
        Norm(
          .deltaNorm, .rootMeanSquare, epsilon: shape.normEpsilon, from: "deltaOutput", to: "deltaOutput.normed",
          headSize: heads.valueSize),
        Activate(.silu, "deltaGate", times: "deltaOutput.normed", to: .deltaContext),
        linear(.deltaOutput, .deltaContext, "attentionBranch", rows: shape.hiddenSize),
      ]
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }

  /// What makes two numbers for each head of values.
  private func gates(_ net: DeltaNet, _ input: Edge) -> [any Step] {
    let count = net.heads.valueHeads
    guard net.hasJointGates else {
      return [
        linear(.deltaBeta, input, "deltaBeta", rows: count), linear(.deltaAlpha, input, "deltaAlpha", rows: count),
      ]
    }
    return [
      linear(.deltaBetaAlpha, input, "deltaBetaAlpha", rows: 2 * count),
      Split("deltaBetaAlpha", into: [("deltaBeta", count), ("deltaAlpha", count)], heads: net.heads.keyHeads),
    ]
  }
}

extension Edge {
  /// What the output matrix of a delta net reads.
  package static let deltaContext: Edge = "deltaContext"
}
