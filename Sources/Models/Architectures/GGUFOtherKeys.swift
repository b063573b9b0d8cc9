import Checkpoints

/// The only value of a key, in either world, with which a model is what this version computes.
package enum ExpectedValue: Sendable {
  case number(Int)
  case decimal(Double)
  case bool(Bool)
  case string(String)
  case numbers([Double])
  case nothing

  package var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .decimal(let number): "\(number)"
    case .bool(let value): "\(value)"
    case .string(let value): value
    case .numbers(let values): values.map { "\($0)" }.joined(separator: ", ")
    case .nothing: "nothing: this version does not do what it asks for"
    }
  }

  package func allows(_ value: some SettingValue) -> Bool {
    switch self {
    case .number(let number): value.asInteger == number
    case .decimal(let number): value.asNumber == number
    case .bool(let expected): value.asBool == expected
    case .string(let expected): value.asString == expected
    case .numbers(let expected):
      value.asArray(of: \.asNumber).map { values in
        values.count == expected.count && zip(values, expected).allSatisfy { $0 == $1 || abs($0 - $1) < 1e-5 }
      } ?? false
    case .nothing: value.asArray.map { $0.allSatisfy { _ in false } } ?? false
    }
  }
}

/// Keys of GGUF metadata, without a family's prefix, that the decoder need not read.
///
/// What llama.cpp reads for each architecture is listed by `Tests/Fixtures/gguf-keys.py`.
package enum GGUFOtherKeys {
  /// Keys that change nothing of what is computed, each with the reason.
  package static let withoutEffect: [String: String] = [
    "classifier.output_labels": "names of classes; the tensors of a classifier are refused by name",
    "classifier.pooling_type": "of classifiers, whose tensors are refused by name",
    "pooling_type": "of embeddings that a runtime makes of hidden states; encoders read it",
    "rope.scaling.alpha": "of other architectures alone",
    "rope.scaling.finetuned": "what was trained; granite reads it",
  ]

  /// Keys that llama.cpp does not read in these families, with what it takes them for: another value is not followed, and noted.
  package static let assumed: [String: ExpectedValue] = [
    "rope.scaling.yarn_beta_fast": .decimal(32), "rope.scaling.yarn_beta_slow": .decimal(1),
  ]

  package static func expected(_ shape: DecoderShape, _ architecture: any Architecture) -> [(
    key: String, value: ExpectedValue
  )] {
    var keys: [(key: String, value: ExpectedValue)] = [
      ("attention.value_length", .number(shape.choices.latent?.ggufValueLength ?? shape.headSize)),
      ("attention.key_length_swa", .number(shape.choices.windowHeads?.size ?? shape.headSize)),
      ("attention.value_length_swa", .number(shape.choices.windowHeads?.size ?? shape.headSize)),
      ("rope.dimension_count_swa", .number(shape.choices.windowHeads?.size ?? shape.rotary.dimensions)),
      ("embedding_length_out", .number(shape.hiddenSize)),
      ("vocab_size", .number(shape.vocabularySize)), ("nextn_predict_layers", .number(0)),
      ("attention.causal", .bool(shape.choices.mask == .causal)),
    ]
    if architecture.expertKeys?.groups == nil {
      keys += [("expert_group_used_count", .number(0)), ("expert_group_count", .number(0))]
    }
    if shape.choices.experts == nil { keys += [("expert_count", .number(0)), ("expert_used_count", .number(0))] }
    if case .longRope = shape.rotary.scaling {} else { keys.append(("rope.scaling.attn_factor", .decimal(1))) }
    return keys + architecture.expectedGGUFKeys(shape)
  }
}

extension Architecture {
  /// Keys that are read in this family, without its prefix.
  package var readGGUFKeys: Set<String> {
    var read: Set<String> = [
      "block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count",
      "attention.head_count_kv", "attention.key_length", epsilonKey,
    ]
    if choices.position == .rotary {
      read.formUnion([
        "rope.dimension_count", "rope.freq_base", "rope.scaling.type", "rope.scaling.factor", "rope.scale_linear",
        "rope.scaling.original_context_length", "rope.scaling.attn_factor",
      ])
    }
    if let expertKeys { read.formUnion(expertKeys.ggufKeys) }
    if let latentKeys { read.formUnion(latentKeys.ggufKeys) }
    read.formUnion(numbers.map(\.gguf))
    return read.union(adjustingGGUFKeys)
  }

  /// Checks keys that llama.cpp reads and the decoder does not.
  ///
  /// - Throws: `CheckpointError.setting` for a key that makes another model of it.
  func checkGGUFKeys(_ metadata: GGUFMetadata, _ shape: DecoderShape) throws(CheckpointError) {
    for (key, expected) in GGUFOtherKeys.expected(shape, self) {
      guard let value = metadata.value("\(ggufName).\(key)"), !expected.allows(value) else { continue }
      throw metadata.error("\(ggufName).\(key)", expected: expected.text)
    }
  }

  /// Keys under the family's prefix that neither the decoder nor llama.cpp reads for it.
  func unreadGGUFKeys(_ metadata: GGUFMetadata, _ shape: DecoderShape) -> [String] {
    let known = readGGUFKeys.union(GGUFOtherKeys.withoutEffect.keys).union(
      GGUFOtherKeys.expected(shape, self).map(\.key))
    return metadata.keys.filter { name in
      guard name.hasPrefix("\(ggufName).") else { return false }
      let key = String(name.dropFirst(ggufName.count + 1))
      if let assumed = GGUFOtherKeys.assumed[key], let value = metadata.value(name), assumed.allows(value) {
        return false
      }
      return !known.contains(key)
    }
  }
}
