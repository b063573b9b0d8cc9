import Checkpoints
import Foundation
import JSON

extension TokenizerJSON {
  /// Reads `normalizer`.
  func readNormalizers() throws(TokenizerError) -> [TextRewrite] {
    try normalizers(root["normalizer"], part: "normalizer", depth: 0)
  }

  private func normalizers(
    _ value: JSONValue?, part: String, depth: Int
  ) throws(TokenizerError) -> [TextRewrite] {
    guard let value, !value.isNull else { return [] }
    guard depth < 8 else { throw malformed(part, "sequences are nested deeper than 8 levels") }
    let type = try string(value["type"], "\(part).type")
    if let form = TextRewrite.NormalizationForm(rawValue: type) { return [.compose(form)] }
    switch type {
    case "Sequence":
      var result: [TextRewrite] = []
      for (index, entry) in try list(value["normalizers"], "\(part).normalizers").enumerated() {
        result += try normalizers(entry, part: "\(part).normalizers[\(index)]", depth: depth + 1)
      }
      return result
    case "Prepend":
      return [.prepend(try text(value["prepend"], "\(part).prepend"))]
    case "Replace":
      let pattern = try self.pattern(value["pattern"], part: "\(part).pattern", encoding: .utf8)
      return [.replace(pattern, with: try text(value["content"], "\(part).content"))]
    case "Lowercase":
      return [.lowercase]
    case "Strip":
      return [
        .strip(
          left: try flag(value["strip_left"], default: true, "\(part).strip_left"),
          right: try flag(value["strip_right"], default: true, "\(part).strip_right"))
      ]
    case "StripAccents":
      return [.removeMarks]
    case "Nmt":
      return [.plainSpaces]
    case "Precompiled":
      let text = try string(value["precompiled_charsmap"], "\(part).precompiled_charsmap")
      guard let data = Data(base64Encoded: text) else {
        throw malformed("\(part).precompiled_charsmap", "the text is no Base64")
      }
      return [.map(try CharacterMap(Array(data), file: file, part: "\(part).precompiled_charsmap"))]
    case "BertNormalizer":
      let lowercases = try flag(value["lowercase"], default: true, "\(part).lowercase")
      return [
        .bert(
          BertNormalizer(
            cleansText: try flag(value["clean_text"], default: true, "\(part).clean_text"),
            separatesIdeographs: try flag(value["handle_chinese_chars"], default: true, "\(part).handle_chinese_chars"),
            stripsAccents: try flag(value["strip_accents"], default: lowercases, "\(part).strip_accents"),
            lowercases: lowercases))
      ]
    default:
      throw unsupported(
        "\(part).type", value["type"],
        """
        Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip, StripAccents, Nmt, Precompiled, \
        BertNormalizer
        """)
    }
  }

  /// Reads `{"String": …}` or `{"Regex": …}`.
  func pattern(
    _ value: JSONValue?, part: String, encoding: TextEncoding
  ) throws(TokenizerError) -> Pattern {
    if let literal = value?["String"]?.asString ?? value?.asString {
      guard !literal.isEmpty else { throw malformed(part, "the text to look for is empty") }
      return try Pattern(literal: literal, encoding: encoding)
    }
    if let regex = value?["Regex"]?.asString { return try Pattern(regex, encoding: encoding) }
    throw malformed(part, "expected an object with a String or a Regex, found \(value?.summary ?? "nothing")")
  }
}
