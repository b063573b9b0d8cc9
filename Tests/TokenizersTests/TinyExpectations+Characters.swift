extension TinyExpectation {
  /// Tokenizers over characters, as Llama 2 has them.
  static let characters: [TinyExpectation] = [
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
