extension TinyExpectation {
  /// Byte-level tokenizers of the kinds that models use.
  static let bytes: [TinyExpectation] = [
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
  ]
}
