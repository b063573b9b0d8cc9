/// Texts that tokenizers get wrong: contractions, mixed line ends, combining marks, joined emoji, scripts, digits,
/// names of special tokens, separators, controls, and one long word.
enum TokenizerTexts {
  static let all: [String] = [
    "",
    " ",
    "Hello world",
    "Hello, World! It's 12345.67 o'clock; we'll SEE, I'VE'd",
    "line one\u{A}line two\u{D}\u{A}\u{D}\u{A}\u{9}indented\u{9}\u{9}tabs   \u{A}   spaces   end  ",
    "\u{E9} e\u{301} \u{C5} A\u{30A} \u{1112}\u{1161}\u{11AB} \u{D55C} \u{FB01} \u{2126} \u{212B}",
    "\u{1F600}\u{1F469}\u{200D}\u{1F469}\u{200D}\u{1F467} \u{1F1E9}\u{1F1EA} flags \u{2764}\u{FE0F}",
    "\u{4ECA}\u{5929}\u{5929}\u{6C14}\u{5F88}\u{597D}\u{3002}\u{3053}\u{3093}\u{306B}\u{3061}"
      + "\u{306F} \u{30AB}\u{30BF}\u{30AB}\u{30CA} \u{FF11}\u{FF12}\u{FF13}",
    "\u{927}\u{94D}\u{92F}\u{93E}\u{928} \u{443}\u{436}\u{430}\u{441} \u{3A3}\u{3AF}\u{3C3}\u{3C5}"
      + "\u{3C6}\u{3BF}\u{3C2} \u{627}\u{644}\u{639}\u{631}\u{628}\u{64A}\u{629} \u{5E9}\u{5DC}\u{5D5}"
      + "\u{5DD}",
    "def f(x):\u{A}    return x**2  # \u{B2} \u{BD} \u{2460} \u{663}\u{A}\u{A}\u{A}",
    "a\u{A0}b\u{2003}c\u{3000}d\u{85}e\u{2028}f",
    "'s 'S '\u{17F} 'RE 're  don't DON'T x'\u{212A}x",
    "<|endoftext|>a<s> b</s>  <unk><0x0A> <|im_start|>",
    "3 33 333 3333 33333 333333 3333333 3,333.33",
    "\u{2581}under\u{2581} \u{2581}\u{2581} score_under__x --- ===== !?.,;",
    "camelCaseHTTPServer \u{1C4}ungla \u{1C5} \u{AA}\u{BA} \u{2B0}\u{300}x",
    "\u{0}\u{1}\u{7F}\u{FFFD}\u{FEFF}\u{E000}\u{E0041}\u{3FFFD}",
    String(repeating: String(repeating: "a", count: 103) + "b", count: 3),
  ]
}
