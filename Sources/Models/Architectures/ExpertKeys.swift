import Checkpoints

/// Keys of config.json under which a family keeps what it has of experts.
package struct ExpertKeys: Sendable {
  /// Whether the weights of a token's experts are brought to a sum of 1.
  package enum Normalization: Sendable {
    case always
    /// Where a key says so; GGUF files have no such key, and llama.cpp assumes one of the two.
    case `where`(String, inGGUF: Bool)
  }

  package var count = "num_experts"
  /// What newer or older configurations call it.
  package var olderCount: String?
  package var used = "num_experts_per_tok"
  package var size = "moe_intermediate_size"
  package var sharedSize: String?
  package var normalizes = Normalization.always

  package init(_ change: (inout ExpertKeys) -> Void = { _ in }) {
    change(&self)
  }

  /// Those that are read.
  var keys: [String] {
    let normalizing: String? = if case .where(let key, _) = normalizes { key } else { nil }
    return [count, used, size] + [olderCount, sharedSize, normalizing].compactMap { $0 }
  }

  /// More than any model has, and few enough to list.
  private static let most = 4096

  func experts(_ config: JSONObject) throws(CheckpointError) -> Experts {
    if let olderCount { try config.agree(olderCount, with: count) }
    let older = olderCount.flatMap { config.has($0) ? $0 : nil }
    let key = config.has(count) ? count : older ?? count
    let total = try config.size(key)
    guard total <= Self.most else { throw config.error(key, expected: "at most \(Self.most)") }
    let used = try config.size(used)
    guard used <= total else { throw config.error(self.used, expected: "at most \(key), \(total)") }
    var sharedSize: Int?
    if let key = self.sharedSize { sharedSize = try config.size(key) }
    return Experts(
      count: total, used: used, size: try config.size(size), normalizesWeights: try normalizes(config),
      sharedSize: sharedSize)
  }

  private func normalizes(_ config: JSONObject) throws(CheckpointError) -> Bool {
    switch normalizes {
    case .always: return true
    case .where(let key, _): return try config.optionalBool(key) ?? false
    }
  }

  func experts(_ keys: GGUFMetadata, prefix: String) throws(CheckpointError) -> Experts {
    let total = try keys.size("\(prefix).expert_count")
    guard total <= Self.most else { throw keys.error("\(prefix).expert_count", expected: "at most \(Self.most)") }
    let used = try keys.size("\(prefix).expert_used_count")
    guard used <= total else { throw keys.error("\(prefix).expert_used_count", expected: "at most \(total)") }
    let stated = try keys.optionalSize("\(prefix).expert_feed_forward_length")
    let whole = try keys.size("\(prefix).feed_forward_length")
    var sharedSize: Int?
    if self.sharedSize != nil { sharedSize = try keys.size("\(prefix).expert_shared_feed_forward_length") }
    let isNormal = if case .where(_, let assumed) = normalizes { assumed } else { true }
    return Experts(
      count: total, used: used, size: stated ?? whole, normalizesWeights: isNormal, sharedSize: sharedSize)
  }

  /// Keys of a GGUF file that are read, without the family's prefix.
  var ggufKeys: [String] {
    ["expert_count", "expert_used_count", "expert_feed_forward_length"]
      + (sharedSize == nil ? [] : ["expert_shared_feed_forward_length"])
  }

  /// The keys of a GGUF file, without the family's prefix.
  func metadata(_ experts: Experts) -> [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = [
      ("expert_count", .uint32(UInt32(experts.count))), ("expert_used_count", .uint32(UInt32(experts.used))),
    ]
    // Where experts are as wide as other layers would be, no key tells them apart.
    if size != ConfigKeys().intermediate {
      entries.append(("expert_feed_forward_length", .uint32(UInt32(experts.size))))
    }
    if let size = experts.sharedSize {
      entries.append(("expert_shared_feed_forward_length", .uint32(UInt32(size))))
    }
    return entries
  }
}
