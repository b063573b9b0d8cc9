import Checkpoints
import Tensors

/// A model family as data: how its configuration reads, which tensors it has and what they are called in each world.
///
/// What most families share has defaults, which are those of Llama's; a family's file says what is different.
package protocol Architecture: Sendable {
  /// The value of `general.architecture` in a GGUF file.
  var ggufName: String { get }
  /// Values of `architectures` in config.json.
  var huggingFaceNames: [String] { get }
  /// Values of `model_type` there: transformers chooses a model's class by this key.
  var modelTypes: [String] { get }
  /// Keys of config.json.
  var configKeys: ConfigKeys { get }
  /// Keys of experts; nil where there are none.
  var expertKeys: ExpertKeys? { get }
  /// Keys of latent attention; nil where keys and values are made of the stream itself.
  var latentKeys: LatentAttentionKeys? { get }
  /// Keys of config.json that may have one value only.
  var fixedKeys: [FixedKey] { get }
  /// Keys of config.json that turn biases on.
  var biasKeys: [BiasKey] { get }
  /// Keys of config.json that `adjust` reads.
  var adjustingKeys: [String] { get }
  /// Keys of a GGUF file that `adjust` reads, without the family's prefix.
  var adjustingGGUFKeys: [String] { get }
  /// Numbers for which both worlds have a key.
  var numbers: [NumberKey] { get }
  /// What is true of every member of the family before a configuration is read.
  var choices: DecoderChoices { get }
  /// Whether llama.cpp reads the biases that some members have.
  var ggufReadsBiases: Bool { get }
  /// Which output matrices llama.cpp reads.
  var ggufOutput: GGUFOutput { get }
  /// Whether components that turn together are neighbours in a folder.
  var turnsNeighbours: Bool { get }
  /// Whether they are neighbours in a GGUF file.
  var ggufTurnsNeighbours: Bool { get }
  /// Whether a configuration is of this family, where several are of one class.
  func fits(_ config: JSONObject) -> Bool
  /// Whose tensors llama.cpp calls by their names alone, without an ending.
  var ggufBareRoles: Set<Role> { get }
  /// How GGUF files say the number of heads of keys.
  var ggufKeyValueHeads: LayerNumbers.Form { get }
  /// How GGUF files say how wide feed-forward layers are.
  var ggufFeedForward: LayerNumbers.Form { get }
  /// Under which key GGUF files keep what norms add to a mean.
  var epsilonKey: String { get }
  /// Whether llama.cpp reads a tensor of frequency divisors.
  var ggufReadsDivisors: Bool { get }
  /// Goes before all names of a folder but those of its head, and is missing in folders without one.
  var basePrefix: String? { get }
  /// Ends of the names of tensors that repeat what is known from elsewhere, or that only training needs.
  var redundantEndings: [String] { get }
  /// Ends of the names of tensors whose numbers the shape has. Folder products carry them as they are.
  var numberEndings: [String] { get }
  /// Modules beside the model that draft further tokens. Folder products carry them as they are.
  var draftModules: [String] { get }
  /// Reads what no other list of keys names.
  ///
  /// - Throws: `CheckpointError.setting` for a key that is missing or asks for what the decoder cannot do.
  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError)
  /// Reads what other files of a folder say of the model.
  func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError)
  /// Reads what a GGUF file says otherwise than most.
  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError)
  /// Keys that llama.cpp reads in this family alone and the decoder does not, with what they may say.
  func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)]
  /// The steps of a block, from `Edge.blockInput` to `Edge.blockOutput`. Those of other layers may be others.
  func block(_ shape: DecoderShape, layer: Int) -> [any Step]
  /// What a folder calls the tensors.
  func names(_ shape: DecoderShape) -> CheckpointNames
  /// How a folder stores a tensor.
  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage
  /// Keys of a GGUF file beside those that all families have, without the family's prefix.
  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)]
  /// Tensors that llama.cpp asks for and reads nothing of.
  func placeholders(_ shape: DecoderShape) -> [DerivedTensor]
  /// Names of tensors in GGUF files that are others than in most families.
  func ggufNames(_ shape: DecoderShape) -> [Role: String]
  /// Roles whose matrices stand one below the other in one tensor of GGUF files, which is called as the first of them is.
  var ggufFused: [[Role]] { get }
  /// Whether a file is written although llama.cpp rounds what YaRN blends between, and the model does not.
  var ggufIgnoresTruncation: Bool { get }
  /// Whether a file is written although llama.cpp does not read how often frequencies turn that YaRN blends between.
  var ggufIgnoresTurns: Bool { get }
  /// Whether llama.cpp reads how often frequencies turn that YaRN blends between, and by how much it multiplies queries and keys.
  var ggufReadsYarn: Bool { get }
  /// Whether tensors of blocks behind the last draft further tokens, which transformers leaves out too.
  var mayHaveDraftBlocks: Bool { get }
  /// Why llama.cpp would compute another function than the model's, or nil.
  func ggufObstacle(_ shape: DecoderShape) -> String?
  /// What llama.cpp does otherwise than the model without a key to tell it, or nil.
  func ggufRemark(_ shape: DecoderShape) -> String?
}

