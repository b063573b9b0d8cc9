import Checkpoints
import Tensors

/// Reads `tokenizer.model`, the file of SentencePiece (`sentencepiece_model.proto`), for models of type BPE and Unigram.
struct SentencePieceModel {
  private let file: String
  private let bytes: [UInt8]
  private var tokens: [String] = []
  private var types: [TokenType] = []
  private var scores: [Float] = []
  private var modelType: UInt64 = 1
  private var hasTrainer = false
  private var hasNormalizer = false
  private var addsSpacePrefix = true
  private var removesExtraSpaces = true
  private var escapesSpaces = true
  private var map: [UInt8] = []
  private var usesByteFallback = false
  private var putsSpacesBehind = false
  /// The ids of unknown, bos, eos and pad; -1 where there is none.
  private var special: [Int32] = [0, 1, 2, -1]

  /// - Throws: `TokenizerError.malformed` for bytes that are no such file, `unsupported` for other algorithms and for
  ///   normalization of texts.
  static func vocabulary(_ bytes: [UInt8], file: String) throws(TokenizerError) -> GGUFVocabulary {
    var model = SentencePieceModel(file: file, bytes: bytes)
    do throws(ProtocolBuffer.Malformed) {
      try model.read()
    } catch {
      throw .malformed(file: file, part: "byte \(error.offset)", reason: error.reason)
    }
    try model.refuseWhatIsNotDone()
    return model.vocabulary()
  }

  private init(file: String, bytes: [UInt8]) {
    self.file = file
    self.bytes = bytes
  }

  // MARK: - Messages

  private mutating func read() throws(ProtocolBuffer.Malformed) {
    var message = ProtocolBuffer(bytes)
    while let field = try message.next() {
      guard case .bytes(let range) = field.value else { continue }
      switch field.number {
      case 1: try readPiece(range)
      case 2:
        hasTrainer = true
        try readTrainer(range)
      case 3:
        hasNormalizer = true
        try readNormalizer(range)
      default: break
      }
    }
  }

  private mutating func readPiece(_ range: Range<Int>) throws(ProtocolBuffer.Malformed) {
    var message = ProtocolBuffer(bytes, range: range)
    var text = ""
    var score: Float = 0
    var type = TokenType.normal
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (1, .bytes(let range)):
        guard let valid = String(validating: bytes[range], as: UTF8.self) else {
          throw .init(offset: range.lowerBound, reason: "piece \(tokens.count) is no UTF-8")
        }
        text = valid
      case (2, .bits32(let bits)): score = Float(bitPattern: bits)
      case (3, .integer(let number)):
        // GGUF took over the numbers of `ModelProto.SentencePiece.Type`.
        guard let known = Int32(exactly: number).flatMap(TokenType.init(rawValue:)) else {
          throw .init(offset: range.lowerBound, reason: "piece \(tokens.count) has the unknown type \(number)")
        }
        type = known
      default: break
      }
    }
    tokens.append(text)
    scores.append(score)
    types.append(type)
  }

  private mutating func readTrainer(_ range: Range<Int>) throws(ProtocolBuffer.Malformed) {
    var message = ProtocolBuffer(bytes, range: range)
    while let field = try message.next() {
      guard case .integer(let number) = field.value else { continue }
      switch field.number {
      case 3: modelType = number
      case 24: putsSpacesBehind = number != 0
      case 35: usesByteFallback = number != 0
      case 40...43: special[field.number - 40] = Int32(truncatingIfNeeded: number)
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ range: Range<Int>) throws(ProtocolBuffer.Malformed) {
    var message = ProtocolBuffer(bytes, range: range)
    while let field = try message.next() {
      switch (field.number, field.value) {
      case (2, .bytes(let range)): map = Array(bytes[range])
      case (3, .integer(let flag)): addsSpacePrefix = flag != 0
      case (4, .integer(let flag)): removesExtraSpaces = flag != 0
      case (5, .integer(let flag)): escapesSpaces = flag != 0
      default: break
      }
    }
  }

  // MARK: - Result

  private func refuseWhatIsNotDone() throws(TokenizerError) {
    guard !tokens.isEmpty else {
      throw .malformed(file: file, part: "the document", reason: "it holds no pieces; expected a SentencePiece model")
    }
    func unsupported(_ part: String, _ found: String, _ supported: String) -> TokenizerError {
      .unsupported(file: file, part: part, found: found, supported: supported)
    }
    // Without them a file that ends early would be read as a model with SentencePiece's defaults.
    guard hasTrainer, hasNormalizer else {
      throw .malformed(
        file: file, part: "the document", reason: "it has no trainer_spec and normalizer_spec; is it complete?")
    }
    guard modelType == 1 || modelType == 2 else {
      let names = [3: "Word", 4: "Character"]
      throw unsupported("trainer_spec.model_type", names[Int(clamping: modelType)] ?? "\(modelType)", "Unigram, BPE")
    }
    guard !putsSpacesBehind else { throw unsupported("trainer_spec.treat_whitespace_as_suffix", "true", "false") }
    if modelType == 2 {
      // llama.cpp merges texts as they are.
      guard map.isEmpty else {
        throw unsupported("normalizer_spec.precompiled_charsmap", "a table of replacements", "none (identity)")
      }
      guard !removesExtraSpaces else {
        throw unsupported("normalizer_spec.remove_extra_whitespaces", "true", "false")
      }
    }
    guard escapesSpaces else { throw unsupported("normalizer_spec.escape_whitespaces", "false", "true") }
  }

  private func vocabulary() -> GGUFVocabulary {
    func id(_ place: Int) -> Int32? { special[place] < 0 ? nil : special[place] }
    var vocabulary = GGUFVocabulary(
      model: modelType == 1 ? .t5 : .llama, preTokenizer: "default", tokens: tokens, types: types, scores: scores,
      bos: id(1), eos: id(2), unknown: id(0), padding: id(3), addsBOS: nil, addsEOS: nil,
      addsSpacePrefix: addsSpacePrefix)
    if modelType == 1 {
      vocabulary.removesExtraSpaces = removesExtraSpaces
      vocabulary.characterMap = map.isEmpty ? nil : map
      vocabulary.usesByteFallback = usesByteFallback
    }
    return vocabulary
  }
}
