import Checkpoints

/// How models that also see images divide what turns among time, height and width: how many pairs of components each has.
///
/// A token of text is at the same place in all three, so that they change nothing; GGUF files say them for what is no text.
///
/// Wang et al., "Qwen2-VL" (2024), section 2.1.
enum PositionSections {
  static let ggufKey = "rope.dimension_sections"

  /// Reads them beside the other parameters of positions.
  ///
  /// - Parameter pairs: what they must add up to, where each is one run of pairs.
  static func read(
    _ config: JSONObject, usual: [Int]?, dividing pairs: Int? = nil
  ) throws(CheckpointError) -> [Int]? {
    let newer = try config.optionalObject("rope_parameters")
    let older = try config.optionalObject("rope_scaling")
    guard let sections = try (newer ?? older)?.optionalIntegers("mrope_section") ?? usual else { return nil }
    guard sections.count == 3, isPossible(sections), pairs.map({ $0 == sections.reduce(0, +) }) ?? true else {
      throw (newer ?? older ?? config).error(
        "mrope_section",
        expected: "three numbers of pairs of components" + (pairs.map { ", \($0) in all" } ?? ""))
    }
    return sections
  }

  static func read(_ file: GGUFFile, _ prefix: String) throws(CheckpointError) -> [Int]? {
    let key = "\(prefix).\(ggufKey)"
    guard let value = file.metadata.value(key) else { return nil }
    guard let sections = value.asArray(of: \.asInteger), sections.count == 4, sections[3] == 0, isPossible(sections)
    else {
      throw file.metadata.error(key, expected: "three numbers of pairs of components, and 0")
    }
    return Array(sections.prefix(3))
  }

  private static func isPossible(_ sections: [Int]) -> Bool {
    sections.allSatisfy { 0...65_536 ~= $0 } && sections.contains { $0 > 0 }
  }

  static func metadata(_ shape: DecoderShape) -> [(key: String, value: GGUFValue)] {
    guard let sections = shape.choices.positionSections else { return [] }
    return [(ggufKey, .array(.int32, (sections + [0]).map { .int32(Int32($0)) }))]
  }

  /// Where sections take turns, llama.cpp gives a pair that none of them has a fourth place, which is 0 for text.
  static func obstacle(_ shape: DecoderShape) -> String? {
    guard let sections = shape.choices.positionSections else { return nil }
    let total = sections.reduce(0, +)
    let isLeftOut = (0..<shape.rotary.dimensions / 2).contains { pair in
      let place = pair % total
      return place >= 3 * sections[place % 3]
    }
    guard isLeftOut else { return nil }
    return "found the mrope_section \(sections), which leaves out pairs of components where sections take turns: "
      + "llama.cpp would not turn them"
  }
}
