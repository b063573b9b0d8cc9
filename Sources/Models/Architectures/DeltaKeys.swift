import Checkpoints

/// Keys of delta nets, in both worlds: what Qwen3-Next and its successors share.
///
/// Keys: `transformers` configuration_qwen3_next; metadata: llama.cpp `conversion/qwen.py`.
enum DeltaKeys {
  static let config = [
    "linear_conv_kernel_dim", "linear_key_head_dim", "linear_value_head_dim", "linear_num_key_heads",
    "linear_num_value_heads", "layer_types", "full_attention_interval",
  ]
  static let gguf = [
    "ssm.conv_kernel", "ssm.state_size", "ssm.group_count", "ssm.time_step_rank", "ssm.inner_size",
    "attention.recurrent_layers", "full_attention_interval",
  ]

  /// As many as any model has, and few enough to list.
  private static let mostLayers = 65_536

  static func net(
    _ config: JSONObject, layers: Int, order: DeltaHeads.Order, hasJointGates: Bool
  ) throws(CheckpointError) -> DeltaNet {
    func size(_ key: String, _ usual: Int) throws(CheckpointError) -> Int { try config.optionalSize(key) ?? usual }
    let keyHeads = try size("linear_num_key_heads", 16)
    let valueHeads = try size("linear_num_value_heads", 32)
    guard valueHeads % keyHeads == 0 else {
      throw config.error("linear_num_value_heads", expected: "a multiple of linear_num_key_heads, \(keyHeads)")
    }
    let heads = DeltaHeads(
      keyHeads: keyHeads, valueHeads: valueHeads, keySize: try size("linear_key_head_dim", 128),
      valueSize: try size("linear_value_head_dim", 128), order: order)
    var net = DeltaNet(
      heads: heads, taps: try size("linear_conv_kernel_dim", 4), layers: try Self.layers(config, layers),
      hasJointGates: hasJointGates)
    net.interval = try size("full_attention_interval", DeltaNet.usualInterval)
    return net
  }

  private static func layers(_ config: JSONObject, _ count: Int) throws(CheckpointError) -> [Bool] {
    let interval = try config.optionalSize("full_attention_interval")
    let implied = every(interval ?? DeltaNet.usualInterval, of: count)
    guard let types = try config.optionalStrings("layer_types") else { return implied }
    guard types.count == count else {
      throw config.error("layer_types", expected: "one for each of the \(count) layers, not \(types.count)")
    }
    guard types.allSatisfy(["linear_attention", "full_attention"].contains) else {
      throw config.error("layer_types", expected: "linear_attention and full_attention")
    }
    let stated = types.map { $0 == "linear_attention" }
    guard interval == nil || stated == implied else {
      throw config.error("full_attention_interval", expected: "what layer_types says")
    }
    return stated
  }

  private static func every(_ interval: Int, of count: Int) -> [Bool] {
    (0..<min(count, mostLayers)).map { ($0 + 1) % interval != 0 }
  }

  static func net(
    _ file: GGUFFile, _ prefix: String, _ shape: DecoderShape, order: DeltaHeads.Order, hasJointGates: Bool
  ) throws(CheckpointError) -> DeltaNet {
    let keys = file.metadata
    let keyHeads = try keys.size("\(prefix).ssm.group_count")
    let valueHeads = try keys.size("\(prefix).ssm.time_step_rank")
    guard valueHeads % keyHeads == 0 else {
      throw keys.error("\(prefix).ssm.time_step_rank", expected: "a multiple of \(prefix).ssm.group_count, \(keyHeads)")
    }
    let size = try keys.size("\(prefix).ssm.state_size")
    let inner = try keys.size("\(prefix).ssm.inner_size")
    guard inner == size * valueHeads else {
      throw keys.error("\(prefix).ssm.inner_size", expected: "\(size * valueHeads), which the other keys make")
    }
    var net = DeltaNet(
      heads: DeltaHeads(keyHeads: keyHeads, valueHeads: valueHeads, keySize: size, valueSize: size, order: order),
      taps: try keys.size("\(prefix).ssm.conv_kernel"), layers: try layers(keys, prefix, shape.layers),
      hasJointGates: hasJointGates)
    net.lengthEpsilon = shape.normEpsilon
    net.interval = try keys.optionalSize("\(prefix).full_attention_interval") ?? DeltaNet.usualInterval
    return net
  }

