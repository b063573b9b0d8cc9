import Testing

/// What PyPI's `tokenizers` 0.23.3 gives for the tokenizers that lie beside the checkout.
///
/// A digest is the start of the SHA-256 of the ids as little-endian 32-bit integers.
struct SharedExpectation: Sendable, CustomTestStringConvertible {
  let file: String
  /// For each text of `TokenizerTexts.all`: `encode(text, add_special_tokens=True)`.
  let parsed: [String]
  /// The same with `add_special_tokens=False` and `encode_special_tokens` on.
  let plain: [String]
  /// For each file of the corpora, the number of ids and their digest, without special tokens.
  let corpora: [(name: String, count: Int, digest: String)]

  var testDescription: String { file }

  static let all: [SharedExpectation] = [
    SharedExpectation(
      file: "models/wikicode-6m/tokenizer.json",
      parsed: [
        "e3b0c44298fc", "2f59cad4318d", "0a9c50a5d16e", "7c5ccad2df25", "58ed03d33e4e", "717bc371fbd8",
        "8470f6b22fa2", "9766fdf2f9a9", "03fab4f6f004", "92b63789d765", "435f5acc7812", "480ed937ba21",
        "a97c553eacc6", "d9b3b506323a", "1d943c11c501", "48209b70acbc", "1a4a5eb6d2d7", "7f9d8d88ed41",
      ],
      plain: [
        "e3b0c44298fc", "2f59cad4318d", "0a9c50a5d16e", "7c5ccad2df25", "58ed03d33e4e", "717bc371fbd8",
        "8470f6b22fa2", "9766fdf2f9a9", "03fab4f6f004", "92b63789d765", "435f5acc7812", "480ed937ba21",
        "ed10fe1abdb6", "d9b3b506323a", "1d943c11c501", "48209b70acbc", "1a4a5eb6d2d7", "7f9d8d88ed41",
      ],
      corpora: [
        ("tinyshakespeare", 462135, "b7e1cc982f756008"),
        ("tinystories-excerpt", 1063, "c300814f1ca3d21c"),
        ("wikicode-calibration", 260463, "936e807a09974360"),
        ("wikitext2-heldout", 66081, "7e2941ed99fd9f26"),
      ]),
    SharedExpectation(
      file: "models/stories260k/tokenizer.json",
      parsed: [
        "67abdd721024", "718b8dc62288", "fc565b395f7d", "a2a7145e83be", "577bb8da4979", "87a418309b14",
        "d026e45898c0", "7a38e9f9cf43", "31b5604e393c", "ec9308539aff", "949b4113d784", "874884a1c4c3",
        "a227cc902e49", "979247b676d7", "4be3d0795aa4", "92c8804d6975", "0176ae650044", "36eb26dcd8a0",
      ],
      plain: [
        "e3b0c44298fc", "d76b4b95a03f", "af4033383e97", "9124889bf011", "dd72de9e315c", "27bbeda53ae2",
        "2602c4b23023", "d3a7122fdba3", "02a1a3e0493c", "62e4ec096211", "fd73fe57f78a", "ed5acd44e210",
        "b0aea33f6461", "d160466f2aec", "98470647f757", "1cc638fdbe01", "c9bb9fc02114", "1ec5be401b9b",
      ],
      corpora: [
        ("tinyshakespeare", 693363, "d3ee453758b95ff0"),
        ("tinystories-excerpt", 1547, "63c5580baa7baca6"),
        ("wikicode-calibration", 624186, "907df35ba01ddbb2"),
        ("wikitext2-heldout", 143823, "e3555e1941177e44"),
      ]),
    SharedExpectation(
      file: "tokenizers/gpt2-tokenizer.json",
      parsed: [
        "e3b0c44298fc", "c9ef9bd66be7", "087ab89ff421", "e32fd7845049", "2a12ea8dc61b", "23ed193ea2f9",
        "e3ec20b12b3f", "b1013cf968e4", "e1a1de887469", "8795018e4093", "6b148dc76cd7", "3bebdd041784",
        "8a1e20460cc7", "2be2eea88483", "526a54ea0dbb", "b7c98d7e8255", "287831910dc3", "a6cd095263f0",
      ],
      plain: [
        "e3b0c44298fc", "c9ef9bd66be7", "087ab89ff421", "e32fd7845049", "2a12ea8dc61b", "23ed193ea2f9",
        "e3ec20b12b3f", "b1013cf968e4", "e1a1de887469", "8795018e4093", "6b148dc76cd7", "3bebdd041784",
        "8a1e20460cc7", "2be2eea88483", "526a54ea0dbb", "b7c98d7e8255", "287831910dc3", "a6cd095263f0",
      ],
      corpora: [
        ("tinyshakespeare", 338025, "0c00ab83dc7f4666"),
        ("tinystories-excerpt", 817, "4ae594996974399b"),
        ("wikicode-calibration", 261323, "80c43d0bfd9123d0"),
        ("wikitext2-heldout", 47828, "c2ffc4e8acdb1e2e"),
      ]),
    SharedExpectation(
      file: "tokenizers/pythia-tokenizer.json",
      parsed: [
        "e3b0c44298fc", "101247b4e62b", "05c3d535a076", "a494d5c2e2c0", "e481715471e7", "d1c23896cd4f",
        "404597add976", "caa0bce24123", "e712a1e5c04f", "8262d48468d2", "682fa35774a6", "801d34da4b49",
        "8e552d124e3a", "29be71eea84d", "a9264e442c1f", "14806bc08659", "84d1bf8c06db", "1adcdc39fdad",
      ],
      plain: [
        "e3b0c44298fc", "101247b4e62b", "05c3d535a076", "a494d5c2e2c0", "e481715471e7", "d1c23896cd4f",
        "404597add976", "caa0bce24123", "e712a1e5c04f", "8262d48468d2", "682fa35774a6", "801d34da4b49",
        "c9e284411157", "29be71eea84d", "a9264e442c1f", "14806bc08659", "84d1bf8c06db", "1adcdc39fdad",
      ],
      corpora: [
        ("tinyshakespeare", 340240, "92b5b17c39a63edb"),
        ("tinystories-excerpt", 816, "42046808332447be"),
        ("wikicode-calibration", 216803, "3814152f5015b043"),
        ("wikitext2-heldout", 47757, "79b0500b470b3b2b"),
      ]),
  ]
}