extension Architecture {
  package var configKeys: ConfigKeys { ConfigKeys() }
  package var expertKeys: ExpertKeys? { nil }
  package var latentKeys: LatentAttentionKeys? { nil }
  package var fixedKeys: [FixedKey] { [] }
  package var biasKeys: [BiasKey] { [] }
  package var adjustingKeys: [String] { [] }
  package var adjustingGGUFKeys: [String] { [] }
  package var numbers: [NumberKey] { [] }
  package var choices: DecoderChoices { DecoderChoices() }
  package var ggufReadsBiases: Bool { false }
  package var ggufOutput: GGUFOutput { .any }
  package var turnsNeighbours: Bool { false }
  package var ggufTurnsNeighbours: Bool { turnsNeighbours }
  package func fits(_ config: JSONObject) -> Bool { true }
  package var ggufBareRoles: Set<Role> { [] }
  package var ggufKeyValueHeads: LayerNumbers.Form { .one }
  package var ggufFeedForward: LayerNumbers.Form { .one }
  package var ggufReadsDivisors: Bool { false }
  package var basePrefix: String? { nil }
  // Old checkpoints store the rotary frequencies.
  package var redundantEndings: [String] { ["rotary_emb.inv_freq"] }
  package var numberEndings: [String] { [] }
  package var draftModules: [String] { [] }
  package func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {}
  package func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {}
  package func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {}
  package func expectedGGUFKeys(_ shape: DecoderShape) -> [(key: String, value: ExpectedValue)] { [] }
  package func block(_ shape: DecoderShape, layer: Int) -> [any Step] {
    BlockBuilder(shape, layer: layer).attention().gatedFeedForward().steps
  }
  package func names(_ shape: DecoderShape) -> CheckpointNames { .llama }
  package func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage { .plain }
  package func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { [] }
  package func placeholders(_ shape: DecoderShape) -> [DerivedTensor] { [] }
  package func ggufNames(_ shape: DecoderShape) -> [Role: String] { [:] }
  package var ggufFused: [[Role]] { [] }
  package var ggufIgnoresTruncation: Bool { false }
  package var ggufIgnoresTurns: Bool { false }
  package var ggufReadsYarn: Bool { false }
  package var mayHaveDraftBlocks: Bool { false }
  package func ggufObstacle(_ shape: DecoderShape) -> String? { nil }
  package func ggufRemark(_ shape: DecoderShape) -> String? {
    adjustingGGUFKeys.contains("attention.sliding_window") ? nil : windowRemark(shape)
  }

  /// Whether a tensor is of a block behind the last, which drafts further tokens.
  ///
  /// - Parameter drafts: how many such blocks there are.
  package func isOfDrafts(
    _ tensor: String, in shape: DecoderShape, _ drafts: Int, as wrapped: WrapperNames? = nil
  ) -> Bool {
    let parts = names(shape).within(wrapped).blockPrefix.split(separator: "{}", omittingEmptySubsequences: false)
    guard mayHaveDraftBlocks, tensor.hasPrefix(parts[0]) else { return false }
    return Int(tensor.dropFirst(parts[0].count).prefix { $0 != "." }).map {
      $0 >= shape.layers && $0 - shape.layers < drafts
    } ?? false
  }

