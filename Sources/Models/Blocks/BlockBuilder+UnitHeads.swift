extension BlockBuilder {
  /// Attention whose heads of queries, keys and values are each brought to one size, those of values without weights, and whose scores
  /// are taken as they are. Keys may be values as well, before either is normed, and both may be those of an earlier layer.
  ///
  /// `transformers` modeling_gemma4.
  package func attentionOfUnitHeads() -> BlockBuilder {
    subLayer(.attentionNorm, .attentionInput, "attentionBranch") { builder, input in
      builder.attendWithUnitHeads(input, to: "attentionBranch")
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
  }

  /// The steps of such attention, from its normed input to its branch.
  mutating func attendWithUnitHeads(_ input: Edge, to branch: Edge) {
    let size = shape.headSizes(layer: layer).size
    steps.append(linear(.attentionQuery, input, "queries", rows: shape.heads * size))
    let (keys, values) = keysAndValues(input)
    var mix = Attention(
      queries: turned("queries", .eachHead, .attentionQueryNorm), keys: keys, values: values,
      to: .attentionContext, headSize: size)
    (mix.window, mix.scale) = (rule.window, 1)
    steps += [mix, linear(.attentionOutput, .attentionContext, branch, rows: shape.hiddenSize)]
  }

  /// Those of the layer, or of the one whose it takes.
  private mutating func keysAndValues(_ input: Edge) -> (keys: Edge, values: Edge) {
    let maker = shape.keyValueLayer(of: layer)
    let areShared = maker != layer || (layer + 1..<shape.layers).contains { shape.keyValueLayer(of: $0) == layer }
    let own = shape.headSizes(layer: layer)
    let rows = own.keyValueHeads * own.size
    let keys = Edge("unitKeys", layer: areShared ? maker : nil)
    let values = Edge("unitValues", layer: areShared ? maker : nil)
    guard maker == layer else { return (keys, values) }
    steps.append(linear(.attentionKey, input, "keys", rows: rows))
    if shape.hasValues(layer: layer) { steps.append(linear(.attentionValue, input, "values", rows: rows)) }
    let normed = normWithoutWeights(shape.hasValues(layer: layer) ? "values" : "keys", to: values)
    return (turned("keys", .eachHead, .attentionKeyNorm, to: keys), normed)
  }

  /// The embedding that the layer is given, gated by the stream and added to it.
  package func layerInput(from stream: Edge, to sum: Edge) -> BlockBuilder {
    guard shape.choices.layerInputs != nil else { return self }
    var builder = self
    builder.steps.append(Add(stream, builder.layerInputBranch(from: stream), to: sum))
    return builder
  }

  /// What the embedding that the layer is given adds, gated by a stream.
  mutating func layerInputBranch(from stream: Edge) -> Edge {
    steps += [
      linear(.layerInputGate, stream, "layerInputGate", rows: shape.choices.layerInputs?.size ?? 0),
      Activate(shape.choices.activation, "layerInputGate", times: .layerInput(layer), to: .layerInputProduct),
      linear(.layerInputOutput, .layerInputProduct, "layerInputBranch", rows: shape.hiddenSize),
    ]
    return norm(.layerInputPostNorm, "layerInputBranch")
  }

  /// What the block leaves, times a number of its own.
  package func scaled(from stream: Edge) -> BlockBuilder {
    var builder = self
    builder.steps.append(LayerScale(.layerScale, from: stream, to: .blockOutput))
    return builder
  }
}
