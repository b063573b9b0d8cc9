import Checkpoints

/// Numbers that GGUF files list by layer where layers differ in what they have: heads of keys, none where there is no attention, and how
/// wide feed-forward layers are, 0 where there is none.
enum LayerHeads {
  static let heads = "attention.head_count_kv"
  static let feedForward = "feed_forward_length"

  /// For each layer how many it has.
  ///
  /// - Throws: `CheckpointError.setting` where layers that have any have different numbers of them.
  static func read(_ keys: GGUFMetadata, _ prefix: String, _ name: String = heads) throws(CheckpointError) -> [Int] {
    let key = "\(prefix).\(name)"
    let layers = try keys.size("\(prefix).block_count")
    guard let numbers = keys.value(key)?.asArray(of: \.asInteger) else {
      // One number for all; no model has as many layers as a file may claim.
      return [Int](repeating: try keys.size(key), count: min(layers, 65_536))
    }
    guard numbers.count == layers, numbers.allSatisfy({ 0...Int(Int32.max) ~= $0 }) else {
      throw keys.error(key, expected: "a number for each of the \(layers) layers")
    }
    guard Set(numbers).subtracting([0]).count <= 1 else {
      throw keys.error(key, expected: "the same number in all layers that have any")
    }
    return numbers
  }

  /// Which layers have no attention.
  static func others(_ keys: GGUFMetadata, _ prefix: String) throws(CheckpointError) -> [Bool] {
    try read(keys, prefix).map { $0 == 0 }
  }

  static func value(_ shape: DecoderShape) -> GGUFValue {
    list(shape) { shape.choices.hasAttention(layer: $0) ? shape.keyValueHeads : 0 }
  }

  static func feedForward(_ shape: DecoderShape) -> GGUFValue {
    list(shape) { shape.choices.isFeedForward(layer: $0) ? shape.intermediateSize : 0 }
  }

  private static func list(_ shape: DecoderShape, _ number: (Int) -> Int) -> GGUFValue {
    .array(.int32, (0..<shape.layers).map { .int32(Int32(number($0))) })
  }
}
