import Checkpoints

/// Keys of state spaces, in both worlds: what families share whose configurations name them after Mamba.
///
/// Keys: `transformers` configuration_granitemoehybrid; metadata: llama.cpp `conversion/mamba.py`.
enum StateSpaceKeys {
  static let config = [
    "mamba_n_heads", "mamba_d_head", "mamba_n_groups", "mamba_d_state", "mamba_d_conv", "mamba_conv_bias",
    "mamba_expand", "time_step_limit",
  ]
  static let gguf = ["ssm.conv_kernel", "ssm.state_size", "ssm.group_count", "ssm.time_step_rank", "ssm.inner_size"]
  static let fixed: [FixedKey] = [("mamba_proj_bias", .bool(false))]

  static func tensors(in module: String) -> [(role: Role, name: String)] {
    let names: [(role: Role, name: String)] = [
      (.stateRate, "A_log"), (.stateSkip, "D"), (.stateConvolution, "conv1d"), (.stateStep, "dt_bias"),
      (.stateInput, "in_proj"), (.stateNorm, "norm"), (.stateOutput, "out_proj"),
    ]
    return names.map { ($0.role, "\(module).\($0.name)") }
  }

  static func storage(_ role: Role) -> WeightStorage {
    role == .stateConvolution ? WeightStorage(isConvolution: true) : .plain
  }

  /// - Parameters:
  ///   - inner: columns of all heads.
  ///   - innerKey: what says so.
  ///   - layers: which have a state space in the place of attention.
  static func space(
    _ config: JSONObject, inner: Int, _ innerKey: String, layers: [Bool]
  ) throws(CheckpointError) -> StateSpace {
    let heads = try config.size("mamba_n_heads")
    guard inner % heads == 0, inner <= Int(Int32.max) else {
      throw config.error("mamba_n_heads", expected: "a divisor of \(innerKey), \(inner)")
    }
    if config.value("mamba_d_head") != .string("auto"), let size = try config.optionalSize("mamba_d_head"),
      size != inner / heads
    {
      throw config.error("mamba_d_head", expected: "\(inner / heads), which the other keys make")
    }
    let space = StateSpace(
      heads: heads, headSize: inner / heads, groups: try config.size("mamba_n_groups"),
      stateSize: try config.size("mamba_d_state"), taps: try config.size("mamba_d_conv"),
      hasConvolutionBias: try config.isOn("mamba_conv_bias"),
      stepLimits: try config.stepLimits("time_step_limit"), layers: layers)
    guard space.hasWholeGroups else {
      throw config.error("mamba_n_groups", expected: "a divisor of mamba_n_heads, \(heads), with keys of fewer columns")
    }
    return space
  }

  static func space(_ file: GGUFFile, _ prefix: String, layers: [Bool]) throws(CheckpointError) -> StateSpace {
    let keys = file.metadata
    let heads = try keys.size("\(prefix).ssm.time_step_rank")
    let inner = try keys.size("\(prefix).ssm.inner_size")
    guard inner % heads == 0 else {
      throw keys.error("\(prefix).ssm.inner_size", expected: "a multiple of \(prefix).ssm.time_step_rank, \(heads)")
    }
    let first = layers.firstIndex(of: true) ?? 0
    var space = StateSpace(
      heads: heads, headSize: inner / heads, groups: try keys.size("\(prefix).ssm.group_count"),
      stateSize: try keys.size("\(prefix).ssm.state_size"), taps: try keys.size("\(prefix).ssm.conv_kernel"),
      hasConvolutionBias: file.has("blk.\(first).ssm_conv1d.bias"), layers: layers)
    if !file.has("blk.\(first).ssm_norm.weight") { space.norms = .nowhere }
    guard space.hasWholeGroups else {
      throw keys.error(
        "\(prefix).ssm.group_count",
        expected: "a divisor of \(prefix).ssm.time_step_rank, \(heads), with keys of fewer columns")
    }
    return space
  }

  static func metadata(_ space: StateSpace) -> [(key: String, value: GGUFValue)] {
    func number(_ value: Int) -> GGUFValue { .uint32(UInt32(value)) }
    return [
      ("ssm.conv_kernel", number(space.taps)), ("ssm.state_size", number(space.stateSize)),
      ("ssm.group_count", number(space.groups)), ("ssm.time_step_rank", number(space.heads)),
      ("ssm.inner_size", number(space.innerSize)),
    ]
  }

  /// What llama.cpp assumes of every state space.
  static func obstacle(_ space: StateSpace) -> String? {
    guard space.hasConvolutionBias else {
      return "found state spaces without a bias of their convolution, expected one, as llama.cpp does"
    }
    guard space.taps < 2 else { return nil }
    return "found a convolution over \(space.taps) token, expected 2 or more, as llama.cpp does"
  }

  /// What to say of limits that llama.cpp does not know of; nil where there are none.
  static func remark(_ space: StateSpace) -> String? {
    guard space.stepLimits != StateSpace.anyStep else { return nil }
    return "llama.cpp lets state spaces take steps of any width, where the model's own are from "
      + "\(space.stepLimits.lowerBound) to \(space.stepLimits.upperBound): the two may differ"
  }
}

extension StateSpace {
  /// Whether heads share keys and queries evenly, and these have as many columns as a file can have.
  var hasWholeGroups: Bool { heads % groups == 0 && channels <= Int(Int32.max) }
}

extension JSONObject {
  /// Whether what is usual is so. In transformers null is as good as false.
  func isOn(_ key: String) throws(CheckpointError) -> Bool { try optionalBool(key) ?? !keys.contains(key) }

  /// Reads a list of the narrowest and the widest step; any where it is missing.
  ///
  /// transformers writes `{"__float__": "Infinity"}` for what JSON has no number for.
  func stepLimits(_ key: String) throws(CheckpointError) -> ClosedRange<Float> {
    guard has(key) else { return StateSpace.anyStep }
    let limits = value(key)?.asArray?.map { (limit) -> Float? in
      limit.asMembers?["__float__"] == .string("Infinity") ? .infinity : limit.asNumber.map { Float($0) }
    }
    guard let limits, limits.count == 2, let least = limits[0], let most = limits[1], 0 <= least, least <= most else {
      throw error(key, expected: "two numbers from 0, the smaller one first")
    }
    return least...most
  }
}
