import JSON
import Testing

@Suite struct PrintableTextTests {
  @Test(
    arguments: [
      ("plain é 中 😀", "plain é 中 😀"), ("\u{1B}[2J", #"\u001b[2J"#), ("\u{9B}2J", #"\u009b2J"#), ("a\rb", #"a\u000db"#),
      ("a\u{202E}b", #"a\u202eb"#), ("\u{7F}", #"\u007f"#), ("\u{0}", #"\u0000"#), ("\u{2028}", #"\u2028"#),
      ("\u{2066}", #"\u2066"#),
      ("\u{8}\u{7}", #"\u0008\u0007"#), ("\u{1B}]0;title\u{7}", #"\u001b]0;title\u0007"#),
    ])
  func nothingCommandsTheTerminal(_ text: String, _ expected: String) {
    #expect(text.disarmed == expected)
    #expect(text.onOneLine == expected)
  }

  @Test func linesStayWhereTheyAreOurs() {
    #expect("a\n\tb".disarmed == "a\n\tb")
    #expect("a\n\tb".onOneLine == #"a\u000a\u0009b"#)
  }
}
