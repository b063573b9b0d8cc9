import Checkpoints
import JSON

extension TokenizerJSON {
  /// Whether words are encoded byte by byte, in the printable alphabet of GPT-2.
  func usesByteLevel() -> Bool {
    flattened(root["pre_tokenizer"]).contains { $0["type"]?.asString == "ByteLevel" }
  }

  private func flattened(_ value: JSONValue?) -> [JSONValue] {
    guard let value, !value.isNull else { return [] }
    guard value["type"]?.asString == "Sequence" else { return [value] }
    return (value["pretokenizers"]?.asArray ?? []).flatMap { flattened($0) }
  }

  /// Reads `pre_tokenizer` and remembers its patterns, from which GGUF's name is found.
  mutating func readPreTokenizer() throws(TokenizerError) -> PreTokenizer {
    var result = PreTokenizer()
    // After ByteLevel the library sees the printable characters instead of the bytes.
    var encoding = TextEncoding.utf8
    for (index, entry) in flattened(root["pre_tokenizer"]).enumerated() {
      let part = "pre_tokenizer[\(index)]"
      switch try string(entry["type"], "\(part).type") {
      case "ByteLevel":
        try readByteLevel(entry, part, encoding, into: &result)
        encoding = .printableBytes
      case "Metaspace":
        try readMetaspace(entry, part, into: &result)
      case "BertPreTokenizer":
        result.steps += try PreTokenizer.bert(encoding: encoding).steps
      default:
        result.steps += try splitSteps(entry, part, encoding)
      }
    }
    origin.patterns = result.steps.map(\.signature)
    return result
  }

  private func readByteLevel(
    _ entry: JSONValue, _ part: String, _ encoding: TextEncoding, into result: inout PreTokenizer
  ) throws(TokenizerError) {
    if try flag(entry["add_prefix_space"], default: true, "\(part).add_prefix_space") {
      guard result.steps.isEmpty else {
        throw unsupported("\(part).add_prefix_space", entry["add_prefix_space"], "false after another pre-tokenizer")
      }
      result.rewrites.append(.prefix([0x20], onlyAtStart: false))
    }
    if try flag(entry["use_regex"], default: true, "\(part).use_regex") {
      result.steps.append(SplitStep(pattern: try Pattern(PreTokenizer.gpt2, encoding: encoding)))
    }
  }

  private func readMetaspace(
    _ entry: JSONValue, _ part: String, into result: inout PreTokenizer
  ) throws(TokenizerError) {
    let replacement = try string(entry["replacement"] ?? .string(SentencePieceSpace.text), "\(part).replacement")
    let addsSpace = try flag(entry["add_prefix_space"], default: true, "\(part).add_prefix_space")
    let scheme = entry["prepend_scheme"]?.asString ?? (addsSpace ? "always" : "never")
    if !result.steps.isEmpty {
      // The two together: every word starts with the replacement, so that cutting there gives the words back.
      let cutsAtSpaces = result.steps.count == 1 && result.steps[0].pattern.source == Self.space
      guard cutsAtSpaces, scheme == "always" else {
        throw unsupported(part, entry["type"], "Metaspace as the first pre-tokenizer, or after WhitespaceSplit")
      }
      result.steps = [SplitStep(pattern: try Pattern(literal: replacement), behavior: .mergedWithNext)]
      result.rewrites.append(.joinWords(Array(replacement.utf8)))
      return
    }
    result.rewrites.append(.replace(try Pattern(literal: " "), with: Array(replacement.utf8)))
    switch scheme {
    case "always": result.rewrites.append(.prefix(Array(replacement.utf8), onlyAtStart: false))
    case "first": result.rewrites.append(.prefix(Array(replacement.utf8), onlyAtStart: true))
    case "never": break
    default: throw unsupported("\(part).prepend_scheme", entry["prepend_scheme"], "always, first, never")
    }
    if try flag(entry["split"], default: true, "\(part).split") {
      result.steps.append(SplitStep(pattern: try Pattern(literal: replacement), behavior: .mergedWithNext))
    }
  }

  private func splitSteps(
    _ entry: JSONValue, _ part: String, _ encoding: TextEncoding
  ) throws(TokenizerError) -> [SplitStep] {
    switch entry["type"]?.asString {
    case "Split":
      let pattern = try pattern(entry["pattern"], part: "\(part).pattern", encoding: encoding)
      let isInverted = try flag(entry["invert"], default: false, "\(part).invert")
      return [SplitStep(pattern: pattern, behavior: try behavior(entry, part), isInverted: isInverted)]
    case "Digits":
      let isIndividual = try flag(entry["individual_digits"], default: false, "\(part).individual_digits")
      return [SplitStep(pattern: try Pattern(isIndividual ? #"\p{N}"# : #"\p{N}+"#, encoding: encoding))]
    case "Punctuation":
      let behavior = entry["behavior"] == nil ? .isolated : try behavior(entry, part)
      // Isolated runs are what contiguous single matches come to, and what GGUF's names are defined by.
      if behavior == .contiguous {
        return [SplitStep(pattern: try Pattern(PreTokenizer.punctuation + "+", encoding: encoding))]
      }
      return [SplitStep(pattern: try Pattern(PreTokenizer.punctuation, encoding: encoding), behavior: behavior)]
    case "Whitespace":
      // The library takes this one from another engine, whose word characters differ a little from Oniguruma's.
      let word = #"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200C\u200D"#
      let pattern = try Pattern("[\(word)]+|[^\(word)\\s]+", encoding: encoding)
      return [SplitStep(pattern: pattern, behavior: .removed, isInverted: true)]
    case "WhitespaceSplit":
      return [SplitStep(pattern: try Pattern(Self.space, encoding: encoding), behavior: .removed)]
    case "CharDelimiterSplit":
      let delimiter = try string(entry["delimiter"], "\(part).delimiter")
      return [SplitStep(pattern: try Pattern(literal: delimiter, encoding: encoding), behavior: .removed)]
    default:
      throw unsupported(
        "\(part).type", entry["type"],
        """
        Sequence, ByteLevel, Metaspace, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, CharDelimiterSplit, \
        BertPreTokenizer
        """)
    }
  }

  private static let space = #"\s"#

  private func behavior(_ entry: JSONValue, _ part: String) throws(TokenizerError) -> SplitStep.Behavior {
    guard let behavior = entry["behavior"]?.asString.flatMap(SplitStep.Behavior.init(rawValue:)) else {
      let known = SplitStep.Behavior.allCases.map(\.rawValue).joined(separator: ", ")
      throw unsupported("\(part).behavior", entry["behavior"], known)
    }
    return behavior
  }
}
