/// The turns of phrase that diagnostics share.
package enum Wording {
  /// A list longer than this goes to a line of its own.
  private static let lineBudget = 60
  /// Longer texts are shortened in messages.
  private static let longestQuote = 60

  /// Puts a text from the file in quotes, shortened, without control characters that would disturb a terminal.
  package static func quote(_ text: String) -> String {
    var shown = ""
    for scalar in text.unicodeScalars.prefix(longestQuote) {
      if scalar.properties.generalCategory == .control {
        shown += "\\u{\(String(scalar.value, radix: 16))}"
      } else {
        shown.unicodeScalars.append(scalar)
      }
    }
    return text.unicodeScalars.count > longestQuote ? "'\(shown)…'" : "'\(shown)'"
  }

  /// "found …, expected one of a, b", with a guess where one known name is close to `name`.
  ///
  /// - Parameter listed: what the message lists; all known names unless they are too many.
  package static func unknown(_ found: String, named name: String, known: [String], listed: [String]? = nil) -> String {
    let guess = closest(to: name, among: known).map { "; did you mean \(quote($0))?" } ?? ""
    let names = listed ?? known
    let list = names.joined(separator: ", ")
    let expected = names.count == 1 ? "expected \(list)" : "expected one of \(list)"
    guard list.count > lineBudget else { return "found \(found), \(expected)\(guess)" }
    return "found \(found)\(guess)\n    \(expected)"
  }

  /// The known name that is a slip of the keyboard away from `name`, if any: one edit in three characters at most.
  package static func closest(to name: String, among known: [String]) -> String? {
    let distances = known.map { (name: $0, edits: editDistance(name.lowercased(), $0.lowercased())) }
    let best = distances.min { $0.edits < $1.edits }
    guard let best, best.edits <= max(1, min(name.count, best.name.count) / 3) else { return nil }
    return best.name
  }

  /// Insertions, deletions, replacements and swaps of neighbours that lead from one text to the other (the optimal
  /// string alignment distance). Costs O(left · right); texts beyond 64 characters are not compared.
  package static func editDistance(_ left: String, _ right: String) -> Int {
    let a = Array(left)
    let b = Array(right)
    guard a.count <= 64, b.count <= 64 else { return .max }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 0..<a.count {
      var row = [i + 1]
      for j in 0..<b.count {
        var edits = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { edits = min(edits, beforeLast[j - 1] + 1) }
        row.append(edits)
      }
      beforeLast = last
      last = row
    }
    return last[b.count]
  }
}