  private static func layers(_ keys: GGUFMetadata, _ prefix: String, _ count: Int) throws(CheckpointError) -> [Bool] {
    let key = "\(prefix).attention.recurrent_layers"
    guard let value = keys.value(key) else {
      let interval = try keys.optionalSize("\(prefix).full_attention_interval")
      return every(interval ?? DeltaNet.usualInterval, of: count)
    }
    guard let stated = value.asArray(of: \.asBool), stated.count >= count else {
      throw keys.error(key, expected: "one truth value for each of the \(count) layers")
    }
    return Array(stated.prefix(count))
  }

  static func metadata(_ net: DeltaNet) -> [(key: String, value: GGUFValue)] {
    func number(_ value: Int) -> GGUFValue { .uint32(UInt32(value)) }
    return [
      ("ssm.conv_kernel", number(net.taps)), ("ssm.state_size", number(net.heads.keySize)),
      ("ssm.group_count", number(net.heads.keyHeads)), ("ssm.time_step_rank", number(net.heads.valueHeads)),
      ("ssm.inner_size", number(net.heads.valueColumns)),
      ("attention.recurrent_layers", .array(.bool, net.layers.map { .bool($0) })),
      ("full_attention_interval", number(net.interval)),
    ]
  }

  /// llama.cpp has one size for all heads.
  static func obstacle(_ net: DeltaNet) -> String? {
    guard net.heads.keySize != net.heads.valueSize else { return nil }
    return "found heads of \(net.heads.keySize) and \(net.heads.valueSize) components in linear_key_head_dim and "
      + "linear_value_head_dim, expected one size, which is all that llama.cpp has a key for"
  }

  static func remark(_ shape: DecoderShape) -> String? {
    guard let net = shape.choices.deltaNet, net.lengthEpsilon != shape.normEpsilon else { return nil }
    return "llama.cpp adds rms_norm_eps, \(shape.normEpsilon), to squared lengths in delta nets, "
      + "where the model adds \(net.lengthEpsilon)"
  }
}

/// Names and storage of delta nets in folders.
enum DeltaNames {
  static let tensors: [(role: Role, name: String)] = [
    (.deltaQueryKeyValue, "linear_attn.in_proj_qkv"), (.deltaGate, "linear_attn.in_proj_z"),
    (.deltaBeta, "linear_attn.in_proj_b"), (.deltaAlpha, "linear_attn.in_proj_a"),
    (.deltaConvolution, "linear_attn.conv1d"), (.deltaRate, "linear_attn.A_log"), (.deltaStep, "linear_attn.dt_bias"),
    (.deltaNorm, "linear_attn.norm"), (.deltaOutput, "linear_attn.out_proj"),
  ]

  /// Queries, keys, values and gates of each head of keys, in one tensor.
  static func joined(_ shape: DecoderShape) -> [FusedTensor] {
    guard let heads = shape.choices.deltaNet?.heads else { return [] }
    let values = heads.valuesPerKey * heads.valueSize
    return [
      FusedTensor(
        "linear_attn.in_proj_qkvz.weight", [.deltaQueryKeyValue, .deltaGate],
        .heads(heads.keyHeads, runs: [[heads.keySize, heads.keySize, values], [values]]), isOnly: true)
    ]
  }

  static let gguf: [Role: String] = [.feedForwardNorm: Role.attentionPostNorm.ggufName]

  /// GGUF files, and so the decoder, have heads of values in the order in which llama.cpp repeats heads of keys; norms but that of the
  /// net are stored less one.
  static func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    guard let heads = shape.choices.deltaNet?.heads else { return Gemma.storage(role) }
    func grouped(_ size: Int, from first: Int = 0) -> RowOrder {
      heads.order == .grouped || heads.valuesPerKey == 1
        ? .natural : .groupedHeads(headSize: size, keyHeads: heads.keyHeads, from: first)
    }
    switch role {
    case .deltaQueryKeyValue: return .reordered(grouped(heads.valueSize, from: 2 * heads.keyColumns))
    case .deltaConvolution:
      return WeightStorage(rowOrder: grouped(heads.valueSize, from: 2 * heads.keyColumns), isConvolution: true)
    case .deltaGate: return .reordered(grouped(heads.valueSize))
    case .deltaBeta, .deltaAlpha, .deltaRate, .deltaStep: return .reordered(grouped(1))
    case .deltaOutput: return WeightStorage(columnOrder: grouped(heads.valueSize))
    default: return Gemma.storage(role)
    }
  }
}
