/// The order in which people count: `layers.2` before `layers.10`.
enum NaturalOrder {
  static func precedes(_ first: String, _ second: String) -> Bool {
    let (a, b) = (parts(first), parts(second))
    for (left, right) in zip(a, b) where left != right {
      if let m = number(left), let n = number(right), m != n { return m < n }
      return left < right
    }
    return a.count < b.count
  }

  /// Digits and everything else in turns.
  private static func parts(_ text: String) -> [Substring] {
    var parts: [Substring] = []
    var rest = text[...]
    while let first = rest.first {
      let part = rest.prefix { isDigit($0) == isDigit(first) }
      parts.append(part)
      rest = rest.dropFirst(part.count)
    }
    return parts
  }

  private static func number(_ part: Substring) -> Int? {
    part.first.map(isDigit) ?? false ? Int(part) : nil
  }

  private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }
}
