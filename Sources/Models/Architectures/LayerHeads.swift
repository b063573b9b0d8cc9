import Checkpoints

/// Heads of keys as GGUF files say them.
package enum LayerHeads {
  package enum Form: Sendable {
    /// One number for all layers.
    case one
    /// A list, with none where something else takes the place of attention.
    case oneOrNone
    /// A list where layers differ.
    case any
  }

  /// For each layer how many it has.
  ///
  /// - Throws: `CheckpointError.setting` where layers with attention have different numbers of them, and may not.
  static func read(
    _ keys: GGUFMetadata, _ prefix: String, _ form: Form = .oneOrNone
  ) throws(CheckpointError) -> [Int] {
    let key = "\(prefix).attention.head_count_kv"
    let layers = try keys.size("\(prefix).block_count")
    guard let heads = keys.value(key)?.asArray(of: \.asInteger) else {
      // One number for all; no model has as many layers as a file may claim.
      return [Int](repeating: try keys.size(key), count: min(layers, 65_536))
    }
    guard heads.count == layers, heads.allSatisfy({ 0...Int(Int32.max) ~= $0 }) else {
      throw keys.error(key, expected: "a number of heads for each of the \(layers) layers")
    }
    guard form == .any || Set(heads).subtracting([0]).count <= 1 else {
      throw keys.error(key, expected: "the same number of heads in all layers that have any")
    }
    return heads
  }

  /// Which layers have no attention.
  static func others(_ keys: GGUFMetadata, _ prefix: String) throws(CheckpointError) -> [Bool] {
    try read(keys, prefix).map { $0 == 0 }
  }

  static func value(_ shape: DecoderShape, _ form: Form) -> GGUFValue {
    let counts = (0..<shape.layers).map {
      shape.choices.hasAttention(layer: $0) ? shape.headSizes(layer: $0).keyValueHeads : 0
    }
    guard form == .oneOrNone || (form == .any && Set(counts).count > 1) else {
      return .uint32(UInt32(shape.keyValueHeads))
    }
    return .array(.int32, counts.map { .int32(Int32($0)) })
  }
}
