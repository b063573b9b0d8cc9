import Checkpoints
import Foundation

/// Ministral 3: Llama with positions scaled by YaRN, and queries that grow with their positions.
///
/// Keys: `transformers` configuration_ministral3; names, row order and metadata: llama.cpp `conversion/mistral3.py`.
struct Ministral3: Architecture {
  var ggufName: String { "mistral3" }
  var huggingFaceNames: [String] { ["Ministral3ForCausalLM"] }
  var modelTypes: [String] { ["ministral3"] }
  var ggufTurnsNeighbours: Bool { true }
  var ggufReadsDivisors: Bool { true }
  var ggufReadsYarn: Bool { true }
  var adjustingGGUFKeys: [String] {
    [Self.growth, LatentAttentionKeys.scoreMultiplier, Self.fastTurns, Self.slowTurns]
  }
  var configKeys: ConfigKeys {
    ConfigKeys {
      $0.usualKeyValueHeads = 8
      $0.usualHeadSize = 128
      $0.knowsMagnitudes = true
      $0.windows = WindowKeys()
    }
  }

  private static let growth = "attention.temperature_scale"
  private static let (fastTurns, slowTurns) = ("rope.scaling.yarn_beta_fast", "rope.scaling.yarn_beta_slow")

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    guard let parameters = try config.optionalObject("rope_parameters"), case .yarn(var yarn) = shape.rotary.scaling
    else { throw config.error("rope_parameters", expected: "positions of the kind yarn, as files of this family say") }
    let length = try parameters.size("original_max_position_embeddings")
    guard let slope = try parameters.optionalNumber("llama_4_scaling_beta"), slope >= 0 else {
      throw parameters.error("llama_4_scaling_beta", expected: "by how much queries grow, a number from 0")
    }
    if slope > 0 { shape.choices.queryGrowth = PositionGrowth.Numbers(slope: Float(slope), length: length) }
    // Nothing but the magnitude reads it in this family.
    yarn.scoreMultiplier = nil
    shape.scale(yarn)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    let slope = try file.metadata.optionalNumber("\(ggufName).\(Self.growth)") ?? 0
    if slope != 0 {
      guard slope > 0 else { throw file.metadata.error("\(ggufName).\(Self.growth)", expected: "a number from 0") }
      // As llama.cpp has it.
      let stated = try file.metadata.optionalSize("\(ggufName).rope.scaling.original_context_length")
      shape.choices.queryGrowth = PositionGrowth.Numbers(slope: Float(slope), length: stated ?? shape.contextLength)
    }
    guard case .yarn(var yarn) = shape.rotary.scaling else { return }
    func number(_ key: String) throws(CheckpointError) -> Double? {
      try file.metadata.optionalPositiveNumber("\(ggufName).\(key)")
    }
    yarn.fastTurns = try number(Self.fastTurns) ?? yarn.fastTurns
    yarn.slowTurns = try number(Self.slowTurns) ?? yarn.slowTurns
    if let multiplier = try number(LatentAttentionKeys.scoreMultiplier) {
      yarn.magnitude /= RotaryEmbedding.Yarn.usualMagnitude(yarn.factor, times: multiplier)
    }
    shape.scale(yarn)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    var entries: [(key: String, value: GGUFValue)] = []
    if let growth = shape.choices.queryGrowth { entries.append((Self.growth, .float32(growth.slope))) }
    if let multiplier = Self.multiplier(shape), multiplier > 0 {
      entries.append((LatentAttentionKeys.scoreMultiplier, .float32(Float(multiplier))))
    }
    return entries
  }

  /// `mscale_all_dim`, where `mscale` is 1, which is what llama.cpp takes it for.
  private static func multiplier(_ shape: DecoderShape) -> Double? {
    guard case .yarn(let yarn) = shape.rotary.scaling, yarn.factor > 1 else { return nil }
    let usual = RotaryEmbedding.Yarn.usualMagnitude(yarn.factor)
    return ((usual / yarn.magnitude - 1) / (0.1 * log(yarn.factor)) * 1e6).rounded() / 1e6
  }

  func ggufObstacle(_ shape: DecoderShape) -> String? {
    if let multiplier = Self.multiplier(shape), multiplier < 0 {
      return "found a YaRN magnitude above that of mscale 1, which is what llama.cpp takes it for in models of type "
        + ggufName
    }
    guard let growth = shape.choices.queryGrowth, case .yarn(let yarn) = shape.rotary.scaling,
      growth.length != yarn.originalContext
    else { return nil }
    return
      "found queries that grow after \(growth.length) tokens, expected \(yarn.originalContext), the length that positions "
      + "are scaled from, which is what llama.cpp takes"
  }

  func ggufRemark(_ shape: DecoderShape) -> String? { windowRemark(shape) }
}

extension DecoderShape {
  fileprivate mutating func scale(_ yarn: RotaryEmbedding.Yarn) {
    rotary = RotaryEmbedding(base: rotary.base, dimensions: rotary.dimensions, scaling: .yarn(yarn))
  }
}
