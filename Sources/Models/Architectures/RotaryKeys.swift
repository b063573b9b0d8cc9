import Checkpoints
import Foundation

extension RotaryEmbedding {
  /// The layers that keys of config.json are about, where it tells them apart.
  enum Layers: String {
    case fullAttention = "full_attention"
    case slidingAttention = "sliding_attention"
  }

  /// Reads the keys of config.json: `rope_parameters`, or the older `rope_theta` with `rope_scaling`.
  ///
  /// - Throws: `CheckpointError.setting` also where two keys say different things.
  init(
    _ config: JSONObject, _ keys: ConfigKeys, layers: Layers, headSize: Int, context: Int
  ) throws(CheckpointError) {
    let parameters = try Self.parameters(config, keys, layers)
    let stated = try parameters?.optionalPositiveNumber("rope_theta")
    let olderKey = keys.rotaryBaseKey
    let older = layers == .fullAttention ? try config.optionalPositiveNumber(olderKey) : nil
    if let stated, let older, stated != older {
      throw config.error(olderKey, expected: "\(stated), as rope_theta among the parameters of positions says")
    }
    if let pairs = try Self.pairsInProportion(config, parameters, keys, layers, pairs: headSize / 2) {
      self.init(base: stated ?? older ?? keys.rotaryBase, dimensions: headSize, scaling: .divisors(pairs))
      return
    }
    let dimensions = try Self.dimensions(config, parameters, keys, headSize: headSize)
    let original = try Self.originalContext(config, parameters, keys, context: context)
    let growth = try Self.growth(parameters, keys, dimensions: dimensions)
    self.init(
      base: (stated ?? older ?? keys.rotaryBase) * (growth ?? 1), dimensions: dimensions,
      scaling: growth == nil
        ? try Self.scaling(parameters, keys, dimensions: dimensions, context: context, originalContext: original)
        : .none)
  }

  /// By what the frequency of each pair is divided where some stand still, as positions of kind `proportional` have it; nil for other
  /// kinds.
  private static func pairsInProportion(
    _ config: JSONObject, _ parameters: JSONObject?, _ keys: ConfigKeys, _ layers: Layers, pairs: Int
  ) throws(CheckpointError) -> [Double]? {
    guard let usual = keys.usualProportion, layers == .fullAttention else { return nil }
    let kind = try parameters?.optionalString("rope_type")
    guard parameters == nil || kind == "proportional" else { return nil }
    if config.has("partial_rotary_factor") {
      throw config.error("partial_rotary_factor", expected: "the key among the parameters of positions alone")
    }
    let share = parameters == nil ? usual : try parameters?.optionalNumber("partial_rotary_factor") ?? 1
    guard 0...1 ~= share else {
      throw (parameters ?? config).error("partial_rotary_factor", expected: "a share from 0 to 1")
    }
    let factor = try parameters?.optionalPositiveNumber("factor") ?? 1
    let turning = Int(share * Double(2 * pairs) / 2)
    return (0..<pairs).map { $0 < turning ? factor : still }
  }

  /// What llama.cpp's converter divides by where nothing turns.
  private static let still = 1e30

  /// What says how positions turn: `rope_parameters`, or what older configurations have in its place.
  private static func parameters(
    _ config: JSONObject, _ keys: ConfigKeys, _ layers: Layers
  ) throws(CheckpointError) -> JSONObject? {
    let newer = try config.optionalObject("rope_parameters").flatMap { $0.keys.isEmpty ? nil : $0 }
    let older = try config.optionalObject("rope_scaling").flatMap { $0.keys.isEmpty ? nil : $0 }
    if newer != nil, older != nil {
      throw config.error("rope_scaling", expected: "nothing beside rope_parameters, which says the same")
    }
    let kinds: [Layers] = [.fullAttention, .slidingAttention]
    guard keys.positionsDifferByLayer else {
      if let parameters = newer ?? older, let kind = kinds.first(where: { parameters.has($0.rawValue) }) {
        throw parameters.error(kind.rawValue, expected: "nothing: all layers of this family have the same positions")
      }
      return newer ?? older
    }
    guard let newer else {
      guard layers == .fullAttention else { return nil }
      if let older, older.has("type"), !older.has("rope_type") {
        throw older.error(
          "type", expected: "rope_type in its place: transformers does not read this key in this family")
      }
      return older
    }
    if let other = newer.keys.first(where: { key in !kinds.contains { $0.rawValue == key } }) {
      throw newer.error(other, expected: "full_attention and sliding_attention, each with parameters of its own")
    }
    return try newer.optionalObject(layers.rawValue)
  }

