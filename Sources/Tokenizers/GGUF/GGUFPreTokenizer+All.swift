extension GGUFPreTokenizer {
  /// All that are known. Where several have the same patterns, the first that fits is written.
  package static let all: [GGUFPreTokenizer] = [
    GGUFPreTokenizer(
      name: "gpt-2",
      synonyms: [
        "phi-2", "jina-es", "jina-de", "gigachat", "jina-v2-es", "jina-v2-de", "a.x-4.0", "mellum", "modern-bert",
        "mpt", "olmo", "jais", "trillion", "granite-docling", "exaone4", "jina-v1-en", "jina-v2-code", "roberta-bpe",
      ],
      patterns: [PreTokenizer.gpt2]),
    GGUFPreTokenizer(
      name: "llama-bpe",
      synonyms: [
        "llama3", "llama-v3", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano",
      ],
      patterns: [llama3], ignoresMerges: true, addsBOS: true),
    GGUFPreTokenizer(name: "glm4", synonyms: ["glm5"], patterns: [llama3], ignoresMerges: true),
    GGUFPreTokenizer(name: "dbrx", synonyms: ["smaug-bpe", "chatglm-bpe"], patterns: [llama3]),
    GGUFPreTokenizer(
      name: "qwen2",
      synonyms: ["stablelm2", "deepseek-r1-qwen", "kormo", "f2llmv2", "megrez", "hunyuan", "solar-open", "grok-2"],
      patterns: [qwen2]),
    GGUFPreTokenizer(
      name: "qwen35",
      patterns: [
        alternatives(
          contractions, #"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+"#, #"\p{N}"#, #" ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*"#,
          #"\s*[\r\n]+"#, spaces)
      ]),
    GGUFPreTokenizer(
      name: "starcoder", synonyms: ["refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"],
      patterns: [#"\p{N}"#, PreTokenizer.gpt2]),
    GGUFPreTokenizer(
      name: "deepseek-llm",
      patterns: [#"[\r\n]"#, deepSeekLetters, deepSeekPunctuation, #"\s+$"#, deepSeekIdeographs, #"\p{N}"#]),
    GGUFPreTokenizer(
      name: "deepseek-coder",
      patterns: [#"[\r\n]"#, #"\s?\p{L}+"#, #"\s?\p{P}+"#, deepSeekIdeographs, #"\p{N}"#]),
    GGUFPreTokenizer(
      name: "deepseek-v3", synonyms: ["hunyuan-dense", "joyai-llm", "hy_v4"],
      patterns: [#"\p{N}{1,3}"#, deepSeekKana, deepSeek3]),
    GGUFPreTokenizer(
      name: "falcon",
      patterns: [#"[\p{P}$+<=>^`|~]+"#, PreTokenizer.gpt2, "[0-9][0-9][0-9]"],
      alternatives: [[#"[\p{P}$+<=>^`|~]+"#, PreTokenizer.gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"]]),
    GGUFPreTokenizer(
      name: "default",
      patterns: [#"[\p{P}$+<=>^~|]+"#, PreTokenizer.gpt2, #"\p{N}+"#, "[0-9][0-9][0-9]"]),
    GGUFPreTokenizer(
      name: "tekken", patterns: [alternatives(cased(""), #"\p{N}"#, lineEnds)], ignoresMerges: true, addsBOS: true),
    GGUFPreTokenizer(
      name: "gpt-4o", synonyms: ["llama4", "kanana2", "talkie", "minimax-m2"],
      patterns: [alternatives(cased(contractions + "?"), #"\p{N}{1,3}"#, lineEnds)]),
    GGUFPreTokenizer(
      name: "tiny_aya", synonyms: ["cohere2moe"],
      patterns: [
        #"\d{1,3}(?=(?:\d{3})*\b)"#, alternatives(cased(contractions + "?"), #"\p{N}{1,3}"#, lineEnds),
      ]),
    GGUFPreTokenizer(
      name: "kimi-k2",
      patterns: [
        alternatives(
          #"[\p{Han}]+"#, cased(contractions + "?", except: #"&&[^\p{Han}]"#), #"\p{N}{1,3}"#,
          #" ?[^\s\p{L}\p{N}]+[\r\n]*"#, #"\s*[\r\n]+"#, spaces)
      ]),
    GGUFPreTokenizer(
      name: "bloom", synonyms: ["poro-chat", "gpt3-finnish"], patterns: [bloom]),
    GGUFPreTokenizer(name: "viking", patterns: [bloom, #"\p{N}"#]),
    GGUFPreTokenizer(
      name: "bailingmoe", synonyms: ["bailingmoe2", "llada-moe"],
      patterns: [
        alternatives(
          contractions, #"[^\r\n\p{L}\p{N}]?\p{L}+"#, #"\p{N}"#, #" ?[^\s\p{L}\p{N}]+[\r\n]*"#, #"\s*[\r\n]"#, spaces)
      ]),
    GGUFPreTokenizer(
      name: "seed-coder",
      patterns: [
        alternatives(
          contractions, #"[^\r\n\p{L}\p{N}]?\p{L}+"#, #"\p{N}"#, #" ?[^\s\p{L}\p{N}\r\n]+"#, #"\s*[\r\n]+"#, spaces)
      ]),
    GGUFPreTokenizer(
      name: "ufakzeka",
      patterns: [
        alternatives(
          #"[^\r\n\p{L}\p{N}]?\p{L}+"#, #"\p{N}"#, #" ?[^\s\p{L}\p{N}]+[\r\n]*"#, #"\s*[\r\n]+"#, spaces)
      ]),
    GGUFPreTokenizer(
      name: "minicpm5", patterns: [#"\p{N}{1,3}"#, english(number: #"\p{N}+"#)], ignoresMerges: true),
    GGUFPreTokenizer(
      name: "jais-2",
      patterns: [
        alternatives(
          contractions, #"[^\r\n\p{L}\p{N}]?\p{L}+"#, #"\p{N}{1,3}"#, #" ?[^\s\p{L}\p{N}]+[\r\n]*"#, #"\s*[\r\n]+"#,
          #"\s{512}(?!\S)"#, #"\s{256}(?!\S)"#, #"\s{128}(?!\S)"#, #"\s{64}(?!\S)"#, #"\s{32}(?!\S)"#,
          #"\s{16}(?!\S)"#, #"\s{8}(?!\S)"#, #"\s{4}(?!\S)"#, #"\s{1,2}(?!\S)"#, #"\s{1}"#)
      ]),
    GGUFPreTokenizer(
      name: "spark2_5",
      patterns: [
        #"\p{N}{1,3}"#, deepSeekKana,
        alternatives(deepSeekWords, #" ?[\p{P}\p{S}]+"#, #"[\r\n]"#, spaces), #"\p{N}"#,
      ]),
    GGUFPreTokenizer(
      name: "youtu",
      patterns: [
        alternatives("[가-힣ㄱ-ㆎ]+", "[！…“”‘’—：；，、-〿︰-﹏]+", "[ㄅ-ㄯ]+", deepSeekKana),
        alternatives(cased(contractions + "?"), #"\p{N}"#, lineEnds),
      ], ignoresMerges: true),
    GGUFPreTokenizer(
      name: "chameleon",
      patterns: [
        "<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", #"([\t\n]|    |  )"#, #"\p{N}"#,
        #"[\p{P}!-/:-@\[-`{-~]"#, PreTokenizer.gpt2,
      ], addsBOS: true),
    GGUFPreTokenizer(
      name: "granite-embed-multi-97m",
      patterns: [alternatives(cased(contractions + "?"), #"\p{N}{1,3}"#, lineEnds)], ignoresMerges: true),
    GGUFPreTokenizer(
      name: "afmoe",
      patterns: [
        // Digits in threes, counted from the end.
        #"\p{N}{1,3}(?=(?:\p{N}{3})*(?!\p{N}))"#,
        "[一-鿿㐀-䶿豈-\u{FAFF}\u{3040}-ゟ゠-ヿ･-ﾟ⼀-\u{2FDF}\u{0E40}-\u{0E7F}\u{0EBA}-\u{0EFF}ក-\u{17FF}က-႟ꩠ-ꩿꧠ-\u{A9FF}가-\u{D7AF}ᄀ-ᇿ]+",
        deepSeek3,
      ]),
    GGUFPreTokenizer(name: "laguna", patterns: [#"[^\n]+|[\n]+"#, qwen2]),
    GGUFPreTokenizer(
      name: "exaone-moe",
      patterns: [
        alternatives(
          contractions, #"[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+"#, #"\p{N}"#,
          #" ?[^\s\p{L}\p{N}]+[\r\n/]?"#, #"\s*[\r\n]"#, spaces)
      ]),
    GGUFPreTokenizer(
      name: "gemma4", synonyms: ["granite-embed-multi-311m", "sarvam-moe"], patterns: [#"[^\n]+|[\n]+"#],
      alphabet: .characters, addsBOS: true),
    GGUFPreTokenizer(name: "superbpe", patterns: [#"\p{N}+"#, #"(?=(\d{3})+(?!\d))"#]),
  ]

  // MARK: - Parts that several share

  private static func alternatives(_ parts: String...) -> String { parts.joined(separator: "|") }

  private static let spaces = #"\s+(?!\S)|\s+"#
  private static let lineEnds = #" ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"#

  /// The expression of Llama 3 and Qwen2, which differ in how they take numbers.
  private static func english(number: String) -> String {
    alternatives(
      contractions, #"[^\r\n\p{L}\p{N}]?\p{L}+"#, number, #" ?[^\s\p{L}\p{N}]+[\r\n]*"#, #"\s*[\r\n]+"#, spaces)
  }

  static let llama3 = english(number: #"\p{N}{1,3}"#)
  static let qwen2 = english(number: #"\p{N}"#)

  /// Words that change from upper to lower case once, with what may follow them.
  private static func cased(_ suffix: String, except: String = "") -> String {
    let upper = #"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}"# + except + "]"
    let lower = #"[\p{Ll}\p{Lm}\p{Lo}\p{M}"# + except + "]"
    let start = #"[^\r\n\p{L}\p{N}]?"#
    return "\(start)\(upper)*\(lower)+\(suffix)|\(start)\(upper)+\(lower)*\(suffix)"
  }

  private static let bloom = #" ?[^(\s|.,!?…。，、।۔،)]+"#
  private static let deepSeekIdeographs = "[一-龥ࠀ-一가-\u{D7FF}]+"
  private static let deepSeekPunctuation = "\\s?[!-/:-~！-／：-～‘-‟\u{3000}-。]+"
  private static let deepSeekKana = "[一-龥\u{3040}-ゟ゠-ヿ]+"
  private static let deepSeekWords = alternatives(
    ##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"##, #"[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"#)
  private static let deepSeek3 = alternatives(
    deepSeekWords, #" ?[\p{P}\p{S}]+[\r\n]*"#, #"\s*[\r\n]+"#, spaces)
  private static let deepSeekLetters =
    #"\s?["#
    + #"A-Za-zµÀ-ÖØ-öø-ƺƼ-ƿǄ-ʓʕ-ʯͰ-ͳͶͷͻ-ͽͿΆΈ-ΊΌΎ-ΡΣ-ϵϷ-ҁҊ-ԯԱ-ՖႠ-ჅᎠ-Ᏽᏸ-ᏽᲐ-ᲺᲽ-Ჿ"#
    + #"ᴀ-ᴫᵫ-ᵷᵹ-ᶚḀ-ἕἘ-Ἕἠ-ὅὈ-Ὅὐ-ὗὙὛὝὟ-ώᾀ-ᾴᾶ-ᾼιῂ-ῄῆ-ῌῐ-ΐῖ-Ίῠ-Ῥῲ-ῴῶ-ῼℂℇℊ-ℓℕℙ-ℝℤΩℨ"#
    + #"K-ℭℯ-ℴℹℼ-ℿⅅ-ⅉⅎↃↄⰀ-ⱻⱾ-ⳤⳫ-ⳮⳲⳳꙀ-ꙭꚀ-ꚛꜢ-ꝯꝱ-ꞇꞋ-ꞎꭰ-ꮿﬀ-ﬆﬓ-ﬗＡ-Ｚａ-ｚ𐐀-𐑏𐒰-𐓓𐓘-𐓻𐲀-𐲲"#
    + #"𐳀-𐳲𑢠-𑣟𞤀-𞥃"#
    + #"]+"#
}
