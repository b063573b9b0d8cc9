import Foundation

/// A tiny encoder with its tokenizer, and texts for it.
package enum EncoderFixture {
  /// Writes a variant of families.json as `model`, with the vocabulary that was trained for it.
  package static func write(_ variant: String, to folder: TemporaryFolder) throws {
    let fixtures = SharedMaterial.packageRoot.appending(path: "Tests/Fixtures")
    try FamilyFixture.named(variant).write(to: folder)
    let vocabulary = try Data(contentsOf: fixtures.appending(path: "families-vocab.txt"))
    try vocabulary.write(to: URL(filePath: folder.path("model/vocab.txt")))
    try folder.write("model/tokenizer_config.json", #"{"tokenizer_class": "BertTokenizer", "do_lower_case": true}"#)
  }

  /// Texts of different lengths, one a line, drawn by seed.
  package static func texts(count: Int, seed: UInt64) -> String {
    (0..<count).map { index in
      let words = TinyText.words(count: 3 + index % 7, seed: seed &* 1000 &+ UInt64(index))
      return words.replacing("\n", with: " ")
    }.joined(separator: "\n") + "\n"
  }
}
