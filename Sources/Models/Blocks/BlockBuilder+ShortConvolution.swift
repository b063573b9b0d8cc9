extension BlockBuilder {
  /// A short convolution or attention, whichever the layer has.
  package func shortConvolutionOrAttention() -> BlockBuilder {
    shape.choices.hasAttention(layer: layer) ? attention(norm: .eachHead) : shortConvolution()
  }

  /// A convolution of each channel with the few tokens before it in the place of attention, with a gate on both sides: C · conv(B · x).
  ///
  /// Liquid AI, "LFM2 Technical Report" (2025), section 2.
  package func shortConvolution() -> BlockBuilder {
    guard let convolution = shape.choices.convolution else {
      preconditionFailure("a family of short convolutions without any")
    }
    let size = shape.hiddenSize
    return subLayer(.attentionNorm, .attentionInput, "attentionBranch") { builder, input in
      builder.steps += [
        linear(.convolutionInput, input, "convolutionParts", rows: 3 * size),
        Split("convolutionParts", into: [("gateBefore", size), ("gateBehind", size), ("channels", size)]),
        Multiply("channels", by: "gateBefore", to: "channels.gated"),
        CausalConvolution(.convolutionTaps, taps: convolution.taps, from: "channels.gated", to: "channels.mixed"),
        Multiply("channels.mixed", by: "gateBehind", to: .convolutionContext),
        linear(.convolutionOutput, .convolutionContext, "attentionBranch", rows: size),
      ]
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }
}

extension Edge {
  /// What the output matrix of a short convolution reads.
  package static let convolutionContext: Edge = "convolutionContext"
}
