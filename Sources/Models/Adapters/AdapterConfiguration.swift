import Checkpoints
import Patterns

/// `adapter_config.json` of a LoRA that PyPI's `peft` saved.
///
/// Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021); keys: `peft` LoraConfig.
struct AdapterConfiguration: Sendable {
  private let rank: Int
  private let alpha: Double
  private let ranks: [Pattern<Int>]
  private let alphas: [Pattern<Double>]
  /// Whether updates are scaled by α / √r instead of α / r (Kalajdzievski, 2023).
  private let isRankStabilized: Bool
  /// Whether rows are scaled to lengths of their own (Liu et al., "DoRA", 2024).
  let isDoRA: Bool
  let path: String
  /// Which modules the adapter is for.
  let targets: AdapterTargets
  /// Keys that nothing is known of.
  let unreadKeys: [String]

  private static let keys: Set<String> = [
    "peft_type", "r", "lora_alpha", "use_rslora", "use_dora", "rank_pattern", "alpha_pattern",
  ]

  /// A value for modules whose names end as an expression says.
  private struct Pattern<Value: Sendable>: Sendable {
    let ending: PythonPattern
    let value: Value
  }

  init(contentsOf path: String) throws(CheckpointError) {
    self.path = path
    let config = try JSONObject(contentsOf: path)
    guard try config.string("peft_type") == "LORA" else { throw config.error("peft_type", expected: "LORA") }
    unreadKeys = try AdapterKeys.check(config, read: AdapterTargets.keys.union(Self.keys))
    targets = try AdapterTargets(config)
    rank = try config.positiveInteger("r")
    alpha = try config.number("lora_alpha")
    isRankStabilized = try config.optionalBool("use_rslora") ?? false
    isDoRA = try config.optionalBool("use_dora") ?? false
    ranks = try Self.patterns(config, "rank_pattern") { object, key throws(CheckpointError) in
      try object.positiveInteger(key)
    }
    alphas = try Self.patterns(config, "alpha_pattern") { object, key throws(CheckpointError) in
      try object.number(key)
    }
  }

  private static func patterns<Value>(
    _ config: JSONObject, _ key: String, _ read: (JSONObject, String) throws(CheckpointError) -> Value
  ) throws(CheckpointError) -> [Pattern<Value>] {
    guard let object = try config.optionalObject(key) else { return [] }
    var patterns: [Pattern<Value>] = []
    for ending in object.keys {
      // As `peft` puts it together, so that it matches what it matches there.
      let expression = try object.pattern("(.*\\.)?(\(ending))$", of: ending)
      patterns.append(Pattern(ending: expression, value: try read(object, ending)))
    }
    return patterns
  }

  /// The rank of a module's update.
  func rank(of module: String) -> Int { Self.value(ranks, of: module) ?? rank }

  /// By what B A is multiplied.
  func scale(of module: String) -> Float {
    let alpha = Self.value(alphas, of: module) ?? alpha
    let rank = Double(rank(of: module))
    return Float(isRankStabilized ? alpha / rank.squareRoot() : alpha / rank)
  }

  /// The first pattern that a module's name ends with, after a dot or from its beginning.
  private static func value<Value>(_ patterns: [Pattern<Value>], of module: String) -> Value? {
    patterns.first { $0.ending.matches(module, .beginning) }?.value
  }
}
