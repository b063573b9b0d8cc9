import Checkpoints

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
    default:
      throw unsupported(
        "\(part).type", value["type"], "Sequence, Prepend, Replace, NFC, NFD, NFKC, NFKD, Lowercase, Strip")
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