  /// What the base is multiplied by so that positions reach `alpha` times as far; nil where nothing is said of that.
  ///
  /// Tencent, `Hunyuan-A13B` technical report: θ · α^(d / (d − 2)).
  private static func growth(
    _ parameters: JSONObject?, _ keys: ConfigKeys, dimensions: Int
  ) throws(CheckpointError) -> Double? {
    guard keys.growsBase, let parameters, let alpha = try parameters.optionalPositiveNumber("alpha") else { return nil }
    try parameters.agree("type", with: "rope_type")
    let kind = try parameters.optionalString("rope_type")
    let older = try parameters.optionalString("type")
    guard kind ?? older == "dynamic", dimensions > 2 else { return nil }
    return pow(alpha, Double(dimensions) / Double(dimensions - 2))
  }

  /// How many components of a head turn.
  private static func dimensions(
    _ config: JSONObject, _ parameters: JSONObject?, _ keys: ConfigKeys, headSize: Int
  ) throws(CheckpointError) -> Int {
    var said: (keys: JSONObject, name: String, share: Double)?
    for (object, name) in [
      (parameters, "partial_rotary_factor"), (config, keys.rotaryShare ?? "partial_rotary_factor"),
      (config, "partial_rotary_factor"),
    ] {
      guard let object, let share = try object.optionalNumber(name) else { continue }
      guard said == nil || said?.share == share else {
        throw object.error(name, expected: "\(said?.share ?? 1), as \(said?.name ?? name) says")
      }
      said = said ?? (object, name, share)
    }
    let share = said?.share ?? keys.usualRotaryShare
    if share == 1 { return headSize }
    let (object, name) = (said?.keys ?? config, said?.name ?? keys.rotaryShare ?? "partial_rotary_factor")
    guard keys.rotaryShare != nil else { throw object.error(name, expected: "1: all components of a head turn") }
    let dimensions = Int(max(0, min(share, 1)) * Double(headSize))
    guard dimensions > 0, dimensions % 2 == 0, share < 1 else {
      throw object.error(name, expected: "the share of an even number of a head's \(headSize) components")
    }
    return dimensions
  }

  /// The length of texts that positions are scaled from.
  private static func originalContext(
    _ config: JSONObject, _ parameters: JSONObject?, _ keys: ConfigKeys, context: Int
  ) throws(CheckpointError) -> Int {
    let key = "original_max_position_embeddings"
    let (outer, inner) = (try config.optionalSize(key), try parameters?.optionalSize(key))
    if keys.positionsDifferByLayer, outer != nil, inner == nil, parameters?.has("factor") ?? false {
      throw config.error(key, expected: "the key among the parameters of each kind of layers")
    }
    if let outer, let inner, outer != inner {
      throw config.error(key, expected: "\(inner), as \(key) of positions says")
    }
    guard let stated = outer ?? inner else { return keys.originalContext ?? context }
    // A family whose class has the key takes its own value for it where only the parameters say another.
    guard outer != nil || keys.originalContext == nil || keys.originalContext == stated else {
      throw config.error(key, expected: "\(stated), as \(key) of positions says")
    }
    return stated
  }

  private static func scaling(
    _ keys: JSONObject?, _ family: ConfigKeys, dimensions: Int, context: Int, originalContext original: Int
  ) throws(CheckpointError) -> Scaling {
    guard let keys else { return .none }
    // `type` is what older checkpoints wrote.
    try keys.agree("type", with: "rope_type")
    let kind = try keys.optionalString("rope_type")
    let olderKind = try keys.optionalString("type")
    let named = kind ?? olderKind ?? "default"
    if family.knowsMagnitudes, named != "yarn", named != "default", let key = magnitudeKeys.first(where: keys.has) {
      throw keys.error(key, expected: "nothing beside positions of kind \(named)")
    }
    switch named {
    case "default":
      return .none
    case "mrope" where family.knowsSections:
      return .none
    case "linear":
      return .linear(factor: try keys.positiveNumber("factor"))
    case "llama3":
      let low = try keys.positiveNumber("low_freq_factor")
      let high = try keys.positiveNumber("high_freq_factor")
      guard low <= high else { throw keys.error("high_freq_factor", expected: "low_freq_factor, \(low), or more") }
      return .llama3(
        factor: try keys.positiveNumber("factor"), lowFrequencyFactor: low, highFrequencyFactor: high,
        originalContext: original)
    case "yarn":
      return .yarn(try yarn(keys, family, originalContext: original))
    case "longrope", "su":
      return .longRope(try longRope(keys, pairs: dimensions / 2, context: context, originalContext: original))
    default:
      throw keys.error(
        keys.has("rope_type") ? "rope_type" : "type", expected: "default, linear, llama3, yarn or longrope")
    }
  }

