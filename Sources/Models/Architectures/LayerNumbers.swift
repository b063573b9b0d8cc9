import Checkpoints

/// Numbers of which GGUF files may hold one for each layer: heads of keys, and how wide feed-forward layers are.
package enum LayerNumbers {
  package enum Form: Sendable {
    /// One number for all layers.
    case one
    /// A list, with 0 where something else takes the place.
    case oneOrNone
    /// A list where layers differ.
    case any
    /// A list of what all layers have.
    case each
  }

  static let heads = "attention.head_count_kv"
  static let feedForward = "feed_forward_length"

  /// For each layer how many it has.
  ///
  /// - Throws: `CheckpointError.setting` where layers that have any have different numbers of them, and may not.
  static func read(
    _ keys: GGUFMetadata, _ prefix: String, _ name: String = heads, _ form: Form = .oneOrNone
  ) throws(CheckpointError) -> [Int] {
    let key = "\(prefix).\(name)"
    let layers = try keys.size("\(prefix).block_count")
    guard let numbers = keys.value(key)?.asArray(of: \.asInteger) else {
      // One number for all; no model has as many layers as a file may claim.
      return [Int](repeating: try keys.size(key), count: min(layers, 65_536))
    }
    guard numbers.count == layers, numbers.allSatisfy({ 0...Int(Int32.max) ~= $0 }) else {
      throw keys.error(key, expected: "a number for each of the \(layers) layers")
    }
    guard form == .any || Set(numbers).subtracting([0]).count <= 1 else {
      throw keys.error(key, expected: "the same number in all layers that have any")
    }
    return numbers
  }

  /// Which layers have no attention.
  static func others(_ keys: GGUFMetadata, _ prefix: String) throws(CheckpointError) -> [Bool] {
    try read(keys, prefix).map { $0 == 0 }
  }

  static func heads(_ shape: DecoderShape, _ form: Form) -> GGUFValue {
    value(shape, form, shape.keyValueHeads) { layer in
      shape.choices.hasAttention(layer: layer) ? shape.headSizes(layer: layer).keyValueHeads : 0
    }
  }

  static func feedForward(_ shape: DecoderShape, _ form: Form) -> GGUFValue {
    value(shape, form, shape.intermediateSize) { layer in
      form == .oneOrNone && !shape.choices.isFeedForward(layer: layer)
        ? 0 : shape.intermediateSize * shape.widening(layer: layer)
    }
  }

  private static func value(_ shape: DecoderShape, _ form: Form, _ one: Int, _ number: (Int) -> Int) -> GGUFValue {
    let numbers = (0..<shape.layers).map(number)
    let isList = form == .oneOrNone || form == .each || (form == .any && Set(numbers).count > 1)
    guard isList else { return .uint32(UInt32(one)) }
    return .array(.int32, numbers.map { .int32(Int32($0)) })
  }
}
