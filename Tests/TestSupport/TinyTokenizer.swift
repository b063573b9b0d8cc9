import Foundation

/// A tokenizer whose tokens are letters, space and line end, so that ids can be told from a text at sight.
package enum TinyTokenizer {
  package static let bos: Int32 = 0
  package static let eos: Int32 = 1
  /// Letters from 2 on, then space and line end.
  package static let vocabularySize = 30

  /// The ids of a text.
  package static func ids(_ text: String) -> [Int32] {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case " ": 28
      case "\n": 29
      default: Int32(scalar.value) - 97 + 2
      }
    }
  }

  /// Writes tokenizer.json and tokenizer_config.json into a folder of that name and returns its path.
  @discardableResult
  package static func write(
    to folder: TemporaryFolder, as name: String = "model", addsBOS: Bool = true, hasEOS: Bool = true
  ) throws -> String {
    var vocabulary = [#""<s>": 0"#, #""</s>": 1"#]
    for letter in 0..<26 { vocabulary.append("\"\(Character(UnicodeScalar(97 + UInt8(letter))))\": \(letter + 2)") }
    vocabulary += [#"" ": 28"#, #""\n": 29"#]
    try folder.write(
      "\(name)/tokenizer.json",
      """
      {"version": "1.0", "normalizer": null, "pre_tokenizer": null, "post_processor": null,
       "decoder": null, "added_tokens": [{"id": 0, "content": "<s>", "special": true},
       {"id": 1, "content": "</s>", "special": true}], "model": {"type": "BPE", "vocab": {\(vocabulary.joined(separator: ", "))}, "merges": []}}
      """)
    let eos = hasEOS ? #""eos_token": "</s>", "# : ""
    try folder.write(
      "\(name)/tokenizer_config.json", #"{"bos_token": "<s>", \#(eos)"add_bos_token": \#(addsBOS)}"#)
    return folder.path(name)
  }
}
