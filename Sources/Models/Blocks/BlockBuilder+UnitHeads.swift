extension BlockBuilder {
  /// Attention whose heads of queries, keys and values are each brought to one size, those of values without weights, and whose scores
  /// are taken as they are. Keys may be values as well, before either is normed, and both may be those of an earlier layer.
  ///
  /// `transformers` modeling_gemma4.
  package func attentionOfUnitHeads() -> BlockBuilder {
    let size = shape.headSizes(layer: layer).size
    return subLayer(.attentionNorm, .attentionInput, "attentionBranch") { builder, input in
      builder.steps.append(linear(.attentionQuery, input, "queries", rows: shape.heads * size))
      let (keys, values) = builder.keysAndValues(input)
      var mix = Attention(
        queries: builder.turned("queries", .eachHead, .attentionQueryNorm), keys: keys, values: values,
        to: .attentionContext, headSize: size)
      (mix.window, mix.scale) = (rule.window, 1)
      builder.steps += [mix, linear(.attentionOutput, .attentionContext, "attentionBranch", rows: shape.hiddenSize)]
    }.adding(.attentionPostNorm, .attentionSumNorm, to: .afterAttention)
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
    guard let inputs = shape.choices.layerInputs else { return self }
    var builder = self
    builder.steps += [
      linear(.layerInputGate, stream, "layerInputGate", rows: inputs.size),
      Activate(shape.choices.activation, "layerInputGate", times: .layerInput(layer), to: .layerInputProduct),
      linear(.layerInputOutput, .layerInputProduct, "layerInputBranch", rows: shape.hiddenSize),
    ]
    builder.steps.append(Add(stream, builder.norm(.layerInputPostNorm, "layerInputBranch"), to: sum))
    return builder
  }

  /// What the block leaves, times a number of its own.
  package func scaled(from stream: Edge) -> BlockBuilder {
    var builder = self
    builder.steps.append(LayerScale(.layerScale, from: stream, to: .blockOutput))
    return builder
  }
}
