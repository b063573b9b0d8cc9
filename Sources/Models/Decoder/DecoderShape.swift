/// The numbers that make one family member differ from another.
package struct DecoderShape: Sendable, Equatable {
  package var layers: Int
  package var hiddenSize: Int
  package var intermediateSize: Int
  package var heads: Int
  /// Heads of keys and values, each read by `heads / keyValueHeads` heads of queries.
  package var keyValueHeads: Int
  package var headSize: Int
  package var vocabularySize: Int
  /// The longest sequence that the model was trained for.
  package var contextLength: Int
  package var normEpsilon: Float
  package var rotary: RotaryEmbedding
  /// Whether the embedding table also serves as output matrix.
  package var tiedOutput: Bool
  /// In what its blocks differ from Llama's.
  package var choices: DecoderChoices

  package init(
    layers: Int, hiddenSize: Int, intermediateSize: Int, heads: Int, keyValueHeads: Int, headSize: Int,
    vocabularySize: Int, contextLength: Int, normEpsilon: Float, rotary: RotaryEmbedding, tiedOutput: Bool,
    choices: DecoderChoices = DecoderChoices()
  ) {
    self.layers = layers
    self.hiddenSize = hiddenSize
    self.intermediateSize = intermediateSize
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize
    self.vocabularySize = vocabularySize
    self.contextLength = contextLength
    self.normEpsilon = normEpsilon
    self.rotary = rotary
    self.tiedOutput = tiedOutput
    self.choices = choices
  }

  /// The heads of a layer.
  package func headSizes(layer: Int) -> HeadSizes {
    let usual = HeadSizes(keyValueHeads: keyValueHeads, size: headSize)
    return choices.attention(layer: layer).window == nil ? usual : choices.windowHeads ?? usual
  }

  /// The layer whose keys and values a layer takes: its own, or those of the last layer of its kind that makes some.
  package func keyValueLayer(of layer: Int) -> Int {
    let makers = layers - choices.sharingLayers
    guard layer >= makers else { return layer }
    let hasWindow = choices.attention(layer: layer).window != nil
    return (0..<makers).last { (choices.attention(layer: $0).window != nil) == hasWindow } ?? layer
  }

  /// Whether a layer has a matrix that makes values and nothing else.
  package func hasValues(layer: Int) -> Bool {
    let without = choices.withoutValues
    if without.indices.contains(layer), without[layer] { return false }
    if keyValueLayer(of: layer) != layer { return false }
    return !choices.keysAreValues || choices.attention(layer: layer).window != nil
  }

  /// Whether the model has an output matrix of its own.
  package var hasOutputMatrix: Bool { choices.head == .nextToken && !tiedOutput }

  /// The tensors outside of all blocks: the tables, and norms over embeddings and over the last hidden state.
  var tables: [BlockTensor] {
    func table(_ role: Role, _ rows: Int?, site: Site? = nil) -> BlockTensor {
      BlockTensor(role: role, rows: rows, columns: hiddenSize, site: site)
    }
    var tables = [table(.tokenEmbedding, vocabularySize)]
    if choices.norm.hasWeights { tables += [table(.embeddingNorm, nil), table(.outputNorm, nil)] }
    if hasOutputMatrix { tables.append(table(.output, vocabularySize, site: .finalHidden)) }
    if choices.biases.contains(.outputBias) {
      tables.append(BlockTensor(role: .outputBias, rows: nil, columns: vocabularySize))
    }
    if let inputs = choices.layerInputs {
      let columns = layers * inputs.size
      tables += [
        BlockTensor(role: .layerEmbedding, rows: inputs.vocabularySize, columns: columns),
        BlockTensor(role: .layerEmbeddingProjection, rows: columns, columns: hiddenSize),
        BlockTensor(role: .layerEmbeddingNorm, rows: nil, columns: inputs.size),
      ]
    }
    if choices.position == .learned { tables.append(table(.positionEmbedding, contextLength)) }
    if let types = choices.tokenTypes { tables.append(table(.tokenTypeEmbedding, types)) }
    if choices.norm == .layer { tables += [table(.embeddingNormBias, nil), table(.outputNormBias, nil)] }
    return tables
  }
}
