import Testing

/// Small tokenizers and what PyPI's `tokenizers` 0.23.3 gives for them: `Tokenizer.from_str(json).encode(text)` with
/// special tokens, for each text of `TinyTokenizer.texts`.
struct TinyExpectation: Sendable, CustomTestStringConvertible {
  let name: String
  let alphabet: TinyTokenizer.Alphabet
  /// Members of the document besides the model.
  let parts: String
  /// Members of the model besides its vocabulary.
  let flags: String
  let ids: [[Int32]]

  var testDescription: String { name }

  static let all: [TinyExpectation] = [
    TinyExpectation(
      name: "GPT-2", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": \##
        true}
        """##,
      flags: "",
      ids: [
        [
          259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97, 274,
          10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97, 100,
          124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "prefix space", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true}
        """##,
      flags: "",
      ids: [
        [
          32, 259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97,
          274, 10,
        ],
        [
          32, 195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152,
          128, 226, 150, 129,
        ],
        [
          32, 60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97,
          100, 124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264],
        [32, 50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "Llama 3, whole words", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": \##
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| \##
        ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, \##
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}, \##
        "added_tokens": [{"id": 282, "content": "<|end|>", "single_word": false, "lstrip": false, "rstrip": \##
        false, "normalized": false, "special": true}, {"id": 283, "content": "<|pad|>", "single_word": false, \##
        "lstrip": true, "rstrip": true, "normalized": false, "special": true}, {"id": 284, "content": "<pad>", \##
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": true, "special": false}, {"id": \##
        285, "content": "qq", "single_word": true, "lstrip": false, "rstrip": false, "normalized": false, \##
        "special": false}], "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": \##
        "<|end|>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<|pad|>", \##
        "type_id": 0}}], "pair": [], "special_tokens": {"<|end|>": {"id": "<|end|>", "ids": [282], "tokens": \##
        ["<|end|>"]}, "<|pad|>": {"id": "<|pad|>", "ids": [283], "tokens": ["<|pad|>"]}}}
        """##,
      flags: ##"""
        "ignore_merges": true
        """##,
      ids: [
        [
          282, 259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97,
          274, 10, 283,
        ],
        [
          282, 195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152,
          128, 226, 150, 129, 283,
        ],
        [282, 282, 259, 32, 282, 266, 283, 119, 261, 278, 32, 284, 285, 60, 285, 62, 113, 113, 97, 283],
        [282, 269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264, 283],
        [282, 50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63, 283],
        [282, 283],
      ]),
    TinyExpectation(
      name: "NFC", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": \##
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| \##
        ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false}, \##
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}, \##
        "normalizer": {"type": "NFC"}, "added_tokens": [{"id": 282, "content": "<|end|>", "single_word": false, \##
        "lstrip": false, "rstrip": false, "normalized": false, "special": true}, {"id": 283, "content": \##
        "<|pad|>", "single_word": false, "lstrip": true, "rstrip": true, "normalized": false, "special": true}, \##
        {"id": 284, "content": "<pad>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": \##
        true, "special": false}, {"id": 285, "content": "qq", "single_word": true, "lstrip": false, "rstrip": \##
        false, "normalized": false, "special": false}]
        """##,
      flags: "",
      ids: [
        [
          259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97, 274,
          10,
        ],
        [
          195, 169, 32, 195, 169, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128, 226,
          150, 129,
        ],
        [282, 259, 32, 282, 266, 283, 119, 261, 278, 32, 284, 285, 60, 285, 62, 113, 113, 97],
        [269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "digits after bytes", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Punctuation", "behavior": \##
        "Contiguous"}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, \##
        {"type": "Digits", "individual_digits": false}, {"type": "Split", "pattern": {"Regex": \##
        "[0-9][0-9][0-9]"}, "behavior": "Isolated", "invert": false}]}
        """##,
      flags: "",
      ids: [
        [
          259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 39, 115, 32, 271, 32, 277, 276, 97,
          274, 10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97, 100,
          124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 39, 279, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "digits before bytes", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, \##
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}]}
        """##,
      flags: "",
      ids: [
        [
          259, 264, 44, 266, 269, 49, 50, 51, 52, 53, 265, 101, 115, 116, 268, 273, 32, 49, 50, 32, 277, 276, 97,
          274, 10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97, 100,
          124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 49, 50, 51, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "removed, inverted", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": \##
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| \##
        ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"}, "behavior": "Removed", "invert": true}, \##
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [
          259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97, 274,
          10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97, 100,
          124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [269, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "merged with previous", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"String": " "}, \##
        "behavior": "MergedWithPrevious", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, \##
        "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [
          259, 32, 119, 261, 278, 44, 32, 116, 256, 32, 32, 272, 52, 53, 32, 116, 101, 115, 116, 268, 273, 32,
          271, 32, 277, 276, 97, 274, 10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 32, 116, 256, 60, 124, 112,
          97, 100, 124, 62, 32, 119, 261, 278, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113,
          97,
        ],
        [32, 32, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 32, 119, 261, 278],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "merged with next", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"String": " "}, \##
        "behavior": "MergedWithNext", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, \##
        "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [
          259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97, 274,
          10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97, 100,
          124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [32, 32, 32, 32, 259, 32, 32, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "contiguous", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\s"}, \##
        "behavior": "Contiguous", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, \##
        "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [
          259, 32, 119, 261, 278, 44, 32, 116, 256, 269, 272, 52, 53, 32, 116, 101, 115, 116, 268, 273, 32, 271,
          32, 277, 276, 97, 274, 10,
        ],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 32, 116, 256, 60, 124, 112,
          97, 100, 124, 62, 32, 119, 261, 278, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113,
          97,
        ],
        [270, 259, 269, 72, 69, 76, 76, 79, 9, 279, 280, 32, 39, 82, 69, 10, 32, 119, 261, 278],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "removed", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": \##
        "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [259, 119, 261, 278, 44, 116, 256, 272, 52, 53, 116, 101, 115, 116, 268, 273, 271, 277, 276, 97],
        [195, 169, 101, 204, 129, 195, 133, 228, 189, 160, 229, 165, 189, 240, 159, 152, 128, 226, 150, 129],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 60, 124, 101, 110, 100, 124, 62, 116, 256, 60, 124, 112, 97, 100,
          124, 62, 119, 261, 278, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [259, 72, 69, 76, 76, 79, 279, 280, 39, 82, 69, 119, 261, 278],
        [50, 194, 178, 194, 189, 272, 52, 53, 54, 55, 56, 57, 217, 163, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "words", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Whitespace"}, {"type": "ByteLevel", \##
        "add_prefix_space": false, "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [259, 119, 261, 278, 44, 116, 256, 272, 52, 53, 116, 101, 115, 116, 268, 39, 115, 271, 277, 276, 97],
        [195, 169, 101, 204, 129, 195, 133, 228, 189, 160, 229, 165, 189, 240, 159, 152, 128, 226, 150, 129],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 60, 124, 101, 110, 100, 124, 62, 116, 256, 60, 124, 112, 97, 100,
          124, 62, 119, 261, 278, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [259, 72, 69, 76, 76, 79, 279, 39, 279, 39, 82, 69, 119, 261, 278],
        [50, 194, 178, 194, 189, 272, 52, 53, 54, 55, 56, 57, 217, 163, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "delimiter", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "CharDelimiterSplit", "delimiter": "e"}, \##
        {"type": "Punctuation", "behavior": "Isolated"}, {"type": "ByteLevel", "add_prefix_space": false, \##
        "trim_offsets": true, "use_regex": false}]}
        """##,
      flags: "",
      ids: [
        [
          104, 257, 111, 264, 44, 265, 104, 269, 272, 52, 53, 265, 115, 116, 268, 39, 115, 32, 271, 32, 277, 276,
          97, 274, 10,
        ],
        [
          195, 169, 32, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128, 226,
          150, 129,
        ],
        [
          60, 124, 110, 100, 124, 62, 104, 257, 111, 32, 60, 124, 110, 100, 124, 62, 265, 104, 60, 124, 112, 97,
          100, 124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [270, 104, 257, 111, 269, 72, 69, 76, 76, 79, 9, 114, 39, 114, 32, 39, 82, 69, 10, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "lower case, compatibility", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": \##
        true}, "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFKD"}, {"type": "Lowercase"}, \##
        {"type": "Strip", "strip_left": true, "strip_right": true}]}, "added_tokens": [{"id": 282, "content": \##
        "<|end|>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}, \##
        {"id": 283, "content": "<|pad|>", "single_word": false, "lstrip": true, "rstrip": true, "normalized": \##
        false, "special": true}, {"id": 284, "content": "<pad>", "single_word": false, "lstrip": false, "rstrip": \##
        false, "normalized": true, "special": false}, {"id": 285, "content": "qq", "single_word": true, "lstrip": \##
        false, "rstrip": false, "normalized": false, "special": false}]
        """##,
      flags: "",
      ids: [
        [259, 264, 44, 266, 32, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97],
        [
          101, 204, 129, 32, 101, 204, 129, 32, 97, 204, 138, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159,
          152, 128, 226, 150, 129,
        ],
        [282, 259, 282, 116, 256, 283, 119, 261, 278, 32, 284, 285, 60, 285, 62, 113, 113, 97],
        [259, 32, 32, 259, 9, 279, 280, 32, 39, 279, 10, 264],
        [50, 50, 49, 226, 129, 132, 50, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "replaced by pattern", alphabet: .bytes,
      parts: ##"""
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": \##
        false}, "normalizer": {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}
        """##,
      flags: "",
      ids: [
        [259, 264, 44, 266, 32, 272, 52, 53, 265, 101, 115, 116, 268, 273, 32, 271, 32, 277, 276, 97, 32],
        [
          195, 169, 32, 101, 204, 129, 32, 195, 133, 32, 228, 189, 160, 229, 165, 189, 32, 240, 159, 152, 128,
          226, 150, 129,
        ],
        [
          60, 124, 101, 110, 100, 124, 62, 259, 32, 60, 124, 101, 110, 100, 124, 62, 266, 60, 124, 112, 97, 100,
          124, 62, 264, 32, 60, 112, 97, 100, 62, 113, 113, 60, 113, 113, 62, 113, 113, 97,
        ],
        [32, 259, 32, 72, 69, 76, 76, 79, 32, 279, 280, 32, 39, 82, 69, 264],
        [50, 194, 178, 194, 189, 32, 272, 52, 53, 54, 55, 56, 57, 32, 217, 163, 32, 120, 33, 63],
        [],
      ]),
    TinyExpectation(
      name: "Llama 2", alphabet: .characters,
      parts: ##"""
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": \##
        "Replace", "pattern": {"String": " "}, "content": "▁"}]}, "added_tokens": [{"id": 0, "content": "<unk>", \##
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}, {"id": 1, \##
        "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": \##
        true}, {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": \##
        false, "special": true}], "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": \##
        {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": \##
        {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}}}
        """##,
      flags: ##"""
        "byte_fallback": true, "fuse_unk": true
        """##,
      ids: [
        [
          1, 263, 280, 285, 47, 287, 290, 293, 55, 56, 286, 260, 275, 267, 289, 294, 263, 292, 263, 296, 295,
          276, 16, 13, 13,
        ],
        [
          1, 263, 198, 172, 263, 260, 207, 132, 263, 198, 136, 263, 231, 192, 163, 232, 168, 192, 263, 243, 162,
          155, 131, 263,
        ],
        [
          1, 263, 63, 127, 260, 269, 266, 127, 65, 280, 263, 63, 127, 260, 269, 266, 127, 65, 287, 63, 127, 115,
          276, 266, 127, 65, 285, 263, 63, 115, 276, 266, 65, 116, 116, 63, 116, 116, 65, 116, 116, 276,
        ],
        [1, 291, 263, 280, 290, 75, 72, 79, 79, 82, 12, 298, 299, 263, 274, 85, 72, 13, 285],
        [1, 263, 272, 197, 181, 197, 192, 263, 293, 55, 56, 57, 58, 59, 60, 263, 220, 166, 263, 123, 36, 66],
        [1],
      ]),
    TinyExpectation(
      name: "unknown, fused", alphabet: .characters,
      parts: ##"""
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": \##
        "Replace", "pattern": {"String": " "}, "content": "▁"}]}, "added_tokens": [{"id": 0, "content": "<unk>", \##
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}, {"id": 1, \##
        "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": \##
        true}, {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": \##
        false, "special": true}]
        """##,
      flags: ##"""
        "byte_fallback": false, "fuse_unk": true
        """##,
      ids: [
        [263, 280, 285, 0, 287, 290, 293, 0, 286, 260, 275, 267, 289, 294, 263, 292, 263, 296, 295, 276, 0],
        [263, 0, 263, 260, 0, 263, 0, 263, 0, 263, 0, 263],
        [
          263, 0, 260, 269, 266, 0, 280, 263, 0, 260, 269, 266, 0, 287, 0, 276, 266, 0, 285, 263, 0, 276, 266, 0,
          276,
        ],
        [291, 263, 280, 290, 0, 298, 299, 263, 274, 0, 285],
        [263, 272, 0, 263, 293, 0, 263, 0, 263, 0],
        [],
      ]),
    TinyExpectation(
      name: "unknown, each", alphabet: .characters,
      parts: ##"""
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": \##
        "Replace", "pattern": {"String": " "}, "content": "▁"}]}, "added_tokens": [{"id": 0, "content": "<unk>", \##
        "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}, {"id": 1, \##
        "content": "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": \##
        true}, {"id": 2, "content": "</s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": \##
        false, "special": true}]
        """##,
      flags: ##"""
        "byte_fallback": false, "fuse_unk": false
        """##,
      ids: [
        [
          263, 280, 285, 0, 287, 290, 293, 0, 0, 286, 260, 275, 267, 289, 294, 263, 292, 263, 296, 295, 276, 0,
          0, 0,
        ],
        [263, 0, 263, 260, 0, 263, 0, 263, 0, 0, 263, 0, 263],
        [
          263, 0, 0, 260, 269, 266, 0, 0, 280, 263, 0, 0, 260, 269, 266, 0, 0, 287, 0, 0, 0, 276, 266, 0, 0, 285,
          263, 0, 0, 276, 266, 0, 0, 0, 0, 0, 0, 0, 0, 0, 276,
        ],
        [291, 263, 280, 290, 0, 0, 0, 0, 0, 0, 298, 299, 263, 274, 0, 0, 0, 285],
        [263, 272, 0, 0, 263, 293, 0, 0, 0, 0, 0, 0, 263, 0, 263, 0, 0, 0],
        [],
      ]),
    TinyExpectation(
      name: "Metaspace always", alphabet: .characters,
      parts: ##"""
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}, \##
        "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, \##
        "normalized": false, "special": true}, {"id": 1, "content": "<s>", "single_word": false, "lstrip": false, \##
        "rstrip": false, "normalized": false, "special": true}, {"id": 2, "content": "</s>", "single_word": \##
        false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}]
        """##,
      flags: ##"""
        "byte_fallback": true, "fuse_unk": true
        """##,
      ids: [
        [
          263, 280, 285, 47, 287, 263, 263, 293, 55, 56, 286, 260, 275, 267, 289, 294, 263, 292, 263, 296, 295,
          276, 16, 13, 13,
        ],
        [
          263, 198, 172, 263, 260, 207, 132, 263, 198, 136, 263, 231, 192, 163, 232, 168, 192, 263, 243, 162,
          155, 131, 263,
        ],
        [
          263, 63, 127, 260, 269, 266, 127, 65, 280, 263, 63, 127, 260, 269, 266, 127, 65, 287, 63, 127, 115,
          276, 266, 127, 65, 285, 263, 63, 115, 276, 266, 65, 116, 116, 63, 116, 116, 65, 116, 116, 276,
        ],
        [263, 263, 263, 263, 280, 263, 263, 75, 72, 79, 79, 82, 12, 298, 299, 263, 274, 85, 72, 13, 285],
        [263, 272, 197, 181, 197, 192, 263, 293, 55, 56, 57, 58, 59, 60, 263, 220, 166, 263, 123, 36, 66],
        [],
      ]),
    TinyExpectation(
      name: "Metaspace first", alphabet: .characters,
      parts: ##"""
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false}, \##
        "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, \##
        "normalized": false, "special": true}, {"id": 1, "content": "<s>", "single_word": false, "lstrip": false, \##
        "rstrip": false, "normalized": false, "special": true}, {"id": 2, "content": "</s>", "single_word": \##
        false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}]
        """##,
      flags: ##"""
        "byte_fallback": true, "fuse_unk": true
        """##,
      ids: [
        [
          263, 280, 285, 47, 287, 290, 293, 55, 56, 286, 260, 275, 267, 289, 294, 263, 292, 263, 296, 295, 276,
          16, 13, 13,
        ],
        [
          263, 198, 172, 263, 260, 207, 132, 263, 198, 136, 263, 231, 192, 163, 232, 168, 192, 263, 243, 162,
          155, 131, 263,
        ],
        [
          263, 63, 127, 260, 269, 266, 127, 65, 280, 263, 63, 127, 260, 269, 266, 127, 65, 287, 63, 127, 115,
          276, 266, 127, 65, 285, 263, 63, 115, 276, 266, 65, 116, 116, 63, 116, 116, 65, 116, 116, 276,
        ],
        [291, 280, 290, 75, 72, 79, 79, 82, 12, 298, 299, 263, 274, 85, 72, 13, 285],
        [263, 272, 197, 181, 197, 192, 263, 293, 55, 56, 57, 58, 59, 60, 263, 220, 166, 263, 123, 36, 66],
        [],
      ]),
    TinyExpectation(
      name: "Metaspace never", alphabet: .characters,
      parts: ##"""
        "pre_tokenizer": {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": true}, \##
        "added_tokens": [{"id": 0, "content": "<unk>", "single_word": false, "lstrip": false, "rstrip": false, \##
        "normalized": false, "special": true}, {"id": 1, "content": "<s>", "single_word": false, "lstrip": false, \##
        "rstrip": false, "normalized": false, "special": true}, {"id": 2, "content": "</s>", "single_word": \##
        false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}]
        """##,
      flags: ##"""
        "byte_fallback": true, "fuse_unk": true
        """##,
      ids: [
        [
          280, 285, 47, 287, 263, 263, 293, 55, 56, 286, 260, 275, 267, 289, 294, 263, 292, 263, 296, 295, 276,
          16, 13, 13,
        ],
        [
          198, 172, 263, 260, 207, 132, 263, 198, 136, 263, 231, 192, 163, 232, 168, 192, 263, 243, 162, 155,
          131, 263,
        ],
        [
          63, 127, 260, 269, 266, 127, 65, 280, 263, 63, 127, 260, 269, 266, 127, 65, 287, 63, 127, 115, 276,
          266, 127, 65, 285, 263, 63, 115, 276, 266, 65, 116, 116, 63, 116, 116, 65, 116, 116, 276,
        ],
        [263, 263, 263, 263, 280, 263, 263, 75, 72, 79, 79, 82, 12, 298, 299, 263, 274, 85, 72, 13, 285],
        [272, 197, 181, 197, 192, 263, 293, 55, 56, 57, 58, 59, 60, 263, 220, 166, 263, 123, 36, 66],
        [],
      ]),
  ]
}
