import Checkpoints

/// Keys under which both worlds keep the sizes of latent attention.
package struct LatentAttentionKeys: Sendable {
  /// Whether queries are made of a small vector where no key says it, and how long that is.
  package var usualQueryRank: Int?

  package init(usualQueryRank: Int?) {
    self.usualQueryRank = usualQueryRank
  }

  private static let (queryRank, rank) = ("q_lora_rank", "kv_lora_rank")
  private static let (plainSize, turningSize, valueSize) = ("qk_nope_head_dim", "qk_rope_head_dim", "v_head_dim")

  /// Those of config.json that are read.
  var keys: [String] { [Self.queryRank, Self.rank, Self.plainSize, Self.turningSize, Self.valueSize] }

  func attention(_ config: JSONObject) throws(CheckpointError) -> LatentAttention {
    let stated = try config.optionalSize(Self.queryRank)
    let turning = try config.size(Self.turningSize)
    guard turning % 2 == 0 else { throw config.error(Self.turningSize, expected: "an even number") }
    return LatentAttention(
      // `null` says that there is none.
      queryRank: stated ?? (config.keys.contains(Self.queryRank) ? nil : usualQueryRank),
      rank: try config.size(Self.rank), plainSize: try config.size(Self.plainSize), turningSize: turning,
      valueSize: try config.size(Self.valueSize))
  }

  /// Of GGUF files, without a family's prefix.
  static let scoreMultiplier = "rope.scaling.yarn_log_multiplier"
  private static let (ggufQueryRank, ggufRank) = ("attention.q_lora_rank", "attention.kv_lora_rank")
  private static let (ggufHeadSize, ggufValueSize) = ("attention.key_length_mla", "attention.value_length_mla")

  /// Those of GGUF files that are read.
  var ggufKeys: [String] {
    [Self.ggufQueryRank, Self.ggufRank, Self.ggufHeadSize, Self.ggufValueSize, Self.scoreMultiplier]
  }

  func attention(_ file: GGUFMetadata, prefix: String) throws(CheckpointError) -> LatentAttention {
    let size = try file.size("\(prefix).\(Self.ggufHeadSize)")
    let turning = try file.size("\(prefix).rope.dimension_count")
    guard turning < size, turning % 2 == 0 else {
      throw file.error(
        "\(prefix).rope.dimension_count", expected: "an even number below \(prefix).\(Self.ggufHeadSize), \(size)")
    }
    let latent = LatentAttention(
      queryRank: try file.optionalSize("\(prefix).\(Self.ggufQueryRank)"),
      rank: try file.size("\(prefix).\(Self.ggufRank)"), plainSize: size - turning, turningSize: turning,
      valueSize: try file.size("\(prefix).\(Self.ggufValueSize)"))
    for (key, expected) in latent.cacheSizes {
      guard let found = try file.optionalSize("\(prefix).\(key)"), found != expected else { continue }
      throw file.error("\(prefix).\(key)", expected: "\(expected), as other keys say")
    }
    return latent
  }
}

extension LatentAttention {
  /// What a runtime keeps of each token, as GGUF files say it: one head of keys, and of values.
  fileprivate var cacheSizes: [(key: String, value: Int)] {
    [
      ("attention.head_count_kv", 1), ("attention.key_length", rank + turningSize), ("attention.value_length", rank),
    ]
  }

  /// The keys of a GGUF file, without the family's prefix.
  func metadata() -> [(key: String, value: GGUFValue)] {
    var keys = cacheSizes
    keys += [
      ("attention.key_length_mla", headSize), ("attention.value_length_mla", valueSize),
      ("attention.kv_lora_rank", rank),
    ]
    if let queryRank { keys.append(("attention.q_lora_rank", queryRank)) }
    return keys.map { ($0.key, .uint32(UInt32($0.value))) }
  }

  /// The length of values that GGUF files speak of.
  var ggufValueLength: Int { rank }
}

extension DecoderShape {
  /// Every head has keys and values of its own, which are made of what all share.
  mutating func set(_ latent: LatentAttention) {
    choices.latent = latent
    headSize = latent.headSize
    keyValueHeads = heads
  }
}
