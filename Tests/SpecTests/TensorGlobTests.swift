import Spec
import TestSupport
import Testing

@Suite("A pattern over tensor names")
struct TensorGlobTests {
  @Test(
    "matches whole names",
    arguments: [
      ("output.weight", ["output.weight"], ["output.weights", "xoutput.weight", ""]),
      ("blk.*.weight", ["blk.0.attn_q.weight", "blk..weight"], ["blk.weight", "blk.0.attn_q.bias"]),
      ("*", ["", "a", "a.b"], []),
      ("blk.?.x", ["blk.3.x"], ["blk.13.x", "blk..x"]),
      ("blk.*.attn_{q,k,v}.weight", ["blk.0.attn_q.weight", "blk.9.attn_v.weight"], ["blk.0.attn_o.weight"]),
      ("{a,b*c,}d", ["ad", "bd_cd", "bcd", "d"], ["bd", "abd"]),
      ("{a{b,c},d}e", ["abe", "ace", "de"], ["ae", "abce"]),
      ("blk.{0,1,10}.*", ["blk.10.x", "blk.1.x"], ["blk.2.x", "blk.100.x"]),
      ("a,b", ["a,b"], ["a", "b"]),
      ("{a}", ["a"], ["{a}"]),
      ("gewicht_ä?", ["gewicht_äö"], ["gewicht_ä"]),
    ])
  func matching(_ pattern: String, _ names: [String], _ others: [String]) throws {
    let glob = try TensorGlob(pattern)
    for name in names { #expect(glob.matches(name), "\(name)") }
    for name in others { #expect(!glob.matches(name), "\(name)") }
    #expect("\(glob)" == pattern)
  }

  @Test(
    "is refused when it means nothing",
    arguments: [
      ("", "an empty pattern, expected a tensor name or a pattern"),
      ("a{b", "'{' without a '}' after it in the pattern"),
      ("a{b,", "'{' without a '}' after it in the pattern"),
      ("{a,{b}", "'{' without a '}' after it in the pattern"),
      ("a}b", "'}' without a '{' before it in the pattern"),
      ("blk.[0-3].x", "'[' in the pattern, expected *, ? or {a,b}: there are no character classes"),
      (String(repeating: "a", count: 513), "a pattern of 513 characters, expected at most 512"),
    ])
  func malformed(_ pattern: String, _ reason: String) {
    #expect(throws: TensorGlob.Malformed(reason: reason)) { try TensorGlob(pattern) }
  }

  @Test("agrees with an obvious matcher on random patterns")
  func reference() throws {
    /// Tries every way; exponential, and plain to see.
    func fits(_ pattern: Substring, _ name: Substring) -> Bool {
      guard let head = pattern.first else { return name.isEmpty }
      switch head {
      case "*": return fits(pattern.dropFirst(), name) || (!name.isEmpty && fits(pattern, name.dropFirst()))
      case "?": return !name.isEmpty && fits(pattern.dropFirst(), name.dropFirst())
      default: return name.first == head && fits(pattern.dropFirst(), name.dropFirst())
      }
    }
    var random = SeededRandom(seed: 1)
    var matches = 0
    for _ in 0..<5000 {
      func text(_ letters: String, upTo length: Int) -> String {
        String(
          (0..<Int.random(in: 1...length, using: &random)).compactMap { _ in letters.randomElement(using: &random) })
      }
      let pattern = text("ab*?", upTo: 6)
      let name = text("ab", upTo: 7)
      let expected = fits(pattern[...], name[...])
      #expect(try TensorGlob(pattern).matches(name) == expected, "\(pattern) \(name)")
      if expected { matches += 1 }
    }
    #expect(matches > 500)
  }

  @Test("costs no more for patterns that make backtracking explode")
  func linear() throws {
    let glob = try TensorGlob(String(repeating: "{a,a*}", count: 80) + "b")
    #expect(!glob.matches(String(repeating: "a", count: 4000)))
  }
}