  /// Whether a tensor that no `WeightSpec` names may be left out, because it repeats what is known from elsewhere.
  package func isRedundant(
    _ tensor: String, in shape: DecoderShape, as wrapped: WrapperNames? = nil
  ) -> Bool {
    if redundantEndings.contains(where: tensor.hasSuffix) || isOfSharingLayer(tensor, in: shape, wrapped) {
      return true
    }
    let output = names(shape).within(wrapped).before.first { $0.role == .output }
    return shape.tiedOutput && output.map { tensor == "\($0.name).weight" } ?? false
  }
}

extension Architecture {
  /// Whether a tensor would make keys or values in a layer that takes those of another, as published files have them.
  private func isOfSharingLayer(_ tensor: String, in shape: DecoderShape, _ wrapped: WrapperNames?) -> Bool {
    let names = names(shape).within(wrapped)
    let roles: [Role] = [.attentionKey, .attentionValue, .attentionKeyNorm]
    return (max(0, shape.layers - shape.choices.sharingLayers)..<shape.layers).contains { layer in
      roles.contains { role in
        let own = names.block.first { $0.role == role }.map { names.blockPrefix + $0.name }
        return [own, role.ggufName].contains { name in
          name.map { tensor == "\($0).weight".replacing("{}", with: "\(layer)") } ?? false
        }
      }
    }
  }
}

/// Every family that this version knows.
package enum Architectures {
  /// Where two share a name in GGUF files, the first reads them.
  package static let all: [any Architecture] = [
    Llama(),
    Mistral(),
    Qwen2(),
    Qwen3(),
    Qwen2VL(),
    Qwen3VL(),
    Qwen3VLMoE(),
    Qwen35(),
    Qwen35MoE(),
    Qwen3Next(),
    LFM2(),
    LFM2MoE(),
    SmolLM3(),
    Granite(),
    GraniteMoEShared(),
    GraniteMoE(),
    GraniteHybrid(),
    FalconH1(),
    NemotronHMoE(),
    NemotronH(),
    Olmo2(),
    Olmo3(),
    Phi3(),
    Gemma1(),
    Gemma2(),
    Gemma3(),
    Gemma3n(),
    Gemma4(),
    GPT2(),
    GPTNeoX(),
    StarCoder(),
    Starcoder2(),
    GLM(),
    GLM4(),
    SeedOSS(),
    StableLM(),
    Cohere(),
    Cohere2(),
    EXAONE4(),
    HunyuanDense(),
    ERNIE(),
    Arcee(),
    Nemotron(),
    Jais2(),
    Phi(),
    Olmo(),
    Falcon(),
    Apertus(),
    Ministral3(),
    InternLM3(),
    Bloom(),
    MPT(),
    Mixtral(),
    Qwen2MoE(),
    Qwen3MoE(),
    OLMoE(),
    GLM4MoE(),
    Dots1(),
    EXAONEMoE(),
    HunyuanMoE(),
    Llama4(),
    DeepSeek3(),
    DeepSeek2(),
    MiniMaxM2(),
    ERNIEMoE(),
    GPTOSS(),
    Bert(),
    XLMRoberta(),
    ModernBERT(),
  ]

  /// The family of a folder.
  ///
  /// - Throws: `CheckpointError.setting` with the names that were found, where none of them is known.
  package static func named(by config: JSONObject) throws(CheckpointError) -> any Architecture {
    let names = try config.strings("architectures")
    let fitting = all.filter { names.contains(where: $0.huggingFaceNames.contains) && $0.fits(config) }
    let type = try config.optionalString("model_type")
    // Some families are of a class that another one is named after.
    if let known = fitting.first(where: { type.map($0.modelTypes.contains) ?? true }) ?? fitting.first { return known }
    let classes = all.flatMap(\.huggingFaceNames)
    let known = classes + Wrappers.all.map(\.className).filter { !classes.contains($0) }
    // What is saved as `LlamaModel` lacks the head of `LlamaForCausalLM`.
    let whole = known.first { name in
      names.contains { $0.hasSuffix("Model") && name.hasPrefix($0.dropLast("Model".count)) }
    }
    let hint = whole.map { "\($0), the model with its head" } ?? "one of: \(known.joined(separator: ", "))"
    throw .setting(
      path: config.path, key: "architectures", found: names.isEmpty ? "no name" : names.joined(separator: ", "),
      expected: hint)
  }
}
