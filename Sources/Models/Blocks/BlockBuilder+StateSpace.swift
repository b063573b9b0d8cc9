extension BlockBuilder {
  /// A state space or attention, whichever the layer has.
  package func stateSpaceOrAttention() -> BlockBuilder {
    shape.choices.hasAttention(layer: layer) ? attention() : stateSpace()
  }

  /// A state space in the place of attention.
  ///
  /// Dao and Gu, "Transformers are SSMs" (2024), section 7.
  package func stateSpace() -> BlockBuilder {
    subLayer(.attentionNorm, .attentionInput, "attentionBranch") { builder, input in
      builder.readStates(input, to: "attentionBranch")
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }

  /// Attention and a state space beside each other: both read the stream through one norm, and both are added to it.
  package func attentionBesideStateSpace() -> BlockBuilder {
    subLayer(.attentionNorm, .attentionInput, "stateBranch") { builder, input in
      builder.attend(input, to: "attentionBranch")
      builder.readStates(input, to: "stateBranch")
      builder.steps.append(Add(builder.stream, "attentionBranch", to: "afterAttentionAlone"))
      builder.stream = "afterAttentionAlone"
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }

  private mutating func readStates(_ input: Edge, to branch: Edge) {
    guard let space = shape.choices.stateSpace else { preconditionFailure("a family of state spaces without any") }
    let (inner, size) = (space.innerSize, space.keyColumns)
    steps += [
      linear(.stateInput, input, "stateParts", rows: inner + space.channels + space.heads),
      Split(
        "stateParts", into: [("stateGate", inner), ("stateChannels", space.channels), ("stateSteps", space.heads)]),
      CausalConvolution(
        .stateConvolution, bias: space.hasConvolutionBias ? .stateConvolutionBias : nil, taps: space.taps,
        from: "stateChannels", to: "stateChannels.mixed"),
      Activate(.silu, "stateChannels.mixed", to: "stateChannels.active"),
      Split("stateChannels.active", into: [("stateValues", inner), ("stateKeys", size), ("stateQueries", size)]),
      SelectiveScan(
        heads: space.heads, groups: space.groups, limits: space.stepLimits, values: "stateValues", keys: "stateKeys",
        queries: "stateQueries", steps: "stateSteps", to: "stateOutput"),
    ]
    steps += gate(space)
    steps.append(linear(.stateOutput, .stateContext, branch, rows: shape.hiddenSize))
  }

  /// What is read of states, gated, and normed where the configuration says so.
  private func gate(_ space: StateSpace) -> [any Step] {
    func norm(_ from: Edge, to: Edge) -> Norm {
      Norm(.stateNorm, .rootMeanSquare, epsilon: shape.normEpsilon, from: from, to: to, groups: space.groups)
    }
    func gate(_ from: Edge, to: Edge) -> Activate { Activate(.silu, "stateGate", times: from, to: to) }
    return switch space.norms {
    case .nowhere: [gate("stateOutput", to: .stateContext)]
    case .beforeGate:
      [norm("stateOutput", to: "stateOutput.normed"), gate("stateOutput.normed", to: .stateContext)]
    case .behindGate: [gate("stateOutput", to: "stateOutput.gated"), norm("stateOutput.gated", to: .stateContext)]
    }
  }
}

extension Edge {
  /// What the output matrix of a state space reads.
  package static let stateContext: Edge = "stateContext"
}
