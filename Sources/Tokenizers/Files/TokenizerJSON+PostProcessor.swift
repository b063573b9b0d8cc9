import Checkpoints
import JSON

/// What a post-processor puts around a text.
struct TextFrame {
  var opening: [Int32] = []
  var closing: [Int32] = []
  /// Whether the file leaves it to `add_bos_token` and `add_eos_token` of the configuration.
  var leavesOpeningOpen = true
  var leavesClosingOpen = true
  /// Whether the file says anything about the ends of a text.
  var isDeclared = false
  /// Whether tokenizers of this kind add `bos` unless they are told not to.
  var addsBOSByHabit = false
  /// The same for `eos`.
  var addsEOSByHabit = false
}

extension TokenizerJSON {
  /// Reads `post_processor`.
  func readFrame() throws(TokenizerError) -> TextFrame {
    var frame = TextFrame()
    frame.isDeclared = root["post_processor"].map { !$0.isNull } ?? false
    try read(root["post_processor"], part: "post_processor", into: &frame, depth: 0)
    return frame
  }

  private func read(
    _ value: JSONValue?, part: String, into frame: inout TextFrame, depth: Int
  ) throws(TokenizerError) {
    guard let value, !value.isNull else { return }
    guard depth < 8 else { throw malformed(part, "sequences are nested deeper than 8 levels") }
    switch try string(value["type"], "\(part).type") {
    case "Sequence":
      for (index, entry) in try list(value["processors"], "\(part).processors").enumerated() {
        try read(entry, part: "\(part).processors[\(index)]", into: &frame, depth: depth + 1)
      }
    case "ByteLevel":
      // It only changes offsets; llama.cpp's converter takes it to mean that nothing is added.
      frame.leavesOpeningOpen = false
      frame.leavesClosingOpen = false
    case "TemplateProcessing":
      try readTemplate(value, part: part, into: &frame)
    case "RobertaProcessing", "BertProcessing":
      frame.opening = [try processorToken(value["cls"], "\(part).cls")]
      frame.closing = [try processorToken(value["sep"], "\(part).sep")]
    default:
      throw unsupported(
        "\(part).type", value["type"],
        "Sequence, ByteLevel, TemplateProcessing, RobertaProcessing, BertProcessing")
    }
  }

  private func readTemplate(
    _ value: JSONValue, part: String, into frame: inout TextFrame
  ) throws(TokenizerError) {
    guard let single = value["single"]?.asArray else { throw malformed("\(part).single", "expected a list") }
    var opening: [Int32] = []
    var closing: [Int32] = []
    var hasText = false
    for (index, entry) in single.enumerated() {
      if entry["Sequence"] != nil {
        guard !hasText else { throw malformed("\(part).single", "the text occurs twice") }
        hasText = true
      } else {
        let name = try string(entry["SpecialToken"]?["id"], "\(part).single[\(index)].SpecialToken.id")
        let ids = try templateIDs(of: name, in: value, part: part)
        if hasText { closing += ids } else { opening += ids }
      }
    }
    guard hasText else { throw malformed("\(part).single", "the text does not occur") }
    if !opening.isEmpty { frame.opening = opening }
    if !closing.isEmpty { frame.closing = closing }
  }

  private func templateIDs(
    of name: String, in value: JSONValue, part: String
  ) throws(TokenizerError) -> [Int32] {
    guard let list = value["special_tokens"]?[name]?["ids"]?.asArray else {
      throw malformed("\(part).special_tokens", "there is no entry with ids for \"\(name)\"")
    }
    var result: [Int32] = []
    for id in list {
      guard let id = id.asInteger, tokens.indices.contains(id) else {
        throw malformed(
          "\(part).special_tokens", "\(id.summary) is no token; expected ids from 0 to \(tokens.count - 1)")
      }
      result.append(Int32(id))
    }
    return result
  }

  private func processorToken(_ value: JSONValue?, _ part: String) throws(TokenizerError) -> Int32 {
    guard let pair = value?.asArray, pair.count == 2, let id = pair[1].asInteger, tokens.indices.contains(id) else {
      throw malformed(part, "expected a token and its id, from 0 to \(tokens.count - 1)")
    }
    return Int32(id)
  }
}