  private static func yarn(
    _ keys: JSONObject, _ family: ConfigKeys, originalContext: Int
  ) throws(CheckpointError) -> Yarn {
    if !family.knowsMagnitudes, let key = magnitudeKeys.first(where: keys.has) {
      throw keys.error(key, expected: "nothing, or attention_factor instead")
    }
    let isWhole = try keys.optionalBool("truncate") ?? true
    guard isWhole || family.knowsTruncation else { throw keys.error("truncate", expected: "true") }
    let fast = try keys.optionalPositiveNumber("beta_fast")
    let slow = try keys.optionalPositiveNumber("beta_slow")
    let factor = try keys.positiveNumber("factor")
    let (own, all) = (try keys.magnitude("mscale"), try keys.magnitude("mscale_all_dim"))
    // What multiplies queries and keys where nothing says it: both must be there, and neither 0.
    var magnitude = try keys.optionalPositiveNumber("attention_factor")
    if magnitude == nil, let own, let all {
      magnitude = Yarn.usualMagnitude(factor, times: own) / Yarn.usualMagnitude(factor, times: all)
    }
    return Yarn(
      factor: factor, originalContext: originalContext, fastTurns: fast ?? 32, slowTurns: slow ?? 1,
      magnitude: magnitude, isWhole: isWhole, scoreMultiplier: all)
  }

  private static let magnitudeKeys = ["mscale", "mscale_all_dim"]

  private static func longRope(
    _ keys: JSONObject, pairs: Int, context: Int, originalContext: Int
  ) throws(CheckpointError) -> LongRope {
    var lists: [[Double]] = []
    for key in ["short_factor", "long_factor"] {
      let list = try keys.numbers(key)
      guard list.count == pairs, list.allSatisfy({ $0 > 0 }) else {
        throw keys.error(key, expected: "\(pairs) positive numbers")
      }
      lists.append(list)
    }
    let factor = try keys.optionalPositiveNumber("factor")
    let growth = factor ?? Double(context) / Double(originalContext)
    let usual = growth > 1 ? (1 + log(growth) / log(Double(originalContext))).squareRoot() : 1
    let stated = try keys.optionalPositiveNumber("attention_factor")
    return LongRope(
      short: lists[0], long: lists[1], originalContext: originalContext, magnitude: stated ?? usual)
  }

  /// Reads a GGUF file's keys. Frequencies scaled as in Llama 3 come as a tensor of divisors.
  ///
  /// - Parameters:
  ///   - isPartial: whether a part of a head may turn.
  init(
    _ file: GGUFFile, prefix: String, headSize: Int, isPartial: Bool, isLatent: Bool = false
  ) throws(CheckpointError) {
    let keys = file.metadata
    let base = try keys.optionalPositiveNumber("\(prefix).rope.freq_base") ?? 10_000
    let dimensions = try keys.optionalSize("\(prefix).rope.dimension_count") ?? headSize
    guard dimensions == headSize || (isPartial && dimensions % 2 == 0 && dimensions < headSize) else {
      throw keys.error("\(prefix).rope.dimension_count", expected: "\(headSize): all components of a head turn")
    }
    self.init(
      base: base, dimensions: dimensions,
      scaling: try Self.scaling(file, prefix, pairs: dimensions / 2, isLatent: isLatent))
  }

