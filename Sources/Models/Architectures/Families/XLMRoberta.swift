import Checkpoints

/// RoBERTa and XLM-RoBERTa as encoders of sentences: BERT whose table of positions begins with rows that no text reads, one for each
/// token up to that of padding.
///
/// Keys: `transformers` configuration_xlm_roberta and configuration_roberta; names and metadata: llama.cpp `conversion/bert.py`.
struct XLMRoberta: Architecture {
  private var bert: Bert { Bert() }

  var ggufName: String { bert.ggufName }
  var huggingFaceNames: [String] { ["XLMRobertaModel", "RobertaModel"] }
  var modelTypes: [String] { ["xlm-roberta", "roberta"] }
  var fixedKeys: [FixedKey] { bert.fixedKeys }
  var adjustingKeys: [String] { bert.adjustingKeys + ["pad_token_id"] }
  var adjustingGGUFKeys: [String] { bert.adjustingGGUFKeys }
  var redundantEndings: [String] { bert.redundantEndings }
  var configKeys: ConfigKeys { bert.configKeys }
  var choices: DecoderChoices { bert.choices }

  func block(_ shape: DecoderShape, layer: Int) -> [any Step] { bert.block(shape, layer: layer) }
  func names(_ shape: DecoderShape) -> CheckpointNames { bert.names(shape) }

  func storage(_ role: Role, _ shape: DecoderShape) -> WeightStorage {
    role == .positionEmbedding ? .following(shape.choices.unreadPositions) : .plain
  }

  func adjust(_ shape: inout DecoderShape, _ config: JSONObject) throws(CheckpointError) {
    try bert.adjust(&shape, config)
    guard let padding = config.keys.contains("pad_token_id") ? config.value("pad_token_id")?.asInteger : 1,
      0..<shape.contextLength - 1 ~= padding
    else {
      throw config.error(
        "pad_token_id", expected: "0 to \(shape.contextLength - 2): the positions of texts stand behind that row")
    }
    shape.choices.unreadPositions = padding + 1
    shape.contextLength -= padding + 1
  }

  func adjust(_ shape: inout DecoderShape, _ folder: HuggingFaceFolder) throws(CheckpointError) {
    try bert.adjust(&shape, folder)
  }

  func adjust(_ shape: inout DecoderShape, _ file: GGUFFile) throws(CheckpointError) {
    try bert.adjust(&shape, file)
  }

  func moreMetadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] { bert.moreMetadata(shape) }
}
