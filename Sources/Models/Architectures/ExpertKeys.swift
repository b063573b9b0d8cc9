import Checkpoints

/// Keys of config.json under which a family keeps what it has of experts.
package struct ExpertKeys: Sendable {
  /// Whether the weights of a token's experts are brought to a sum of 1.
  package enum Normalization: Sendable {
    case always
    case never
    /// Where a key says so, and also where it is missing, if `usual`; GGUF files have no such key, and llama.cpp assumes one of the
    /// two.
    case `where`(String, usual: Bool = false, inGGUF: Bool)
    /// Where a key says so, and also where it is missing, if the second is true; GGUF files have a key of it.
    case whereNotSaid(String, Bool)
  }

  package var count = "num_experts"
  /// What newer or older configurations call it.
  package var olderCount: String?
  /// Whether a model of the family may have none; 0 says so.
  package var mayMiss = false
  /// Where another key says whether there are any, and nothing reads the others where it does not.
  package var enabling: String?
  package var used = "num_experts_per_tok"
  /// Whether these numbers may be said for each layer, where all layers have the same.
  package var mayBeLists = false
  package var size = "moe_intermediate_size"
  package var sharedSize: String?
  /// Whether there may be none; 0 says so, too.
  package var sharedMayMiss = false
  /// How many experts, each as wide as the others, make up the one that every token goes to, where that is what a key says.
  package var sharedCount: String?
  /// Whether a router says how much that one counts.
  package var gatesShared = true
  /// Layers before the first with experts.
  package var denseLayers: String?
  /// What multiplies the weights of all.
  package var scale: String?
  /// How many groups there are, and how many of them a token goes to.
  package var groups: (count: String, used: String)?
  package var scores = Experts.Scores.softmax
  package var hasCorrection = false
  package var hasRouterBias = false
  package var weighsInputs = false
  package var hasScales = false
  /// Whether llama.cpp reads which scores are meant.
  package var ggufSaysScores = false
  package var normalizes = Normalization.always

  package init(_ change: (inout ExpertKeys) -> Void = { _ in }) {
    change(&self)
  }

  /// Those that are read.
  var keys: [String] {
    let normalizing: String? =
      switch normalizes {
      case .always, .never: nil
      case .where(let key, _, _), .whereNotSaid(let key, _): key
      }
    return [count, used, size]
      + [
        olderCount, enabling, sharedSize, sharedCount, denseLayers, scale, groups?.count, groups?.used, normalizing,
      ].compactMap { $0 }
  }

  /// More than any model has, and few enough to list.
  private static let most = 4096

  func experts(_ config: JSONObject) throws(CheckpointError) -> Experts? {
    if let enabling, try config.optionalBool(enabling) != true { return nil }
    if enabling == nil, mayMiss, config.has(count), try config.count(count) == 0 { return nil }
    if let olderCount { try config.agree(olderCount, with: count) }
    let older = olderCount.flatMap { config.has($0) ? $0 : nil }
    let key = config.has(count) ? count : older ?? count
    let total = try mayBeLists ? config.uniformSize(key) : config.size(key)
    guard total <= Self.most else { throw config.error(key, expected: "at most \(Self.most)") }
    let used = try mayBeLists ? config.uniformSize(used) : config.size(used)
    guard used <= total else { throw config.error(self.used, expected: "at most \(key), \(total)") }
    let width = try config.size(size)
    var experts = Experts(
      count: total, used: used, size: width, normalizesWeights: try normalizes(config),
      sharedSize: try sharedSize(config, width: width))
    set(&experts)
    if let key = denseLayers { experts.denseLayers = try config.count(key) }
    if let key = scale { experts.scale = Float(try config.positiveNumber(key)) }
    if let groups {
      experts.groups = try self.groups(
        total, used, count: config.optionalSize(groups.count), used: config.optionalSize(groups.used),
        config.error(
          groups.count, expected: "a divisor of \(key) with \(groups.used) groups of \(self.used) experts or more"))
    }
    return experts
  }

  /// What no key says.
  private func set(_ experts: inout Experts) {
    (experts.scores, experts.gatesShared) = (scores, gatesShared)
    (experts.hasCorrection, experts.hasRouterBias) = (hasCorrection, hasRouterBias)
    experts.weighsInputs = weighsInputs
    experts.hasScales = hasScales
  }

  private func sharedSize(_ config: JSONObject, width: Int) throws(CheckpointError) -> Int? {
    if let key = sharedSize {
      guard sharedMayMiss else { return try config.size(key) }
      let size = try config.has(key) ? config.count(key) : 0
      return size == 0 ? nil : size
    }
    guard let key = sharedCount else { return nil }
    let count = try config.count(key)
    return count == 0 ? nil : count * width
  }

  /// One group is no group.
  private func groups(
    _ total: Int, _ used: Int, count: Int?, used usedGroups: Int?, _ error: CheckpointError
  ) throws(CheckpointError) -> Experts.Groups? {
    guard let count, count > 1 else { return nil }
    guard let usedGroups, usedGroups <= count, total % count == 0, used <= total / count * usedGroups else {
      throw error
    }
    return Experts.Groups(count: count, used: usedGroups, judgedBy: scores == .sigmoid ? 2 : 1)
  }

  private func normalizes(_ config: JSONObject) throws(CheckpointError) -> Bool {
    switch normalizes {
    case .always: return true
    case .never: return false
    case .where(let key, let usual, _): return try config.optionalBool(key) ?? usual
    // In transformers null is as good as false.
    case .whereNotSaid(let key, let usual):
      return try config.optionalBool(key) ?? (config.keys.contains(key) ? false : usual)
    }
  }

  func experts(_ keys: GGUFMetadata, prefix: String) throws(CheckpointError) -> Experts? {
    if mayMiss, try keys.optionalInteger("\(prefix).expert_count") ?? 0 == 0 { return nil }
    let total = try keys.size("\(prefix).expert_count")
    guard total <= Self.most else { throw keys.error("\(prefix).expert_count", expected: "at most \(Self.most)") }
    let used = try keys.size("\(prefix).expert_used_count")
    guard used <= total else { throw keys.error("\(prefix).expert_used_count", expected: "at most \(total)") }
    let stated = try keys.optionalSize("\(prefix).expert_feed_forward_length")
    let whole = if let stated { stated } else { try keys.size("\(prefix).feed_forward_length") }
    var sharedSize: Int?
    if self.sharedSize != nil {
      let key = "\(prefix).expert_shared_feed_forward_length"
      sharedSize = sharedMayMiss ? try keys.optionalSize(key) : try keys.size(key)
    }
    if sharedCount != nil, let count = try keys.optionalInteger("\(prefix).expert_shared_count"), count > 0 {
      sharedSize = try keys.size("\(prefix).expert_shared_count") * (stated ?? whole)
    }
    let assumed =
      switch normalizes {
      case .where(_, _, let assumed): assumed
      case .never: false
      case .always, .whereNotSaid: true
      }
    let said = ggufSaysNormalization ? try keys.optionalBool("\(prefix).expert_weights_norm") : nil
    var experts = Experts(
      count: total, used: used, size: stated ?? whole, normalizesWeights: said ?? assumed, sharedSize: sharedSize)
    set(&experts)
    if denseLayers != nil {
      experts.denseLayers = try keys.optionalInteger("\(prefix).leading_dense_block_count") ?? 0
    }
    if scale != nil {
      experts.scale = try keys.optionalPositiveNumber("\(prefix).expert_weights_scale").map { Float($0) } ?? 1
    }
    if groups != nil {
      let key = "\(prefix).expert_group_count"
      experts.groups = try groups(
        total, used, count: keys.optionalSize(key), used: keys.optionalSize("\(prefix).expert_group_used_count"),
        keys.error(key, expected: "a divisor of \(total), with enough experts in the groups that are used"))
    }
    if ggufSaysScores, let number = try keys.optionalInteger("\(prefix).expert_gating_func"), number != 0 {
      switch number {
      case 1: experts.scores = .softmax
      case 2: experts.scores = .sigmoid
      default: throw keys.error("\(prefix).expert_gating_func", expected: "1 for a softmax or 2 for sigmoids")
      }
    }
    return experts
  }

  /// Whether files of families in which weights may be scaled say whether they are normalized, too.
  private var ggufSaysNormalization: Bool { scale != nil }

  /// Keys of a GGUF file that are read, without the family's prefix.
  var ggufKeys: [String] {
    ["expert_count", "expert_used_count", "expert_feed_forward_length"]
      + (sharedSize == nil ? [] : ["expert_shared_feed_forward_length"])
      + (sharedCount == nil ? [] : ["expert_shared_count"])
      + (denseLayers == nil ? [] : ["leading_dense_block_count"])
      + (scale == nil ? [] : ["expert_weights_scale", "expert_weights_norm"])
      + (groups == nil ? [] : ["expert_group_count", "expert_group_used_count"])
      + (ggufSaysScores ? ["expert_gating_func"] : [])
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
    if sharedSize != nil, let size = experts.sharedSize {
      entries.append(("expert_shared_feed_forward_length", .uint32(UInt32(size))))
    }
    if sharedCount != nil {
      entries.append(("expert_shared_count", .uint32(UInt32((experts.sharedSize ?? 0) / experts.size))))
    }
    if denseLayers != nil { entries.append(("leading_dense_block_count", .uint32(UInt32(experts.denseLayers)))) }
    if scale != nil {
      entries.append(("expert_weights_scale", .float32(experts.scale)))
      entries.append(("expert_weights_norm", .bool(experts.normalizesWeights)))
    }
    if groups != nil {
      entries.append(("expert_group_count", .uint32(UInt32(experts.groups?.count ?? 1))))
      entries.append(("expert_group_used_count", .uint32(UInt32(experts.groups?.used ?? 1))))
    }
    if ggufSaysScores { entries.append(("expert_gating_func", .uint32(experts.scores == .softmax ? 1 : 2))) }
    return entries
  }
}
