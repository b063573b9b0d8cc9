/// Which output matrices llama.cpp reads in models of a family.
package enum GGUFOutput: Sendable {
  case any
  /// None: the embedding table takes its place.
  case tied
  /// One that every file has.
  case untied
}

extension Architecture {
  /// Why no GGUF file can say what this model is, or nil.
  package func objectionToGGUF(_ shape: DecoderShape) -> String? {
    if let obstacle = ggufObstacle(shape) { return obstacle }
    let models = "models of type \(ggufName)"
    if let key = biasKeys.first(where: { !$0.roles.isDisjoint(with: shape.choices.biases) }), !ggufReadsBiases {
      return "found \(key.name), for which llama.cpp has no tensors in \(models)"
    }
    switch (ggufOutput, shape.tiedOutput) {
    case (.tied, false): return "found an output matrix of its own, which llama.cpp does not read in \(models)"
    case (.untied, true): return "found a tied output, which llama.cpp does not know in \(models)"
    default: break
    }
    if let experts = shape.choices.experts, case .where(let key, _, let assumed)? = expertKeys?.normalizes,
      experts.normalizesWeights != assumed
    {
      return "found \(key) \(!assumed), expected \(assumed), which is what llama.cpp assumes of \(models)"
    }
    switch shape.rotary.scaling {
    case .llama3, .divisors:
      guard !ggufReadsDivisors else { return nil }
      return "found scaled rotary frequencies, for which llama.cpp reads no tensor in \(models)"
    case .yarn(let yarn) where yarn.isSteeper && !ggufIgnoresTurns && !ggufReadsYarn:
      return
        "found beta_fast \(yarn.fastTurns) and beta_slow \(yarn.slowTurns), expected 32 and 1: llama.cpp reads no keys "
        + "of them in \(models)"
    case .yarn(let yarn) where !yarn.isWhole && !ggufIgnoresTruncation:
      return "found truncate: false of YaRN, expected true: llama.cpp rounds to whole pairs"
    case .yarn(let yarn) where shape.choices.latent != nil:
      guard yarn.scoreMultiplier == nil || yarn.magnitude != 1 else { return nil }
      return
        "found YaRN without mscale_all_dim, or with another mscale than that, expected two equal numbers: llama.cpp takes no "
        + "others in \(models)"
    case .yarn(let yarn)
    where yarn.magnitude != RotaryEmbedding.Yarn.usualMagnitude(yarn.factor) && !ggufReadsYarn:
      return "found a YaRN attention factor of \(yarn.magnitude), expected 0.1 ln(factor) + 1: llama.cpp takes no other"
    case .none, .linear, .yarn, .longRope:
      return nil
    }
  }

  /// What to say of YaRN's turns that llama.cpp does not read in this family; nil where it has what the model has.
  func turnsRemark(_ shape: DecoderShape) -> String? {
    guard case .yarn(let yarn) = shape.rotary.scaling, yarn.isSteeper else { return nil }
    return "llama.cpp blends YaRN's frequencies between 32 turns and 1, the model between \(yarn.fastTurns) and "
      + "\(yarn.slowTurns): the two differ"
  }

  /// What to say of windows that llama.cpp does not know of in this family; nil where there are none.
  func windowRemark(_ shape: DecoderShape) -> String? {
    guard let window = shape.choices.window else { return nil }
    return "llama.cpp lets every token of this family see all before it, where the model's own see \(window): "
      + "the two differ on longer texts"
  }
}

extension RotaryEmbedding.Yarn {
  /// Whether frequencies are blended between others than those that turn 32 times and once.
  fileprivate var isSteeper: Bool { fastTurns != 32 || slowTurns != 1 }
}