  private static func scaling(
    _ file: GGUFFile, _ prefix: String, pairs: Int, isLatent: Bool
  ) throws(CheckpointError) -> Scaling {
    let keys = file.metadata
    // llama.cpp scales linearly where a file gives a factor and does not say how.
    let kind = try keys.optionalString("\(prefix).rope.scaling.type")
    if let divisors = try divisors(file, RotaryTensors.divisors, pairs: pairs) { return .divisors(divisors) }
    let original = "\(prefix).rope.scaling.original_context_length"
    if let long = try divisors(file, RotaryTensors.long, pairs: pairs) {
      guard let short = try divisors(file, RotaryTensors.short, pairs: pairs) else {
        throw .noSuchTensor(path: file.path, tensor: RotaryTensors.short, similar: [RotaryTensors.long])
      }
      let magnitude = try keys.optionalPositiveNumber("\(prefix).rope.scaling.attn_factor") ?? 1
      return .longRope(
        LongRope(short: short, long: long, originalContext: try keys.size(original), magnitude: magnitude))
    }
    switch kind {
    case "none":
      return .none
    case "linear", nil:
      let stated = try keys.optionalPositiveNumber("\(prefix).rope.scaling.factor")
      let older = try keys.optionalPositiveNumber("\(prefix).rope.scale_linear")
      if kind != nil, stated == nil, older == nil {
        throw keys.error("\(prefix).rope.scaling.factor", expected: "a positive number")
      }
      let factor = stated ?? older ?? 1
      return factor == 1 ? .none : .linear(factor: factor)
    case "yarn":
      let stated = try keys.optionalSize(original)
      let context = try keys.size("\(prefix).context_length")
      let factor = try keys.positiveNumber("\(prefix).rope.scaling.factor")
      guard isLatent else { return .yarn(Yarn(factor: factor, originalContext: stated ?? context)) }
      // The file has it times 0.1.
      let multiplier = try keys.positiveNumber("\(prefix).\(LatentAttentionKeys.scoreMultiplier)") / 0.1
      return .yarn(
        Yarn(factor: factor, originalContext: stated ?? context, magnitude: 1, scoreMultiplier: multiplier))
    default:
      throw keys.error("\(prefix).rope.scaling.type", expected: "none, linear or yarn")
    }
  }

  /// A tensor of frequency divisors, where a file has it.
  private static func divisors(
    _ file: GGUFFile, _ name: String, pairs: Int
  ) throws(CheckpointError) -> [Double]? {
    guard file.has(name) else { return nil }
    let divisors = try file.matrix(name).array()
    guard divisors.count == pairs, divisors.allSatisfy({ $0 > 0 }) else {
      throw .malformed(
        path: file.path, part: .tensor(name, "values"),
        found: "\(divisors.count) numbers from \(divisors.min() ?? 0)", expected: "\(pairs) positive numbers")
    }
    return divisors.map { Double($0) }
  }

  /// The keys of a GGUF file, without the family's prefix.
  func metadata() -> [(key: String, value: GGUFValue)] {
    var keys: [(key: String, value: GGUFValue)] = [
      ("rope.dimension_count", .uint32(UInt32(dimensions))), ("rope.freq_base", .float32(Float(base))),
    ]
    switch scaling {
    case .none, .llama3, .divisors: break
    case .linear(let factor):
      keys.append(("rope.scaling.type", .string("linear")))
      keys.append(("rope.scaling.factor", .float32(Float(factor))))
    case .yarn(let yarn):
      keys.append(("rope.scaling.type", .string("yarn")))
      keys.append(("rope.scaling.factor", .float32(Float(yarn.factor))))
      keys.append(("rope.scaling.original_context_length", .uint32(UInt32(yarn.originalContext))))
      keys.append(("rope.scaling.yarn_beta_fast", .float32(Float(yarn.fastTurns))))
      keys.append(("rope.scaling.yarn_beta_slow", .float32(Float(yarn.slowTurns))))
      if let multiplier = yarn.scoreMultiplier {
        keys.append((LatentAttentionKeys.scoreMultiplier, .float32(Float(0.1 * multiplier))))
      }
    case .longRope(let scaling):
      keys.append(("rope.scaling.original_context_length", .uint32(UInt32(scaling.originalContext))))
      keys.append(("rope.scaling.attn_factor", .float32(Float(scaling.magnitude))))
    }
    return keys
  }
}

extension JSONObject {
  /// A number from 0; nil for 0, which says nothing.
  fileprivate func magnitude(_ key: String) throws(CheckpointError) -> Double? {
    guard let number = try optionalNumber(key), number != 0 else { return nil }
    return try optionalPositiveNumber(key)
  }
}
