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
      let taken = steps(shape, layer: layer).allTensors.filter { !$0.isRepeated }
      let own = Dictionary(uniqueKeysWithValues: taken.map { ($0.role, $0) })
      for (role, name) in names.ofEnds { specs += self.specs(own, role, "", name, layer: layer, shape, []) }
      specs += Self.together(
        names.block.flatMap { role, name in self.specs(own, role, prefix, name, layer: layer, shape, names.fused) })
    }
    for (role, name) in names.after { specs += self.specs(tables, role, "", name, layer: nil, shape, []) }
    return specs
  }

  /// The same in the order in which they lie in GGUF files, where several of an expert stand in one tensor.
  private static func together(_ specs: [WeightSpec]) -> [WeightSpec] {
    let shared = Dictionary(grouping: specs.filter { $0.gguf.share != nil }, by: \.ggufName)
    guard !shared.isEmpty else { return specs }
    return specs.flatMap { spec in
      guard let all = shared[spec.ggufName] else { return [spec] }
      return spec.gguf.isFirst
        ? all.sorted { ($0.gguf.slab ?? 0, $0.gguf.share ?? 0) < ($1.gguf.slab ?? 0, $1.gguf.share ?? 0) } : []
    }
  }

  /// The tensors of a role and of its bias, where steps take them.
  private func specs(
    _ taken: [Role: BlockTensor], _ role: Role, _ prefix: String, _ name: String, layer: Int?, _ shape: DecoderShape,
    _ fused: [FusedTensor]
  ) -> [WeightSpec] {
    guard let tensor = taken[role] else { return [] }
    let both = [(tensor, "weight")] + (role.bias.flatMap { taken[$0] }.map { [($0, "bias")] } ?? [])
    return both.flatMap { tensor, ending in
      guard let count = tensor.experts else {
        let whole = role.isParameter ? name : "\(name).\(ending)"
        return [spec(tensor, prefix, whole, ending, layer, shape, fused)]
      }
      return (0..<count).map { index in
        spec(
          tensor, prefix, "\(name).\(ending)".replacing("{e}", with: "\(index)"), ending, layer, shape, fused,
          expert: WeightSpec.Expert(index: index, count: count))
      }
    }
  }

  private func spec(
    _ tensor: BlockTensor, _ prefix: String, _ name: String, _ ending: String, _ layer: Int?, _ shape: DecoderShape,
    _ fused: [FusedTensor], expert: WeightSpec.Expert? = nil
  ) -> WeightSpec {
    let role = tensor.role
    let sharers = ggufFused.first { $0.contains(role) } ?? [role]
    let gguf =
      (ggufNames(shape)[sharers[0]] ?? sharers[0].ggufName).replacing("{}", with: layer.map { "\($0)" } ?? "")
      + (ggufBareRoles.contains(role) ? "" : role.ggufEnding(ending))
    let order = shape.turningRoles.contains(role) ? shape.neighbours : .natural
    let stored = turnsNeighbours && order != .natural ? .reordered(order) : storage(role, shape)
    let sides = tensor.rows.map { [$0, tensor.columns] } ?? [tensor.columns]
    func place(_ tensor: FusedTensor) -> StoredPlace? {
      tensor.place(of: role, after: prefix, sides: sides, expert: expert)
    }
    let only = fused.first { $0.isOnly && $0.roles.contains(role) }
    return WeightSpec(
      role, layer: layer, expert: expert, site: tensor.site.map { expert == nil ? $0 : $0.of(expert: expert?.index) },
      sides: sides, folder: only.flatMap(place) ?? StoredPlace(prefix + name, matrix: sides, storage: stored),
      fused: only == nil ? fused.compactMap(place) : [],
      gguf: StoredPlace(
        gguf, matrix: shape.ggufSides(role, sides), stack: expert,
        part: sharers.count == 1 ? nil : .share(sharers.firstIndex(of: role) ?? 0, of: sharers.count),
        storage: WeightStorage(
          rowOrder: ggufTurnsNeighbours ? order : .natural, vectorRows: shape.ggufVectorRows(role),
          isNegatedExponential: role.isRate))
    )
  }
}

extension DecoderShape {
  /// Whose rows are components that turn.
  fileprivate var turningRoles: Set<Role> { [.attentionQuery, .attentionQueryBias, .attentionKey, .attentionKeyBias] }

  /// The order of rows where components that turn together are neighbours.
  fileprivate var neighbours: RowOrder {
    .rotaryPairs(headSize: headSize, turning: rotary.dimensions == headSize ? nil : rotary.dimensions)
  }

  /// The sides of a tensor in GGUF files, which keep values of latent attention head by head.
  fileprivate func ggufSides(_ role: Role, _ sides: [Int]) -> [Int] {
    role == .attentionValueUp ? [heads, sides[0] / heads, sides[1]] : sides
  }

  /// In how many rows GGUF files keep a vector of a state space: one for each head, or for each group of channels.
  fileprivate func ggufVectorRows(_ role: Role) -> Int? {
    switch role {
    case .stateRate, .stateSkip: choices.stateSpace?.heads
    case .stateNorm: choices.stateSpace?.groups
    default: nil
    }
  }
}
