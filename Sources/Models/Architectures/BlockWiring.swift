/// How the matrices of a block hang together: what a transform must know to edit weights and keep the function.
package struct BlockWiring: Sendable {
  /// The output of a norm and the matrices that read it.
  package struct NormedInput: Sendable {
    package let norm: Role
    package let site: Site
    package let readers: [Role]
  }

  /// Channels between two matrices with nothing but steps in between that are linear in each channel.
  package struct Channels: Sendable {
    /// Its rows make the channels.
    package let writer: Role
    package let site: Site
    /// Its columns read them.
    package let reader: Role
    /// Whether channels are those of attention heads, which are mixed over tokens and so may be turned within each head.
    package let areHeads: Bool
    /// The row of `writer` behind each column of `reader`; several columns may share a row.
    package let writerRows: [Int]
  }

  package let normedInputs: [NormedInput]
  package let channels: [Channels]
  /// Matrices whose output is added to the residual stream.
  package let residualWriters: [Role]

  package init(normedInputs: [NormedInput], channels: [Channels], residualWriters: [Role]) {
    self.normedInputs = normedInputs
    self.channels = channels
    self.residualWriters = residualWriters
  }
}

extension BlockWiring {
  /// The wiring of Llama and all that follow it: norm → attention → norm → gated feed-forward.
  package static func llama(_ shape: DecoderShape) -> BlockWiring {
    let groups = shape.heads / shape.keyValueHeads
    let valueRows = (0..<shape.heads * shape.headSize).map { column in
      column / shape.headSize / groups * shape.headSize + column % shape.headSize
    }
    return BlockWiring(
      normedInputs: [
        NormedInput(
          norm: .attentionNorm, site: .attentionInput, readers: [.attentionQuery, .attentionKey, .attentionValue]),
        NormedInput(norm: .feedForwardNorm, site: .feedForwardInput, readers: [.feedForwardGate, .feedForwardUp]),
      ],
      channels: [
        Channels(
          writer: .attentionValue, site: .attentionContext, reader: .attentionOutput, areHeads: true,
          writerRows: valueRows),
        Channels(
          writer: .feedForwardUp, site: .feedForwardProduct, reader: .feedForwardDown, areHeads: false,
          writerRows: Array(0..<shape.intermediateSize)),
      ],
      residualWriters: [.attentionOutput, .feedForwardDown])
  }
}
