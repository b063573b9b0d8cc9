extension Architecture {
  /// Every tensor of the model, in the order in which a GGUF file lists them.
  ///
  /// - Parameter wrapped: how a folder names it that holds more than the model of text.
  package func weights(_ shape: DecoderShape, as wrapped: WrapperNames? = nil) -> [WeightSpec] {
    let names = names(shape).within(wrapped)
    var specs: [WeightSpec] = []
    for (role, name) in names.before where role != .output || shape.hasOutputMatrix {
      specs += self.specs(role, "", name, layer: nil, shape, [])
    }
    for layer in 0..<shape.layers {
      let prefix = names.blockPrefix.replacing("{}", with: "\(layer)")
      for (role, name) in names.block { specs += self.specs(role, prefix, name, layer: layer, shape, names.fused) }
    }
    for (role, name) in names.after { specs += self.specs(role, "", name, layer: nil, shape, []) }
    return specs
  }

  /// The tensor of a role and that of its bias.
  private func specs(
    _ role: Role, _ prefix: String, _ name: String, layer: Int?, _ shape: DecoderShape, _ fused: [FusedTensor]
  ) -> [WeightSpec] {
    if role.isExpert, let experts = shape.choices.experts {
      return (0..<experts.count).map { index in
        spec(
          role, prefix, "\(name).weight".replacing("{e}", with: "\(index)"), "weight", layer, shape, fused,
          expert: WeightSpec.Expert(index: index, count: experts.count))
      }
    }
    let weight = spec(role, prefix, "\(name).weight", "weight", layer, shape, fused)
    guard let bias = role.bias, shape.choices.biases.contains(bias) else { return [weight] }
    return [weight, spec(bias, prefix, "\(name).bias", "bias", layer, shape, fused)]
  }

  private func spec(
    _ role: Role, _ prefix: String, _ name: String, _ ending: String, _ layer: Int?, _ shape: DecoderShape,
    _ fused: [FusedTensor], expert: WeightSpec.Expert? = nil
  ) -> WeightSpec {
    let gguf = role.ggufName.replacing("{}", with: layer.map { "\($0)" } ?? "") + ".\(ending)"
    let turns: Set<Role> = [.attentionQuery, .attentionQueryBias, .attentionKey, .attentionKeyBias]
    let order: RowOrder =
      ggufTurnsNeighbours && turns.contains(role) ? .rotaryPairs(headSize: shape.headSize) : .natural
    let (rows, columns) = shape.sides(role)
    let sides = rows.map { [$0, columns] } ?? [columns]
    return WeightSpec(
      role, layer: layer, expert: expert, sides: sides,
      folder: StoredPlace(prefix + name, matrix: sides, storage: storage(role, shape)),
      fused: fused.compactMap { $0.place(of: role, after: prefix, sides: sides, expert: expert) },
      gguf: StoredPlace(gguf, matrix: sides, stack: expert, storage: .reordered(order)))
  }
}
