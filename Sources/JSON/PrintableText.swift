extension String {
  /// This text as a terminal may show it: what would command the terminal, or turn the order of what is read, is written
  /// as the escape that JSON has for it. Line ends and tabs stay.
  ///
  /// Names, metadata and texts come from files, and a file must not be able to clear the screen, set the window's title
  /// or forge a line.
  package var disarmed: String { disarmed { $0 == "\n" || $0 == "\t" } }

  /// The same on one line, for what is no message of ours: names and values from files.
  package var onOneLine: String { disarmed { _ in false } }

  private func disarmed(keeping isKept: (Unicode.Scalar) -> Bool) -> String {
    guard unicodeScalars.contains(where: { Self.commands($0) && !isKept($0) }) else { return self }
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      guard Self.commands(scalar), !isKept(scalar) else {
        result.append(scalar)
        continue
      }
      let digits = String(scalar.value, radix: 16)
      result.append(contentsOf: "\\u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)".unicodeScalars)
    }
    return String(result)
  }

  /// Control characters, line and paragraph separators, and what turns the direction of writing.
  private static func commands(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
