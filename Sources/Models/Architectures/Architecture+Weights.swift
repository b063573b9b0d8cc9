extension Architecture {
  /// Every tensor of the model, in the order in which a GGUF file lists them.
  ///
  /// - Parameter wrapped: how a folder names it that holds more than the model of text.
  package func weights(_ shape: DecoderShape, as wrapped: WrapperNames? = nil) -> [WeightSpec] {
    let names = names(shape).within(wrapped)
    let tables = Dictionary(uniqueKeysWithValues: shape.tables.map { ($0.role, $0) })
    var specs: [WeightSpec] = []
    for (role, name) in names.before { specs += self.specs(tables, role, "", name, layer: nil, shape, []) }
    for layer in 0..<shape.layers {
      let prefix = names.blockPrefix.replacing("{}", with: "\(layer)")
      let own = Dictionary(uniqueKeysWithValues: steps(shape, layer: layer).allTensors.map { ($0.role, $0) })
      for (role, name) in names.block { specs += self.specs(own, role, prefix, name, layer: layer, shape, names.fused) }
    }
    for (role, name) in names.after { specs += self.specs(tables, role, "", name, layer: nil, shape, []) }
    return specs
  }

  /// The tensors of a role and of its bias, where steps take them.
  private func specs(
    _ taken: [Role: BlockTensor], _ role: Role, _ prefix: String, _ name: String, layer: Int?, _ shape: DecoderShape,
    _ fused: [FusedTensor]
  ) -> [WeightSpec] {
    guard let tensor = taken[role] else { return [] }
    if let count = tensor.experts {
      return (0..<count).map { index in
        spec(
          tensor, prefix, "\(name).weight".replacing("{e}", with: "\(index)"), "weight", layer, shape, fused,
          expert: WeightSpec.Expert(index: index, count: count))
      }
    }
    let bias = role.bias.flatMap { taken[$0] }
    return [spec(tensor, prefix, "\(name).weight", "weight", layer, shape, fused)]
      + (bias.map { [spec($0, prefix, "\(name).bias", "bias", layer, shape, fused)] } ?? [])
  }

  private func spec(
    _ tensor: BlockTensor, _ prefix: String, _ name: String, _ ending: String, _ layer: Int?, _ shape: DecoderShape,
    _ fused: [FusedTensor], expert: WeightSpec.Expert? = nil
  ) -> WeightSpec {
    let role = tensor.role
    let gguf = role.ggufName.replacing("{}", with: layer.map { "\($0)" } ?? "") + ".\(ending)"
    let turns: Set<Role> = [.attentionQuery, .attentionQueryBias, .attentionKey, .attentionKeyBias]
    let order: RowOrder =
      ggufTurnsNeighbours && turns.contains(role) ? .rotaryPairs(headSize: shape.headSize) : .natural
    let sides = tensor.rows.map { [$0, tensor.columns] } ?? [tensor.columns]
    return WeightSpec(
      role, layer: layer, expert: expert, site: tensor.site.map { expert == nil ? $0 : $0.of(expert: expert?.index) },
      sides: sides, folder: StoredPlace(prefix + name, matrix: sides, storage: storage(role, shape)),
      fused: fused.compactMap { $0.place(of: role, after: prefix, sides: sides, expert: expert) },
      gguf: StoredPlace(gguf, matrix: sides, stack: expert, storage: .reordered(order)))
  }
}
