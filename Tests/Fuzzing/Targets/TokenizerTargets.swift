import Checkpoints
import Foundation
import TestSupport
import Tokenizers

extension FuzzTarget {
  /// Texts that every tokenizer which was read must encode.
  private static let texts = [
    "", "ab cab\n  don't 12345 é中😀 <s>", String(repeating: "ab ", count: 300), String(repeating: " ", count: 500),
  ]

  private static func use(_ tokenizer: Tokenizer) throws {
    for text in texts {
      guard let ids = try? tokenizer.encode(text, special: .addAndParse) else { continue }
      _ = try? tokenizer.decode(ids)
    }
  }

  static let tokenizerJSON = FuzzTarget(
    "tokenizer.json", .json(after: 0),
    words: [
      "BPE", "Unigram", "WordPiece", "Split", "Regex", "String", "ByteLevel", "Metaspace", "Sequence", "Whitespace",
      "Digits",
      "Punctuation", "BertPreTokenizer", "BertNormalizer", "NFC", "NFKC", "Lowercase", "Replace", "Prepend", "Strip",
      "Precompiled",
      "TemplateProcessing", "merges", "vocab", "unk_token", "byte_fallback", "ignore_merges", "[^Z]*Z", "(a|a)*b",
      "\\\\s+(?!\\\\S)",
      "a{1}{1}", "<0x00>", "<0xFF>", "Ġ", "▁", "added_tokens", "lstrip", "single_word", "MergedWithPrevious", "invert",
    ],
    seeds: {
      let folder = try TemporaryFolder()
      try TinyTokenizer.write(to: folder)
      let tiny = Array(try Data(contentsOf: URL(filePath: folder.path("model/tokenizer.json"))))
      // Large seeds cost most of the time and hold nothing that small ones do not.
      return [tiny] + (try FuzzFiles.trained("tokenizer.json").filter { $0.count < 12_000 })
    }
  ) { input, _ in
    try use(Tokenizer(json: input, file: "tokenizer.json"))
  }

  static let sentencePiece = FuzzTarget(
    "tokenizer.model", .binary, words: ["<unk>", "<0x0A>", "▁", "\u{0A}\u{07}"],
    seeds: { try FuzzFiles.trained("tokenizer.model") + [try FuzzFiles.bytes("families-tokenizer.model")] }
  ) { input, folder in
    guard let tokenizer = try Tokenizer.load(file: folder.write("tokenizer.model", input)) else { return }
    try use(tokenizer)
  }

  static let wordPieces = FuzzTarget(
    "vocab.txt", .text, words: ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "##a", "\n", "\r\n", "\u{0}", "é"],
    seeds: { try FuzzFiles.trained("vocab.txt") + [Array("[PAD]\n[UNK]\n[CLS]\n[SEP]\na\nb\n##b\nab\n".utf8)] }
  ) { input, folder in
    guard let tokenizer = try Tokenizer.load(file: folder.write("vocab.txt", input)) else { return }
    try use(tokenizer)
  }

  static let tokenizerConfiguration = FuzzTarget(
    "tokenizer_config.json", .json(after: 0),
    words: [
      "bos_token", "eos_token", "unk_token", "pad_token", "add_bos_token", "add_eos_token", "chat_template",
      "added_tokens_decoder",
      "content", "special", "name", "default", "tool_use", "template", "lstrip", "<s>", "</s>", "99", "-1",
      "2147483648",
    ],
    seeds: {
      [
        Array(
          #"""
          {"bos_token": "<s>", "eos_token": {"content": "</s>", "lstrip": false}, "add_bos_token": true,
          "added_tokens_decoder": {"0": {"content": "<s>", "special": true}, "30": {"content": "<new>", "special": true}},
          "chat_template": [{"name": "default", "template": "{{ messages[0].content }}"}], "pad_token": null}
          """#.utf8),
        Array(#"{"chat_template": "{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}"}"#.utf8),
      ]
    },
    prepare: { folder in
      let tiny = try TemporaryFolder()
      try TinyTokenizer.write(to: tiny)
      try folder.write("tokenizer.json", Array(try Data(contentsOf: URL(filePath: tiny.path("model/tokenizer.json")))))
    }
  ) { input, folder in
    try folder.write("tokenizer_config.json", input)
    try use(Tokenizer.load(folder: folder.path))
  }
}
