import Checkpoints
import Foundation
import Tensors

/// A tiny model of some family, and what transformers computes with it. `Tests/Fixtures/families.py` makes the file.
package struct FamilyFixture: Sendable {
  package let name: String
  /// config.json
  package let config: String
  /// Names and shapes, as a folder has them.
  package let tensors: [(name: String, shape: [Int])]
  /// The types of tensors that hold bytes and no weights.
  private let packedTypes: [String: String]
  /// The positions whose logits are known, in order.
  package let tokens: [Int32]
  /// Logits of the vocabulary's first tokens, `[tokens, columns]`; of an encoder the first columns of the last hidden
  /// states.
  package let logits: [Float]
  /// Of the tokens as one text, where the model is an encoder.
  package let embedding: [Float]?
  /// What stands beside the model, by name.
  package let files: [String: String]
  package let columns: Int
  private let isHalf: Bool
  private let shift: Float

  /// Every variant.
  package static let all: [FamilyFixture] = {
    guard let tokens = root["tokens"] as? [Int], let columns = root["columns"] as? Int
    else { preconditionFailure("Tests/Fixtures/families.json is not what families.py writes") }
    return section("models").map { FamilyFixture($0, tokens: tokens.map { Int32($0) }, columns: columns) }
  }()

  private static var root: [String: Any] {
    let file = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures/families.json")
    guard let data = try? Data(contentsOf: file), let document = try? JSONSerialization.jsonObject(with: data),
      let root = document as? [String: Any]
    else { preconditionFailure("Tests/Fixtures/families.json is not what families.py writes") }
    return root
  }

  /// One list of the file.
  static func section(_ name: String) -> [[String: Any]] {
    guard let items = root[name] as? [[String: Any]] else { preconditionFailure("families.json has no \(name)") }
    return items
  }

  static func shapes(_ tensors: [[Any]]) -> [(name: String, shape: [Int])] {
    tensors.compactMap { entry in
      guard let name = entry[0] as? String, let shape = entry[1] as? [Int] else { return nil }
      return (name, shape)
    }
  }

  /// Little-endian single precision.
  static func floats(_ bytes: Data) -> [Float] {
    let bytes = [UInt8](bytes)
    return stride(from: 0, to: bytes.count, by: 4).map { start in
      var bits: UInt32 = 0
      for place in 0..<4 { bits |= UInt32(bytes[start + place]) << UInt32(8 * place) }
      return Float(bitPattern: bits)
    }
  }

  package static func named(_ name: String) -> FamilyFixture {
    guard let fixture = all.first(where: { $0.name == name }) else { preconditionFailure("no variant \(name)") }
    return fixture
  }

  private init(_ model: [String: Any], tokens: [Int32], columns: Int) {
    guard let name = model["name"] as? String, let config = model["config"] as? [String: Any],
      let tensors = model["tensors"] as? [[Any]], let shift = model["shift"] as? Double,
      let isHalf = model["bf16"] as? Bool, let text = model["logits"] as? String, let bytes = Data(base64Encoded: text),
      let json = try? JSONSerialization.data(withJSONObject: config, options: [.sortedKeys])
    else { preconditionFailure("families.json has a model that families.py did not write") }
    self.name = name
    self.config = String(decoding: json, as: UTF8.self)
    self.tensors = Self.shapes(tensors)
    packedTypes = Dictionary(
      uniqueKeysWithValues: tensors.compactMap { entry in
        entry.count > 2 ? (entry[0] as? String ?? "", entry[2] as? String ?? "") : nil
      })
    self.tokens = tokens
    self.columns = columns
    self.isHalf = isHalf
    self.shift = Float(shift)
    logits = Self.floats(bytes)
    embedding = (model["embedding"] as? String).flatMap { Data(base64Encoded: $0) }.map(Self.floats)
    let files = model["files"] as? [String: Any] ?? [:]
    self.files = files.mapValues { content in
      let json = try? JSONSerialization.data(withJSONObject: content, options: [.sortedKeys])
      return String(decoding: json ?? Data(), as: UTF8.self)
    }
  }

  /// Writes the folder and returns its path.
  ///
  /// - Parameters:
  ///   - changes: other values of config.json's keys, as JSON; nil takes a key away.
  ///   - rename: what to call a tensor; nil leaves it out.
  ///   - extra: more tensors of one element.
  ///   - copies: more tensors that hold what others do, by name.
  ///   - values: other values of some tensors, by the names that they are stored under.
  @discardableResult
  package func write(
    to folder: TemporaryFolder, as name: String = "model", changing changes: [String: String?] = [:],
    rename: (String) -> String? = { $0 }, extra: [String] = [], copying copies: [String: String] = [:],
    replacing values: [String: [Float]] = [:]
  ) throws -> String {
    try folder.write("\(name)/config.json", try changed(changes))
    for (file, content) in files { try folder.write("\(name)/\(file)", content) }
    var written = tensors.compactMap { tensor in
      rename(tensor.name).map { (stored: $0, tensor: tensor.name, shape: tensor.shape) }
    }
    written += extra.map { ($0, $0, [1]) }
    for (name, original) in copies.sorted(by: { $0.key < $1.key }) {
      guard let shape = tensors.first(where: { $0.name == original })?.shape else { continue }
      written.append((name, original, shape))
    }
    let type = isHalf ? "BF16" : "F32"
    var writer = try SafetensorsWriter(
      path: folder.path("\(name)/model.safetensors"),
      tensors: written.map {
        SafetensorsPlannedTensor(name: $0.stored, shape: $0.shape, type: packedTypes[$0.tensor] ?? type)
      })
    for tensor in written {
      if let type = packedTypes[tensor.tensor] {
        let bytes = Self.bytes(of: tensor.tensor, tensor.shape, type)
        try writer.append(bytes.span.bytes, to: tensor.stored)
        continue
      }
      let drawn = values[tensor.stored] ?? Self.values(of: tensor.tensor, tensor.shape, shift: shift)
      let bytes = (isHalf ? ElementType.bfloat16 : .float32).encode(drawn)
      try writer.append(bytes.span.bytes, to: tensor.stored)
    }
    try writer.finish().publish()
    return folder.path(name)
  }

  /// Writes the folder with other tensors, in single precision.
  package func write(
    to folder: TemporaryFolder, as name: String, changing changes: [String: String?] = [:],
    tensors: [(name: String, shape: [Int], values: [Float])]
  ) throws -> String {
    try folder.write("\(name)/config.json", try changed(changes))
    var writer = try SafetensorsWriter(
      path: folder.path("\(name)/model.safetensors"),
      tensors: tensors.map { SafetensorsPlannedTensor(name: $0.name, shape: $0.shape, type: "F32") })
    for tensor in tensors {
      let bytes = ElementType.float32.encode(tensor.values)
      try writer.append(bytes.span.bytes, to: tensor.name)
    }
    try writer.finish().publish()
    return folder.path(name)
  }

  /// `text_config` with other values of its keys, as JSON; nil takes a key away.
  package func textConfig(_ changes: [String: String?]) throws -> String {
    let members = try JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any]
    let text = try JSONSerialization.data(withJSONObject: members?["text_config"] ?? [:], options: [.sortedKeys])
    return try Self.changed(String(decoding: text, as: UTF8.self), changes)
  }

  private func changed(_ changes: [String: String?]) throws -> String { try Self.changed(config, changes) }

  private static func changed(_ config: String, _ changes: [String: String?]) throws -> String {
    guard var members = try JSONSerialization.jsonObject(with: Data(config.utf8)) as? [String: Any] else {
      return config
    }
    for (key, value) in changes {
      members[key] = try value.map {
        try JSONSerialization.jsonObject(with: Data($0.utf8), options: [.fragmentsAllowed])
      }
    }
    return String(decoding: try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys]), as: UTF8.self)
  }

  /// What `packed` of families.py draws.
  package static func bytes(of name: String, _ shape: [Int], _ type: String) -> [UInt8] {
    let drawn = values(of: name, shape, scale: 1, middle: 0).map { UInt8((Double($0) + 1) * 128) }
    if type == "F8_E4M3" { return drawn.map { $0 & 0xBF } }
    if name.hasSuffix("scales") { return drawn.map { 120 + $0 % 4 } }
    return drawn.enumerated().map { $0 % 16 == 0 ? 0x87 : $1 }
  }

  /// What `tensor` of families.py draws.
  ///
  /// - Parameter shift: what norms are stored less of.
  package static func values(of name: String, _ shape: [Int], shift: Float) -> [Float] {
    // Below zero, as that of every model.
    if name.hasSuffix("act_fn.eps") { return values(of: name, shape, scale: 0.25, middle: 0).map { -abs($0) } }
    let isNorm =
      shape.count == 1 && (name.lowercased().contains("norm") || name.contains(".ln_")) && name.hasSuffix("weight")
    // The one norm of its families that is stored whole.
    let shift = name.hasSuffix("linear_attn.norm.weight") ? 0 : shift
    let isScale = ["layer_scalar", "router.scale", "per_expert_scale", "correct_output_scale"].contains {
      name.hasSuffix($0)
    }
    let middle: Float = name.contains("lora_magnitude_vector") ? 1.5 : isNorm ? 1 - shift : isScale ? 1 : 0
    if name.hasSuffix("weight_scale_inv") { return values(of: name, shape, scale: 0.0625, middle: 0.25) }
    return values(of: name, shape, scale: 0.25, middle: middle)
  }

  /// Numbers between -1 and 1 that depend on a name alone, times a scale, around a middle.
  private static func values(of name: String, _ shape: [Int], scale: Float, middle: Float) -> [Float] {
    let seed = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    var random = SplitMix64(seed: seed)
    return (0..<shape.reduce(1, *)).map { _ in
      Float(Double(random.next() >> 40) / 8_388_608 - 1) * scale + middle
    }
  }
}
