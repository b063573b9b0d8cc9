import Models
import Schemes

/// What a pipeline file may ask for under `type`.
package enum QuantizationType: Sendable {
  /// The format depends on the tensor.
  case mix(Mix)
  /// One format for every tensor that is quantized.
  case single(any WeightFormat)
  /// One format, by name, for the matrices inside of blocks. The tables stay in floating point, as checkpoints for
  /// transformers, vLLM and their relatives keep them.
  case linear(String)
  /// So many bits on average for the matrices inside of blocks, each of which gets what it is worth.
  case allotted(bits: Double)

  package var name: String {
    switch self {
    case .mix(let mix): mix.name
    case .single(let format): format.name
    case .linear(let name): name
    case .allotted(let bits): EXL2Target.name(bits)
    }
  }

  /// The name of the format of a tensor that may be quantized, before any fallback; nil where it is to stay in floating
  /// point.
  package func format(at place: TensorPlace, in model: MixModel) -> String? {
    switch self {
    case .mix(let mix): mix.format(at: place, in: model)
    case .single(let format): format.name
    case .linear(let name): place.isNumbers ? nil : name
    // Until bits are allotted: the most that costs no more.
    case .allotted(let bits): place.isNumbers ? nil : EXL2Strategy.provisional(bits).name
    }
  }
}

extension TensorPlace {
  /// Whether checkpoints of integers keep it in floating point: a table, or a part of what makes keys and values of a latent vector, which
  /// runtimes take apart and multiply with queries and outputs instead.
  fileprivate var isNumbers: Bool { role == .tokenEmbedding || role == .output || role.isOfLatent }
}

extension EXL2Strategy {
  /// What a matrix has before bits are allotted: the most bits that are no more than what it may have on average.
  static func provisional(_ bits: Double) -> EXL2Strategy {
    all.last { Double($0.bits) < bits && $0.lowerBits == nil } ?? all[0]
  }
}

/// Mixes and single formats under one set of names.
package enum QuantizationTypes {
  /// A name as this program writes it: `Q4_K_M` and `q4-k-m` are `q4_k_m`.
  package static func canonical(_ name: String) -> String {
    name.lowercased().replacing("-", with: "_")
  }

  /// The mix of that name, else the format that weights can be stored in.
  ///
  /// Some names are both, such as `q6_k`: a whole model then gets the mix, as it would from llama-quantize. For one
  /// tensor, ask `WeightFormats`.
  package static func named(_ name: String) -> QuantizationType? {
    if let bits = EXL2Target.bits(name) { return .allotted(bits: bits) }
    if let mix = Mixes.named(name) { return .mix(mix) }
    if IntegerType.named(name) != nil || BitsAndBytes.names.contains(name) { return .linear(name) }
    if FP8Type(rawValue: name) != nil || name == NVFP4Global().name { return .linear(name) }
    return WeightFormats.writable.first { $0.name == name }.map(QuantizationType.single)
  }

  /// One format for every tensor that it is meant for, whatever mix goes by the same name.
  package static func single(_ name: String) -> QuantizationType? {
    if case .linear(let name)? = named(name) { return .linear(name) }
    return WeightFormats.writable.first { $0.name == name }.map(QuantizationType.single)
  }

  /// All names, for messages: mixes first.
  package static var names: [String] {
    let mixes = Mixes.all.map { $0.name }
    return mixes + formats.filter { !mixes.contains($0) }
  }

  /// The names of all formats that a tensor can be stored in.
  package static var formats: [String] {
    WeightFormats.writable.map { $0.name } + FP8Type.allCases.map { $0.rawValue } + IntegerType.all.map { $0.name }
  }
}
