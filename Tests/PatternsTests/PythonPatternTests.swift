import Foundation
import Patterns
import TestSupport
import Testing

/// Patterns as Python's `re` reads them (see `Fixtures/python-patterns.py`, which asked it).
@Suite struct PythonPatternTests {
  private struct Expectation: Decodable {
    let pattern: String
    /// Nil where the pattern is no expression.
    let texts: [String]?
    let results: [Int]?
    /// Whether the pattern means something to Python that this engine does not do, and says so.
    let refused: Bool?
  }

  private static func load() throws -> [Expectation] {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Fixtures/python-patterns.json")
    return try JSONDecoder().decode([Expectation].self, from: Data(contentsOf: file))
  }

  @Test func matchesWhatPythonMatches() throws {
    var compared = 0
    for expectation in try Self.load() {
      guard let texts = expectation.texts, let results = expectation.results else { continue }
      let pattern: PythonPattern
      do { pattern = try PythonPattern(expectation.pattern) } catch {
        // Random patterns also hold what is refused.
        #expect(error.reason.contains("not supported"), "\(expectation.pattern): \(error)")
        continue
      }
      for (text, result) in zip(texts, results) {
        let found =
          (pattern.matches(text, .beginning) ? 1 : 0) + (pattern.matches(text, .whole) ? 2 : 0)
          + (pattern.matches(text, .anywhere) ? 4 : 0)
        #expect(found == result, "\(expectation.pattern.debugDescription) on \(text.debugDescription)")
        compared += 1
      }
    }
    #expect(compared > 7000)
  }

  @Test func refusesWhatPythonRefuses() throws {
    let expectations = try Self.load()
    let invalid = expectations.filter { $0.texts == nil && $0.refused == nil }
    #expect(invalid.count > 100)
    for expectation in invalid {
      #expect(throws: PatternError.self, "\(expectation.pattern)") { try PythonPattern(expectation.pattern) }
    }
    for expectation in expectations where expectation.refused == true {
      let error = #expect(throws: PatternError.self, "\(expectation.pattern)") {
        try PythonPattern(expectation.pattern)
      }
      let reason = error?.reason ?? ""
      #expect(reason.contains("not supported") || reason.contains("unfolds"), "\(expectation.pattern): \(reason)")
    }
  }

  /// Patterns on which a backtracking engine takes time that doubles with each character of the text.
  @Test(arguments: [
    "(.|.)*Z", "(a*)*Z", "(a+)+Z", "(?:a|aa)+Z", "(?=(a*)*Z)a", "(?:(?:a?){50}a{50})Z", "(.*)(.*)(.*)(.*)Z",
  ])
  func takesTimeInProportionToTheText(_ source: String) throws {
    let pattern = try PythonPattern(source)
    let text = String(repeating: "a", count: 4000)
    let time = ProcessorTime.measure {
      for extent in [PythonPattern.Extent.beginning, .whole, .anywhere] { #expect(!pattern.matches(text, extent)) }
    }
    #expect(time < 5)
    #expect(pattern.matches(text + "Z", .anywhere))
  }

  @Test(
    arguments: [
      String(repeating: "(", count: 100_000),
      String(repeating: "(?:", count: 5000) + String(repeating: ")", count: 5000),
      String(repeating: "(?=", count: 99) + "a{1000}" + String(repeating: ")", count: 99) + "{100}",
      String(repeating: "((((a{9}){9}){9}){9}){9}", count: 9), "(?:){100000}", String(repeating: "a|", count: 9000),
      "a" + String(repeating: "{1}", count: 100_000),
    ])
  func boundsWhatAPatternUnfoldsTo(_ source: String) {
    #expect(throws: PatternError.self) { try PythonPattern(source) }
  }

  @Test func saysWhereAPatternFails() {
    let error = #expect(throws: PatternError.self) { try PythonPattern("abc(d") }
    #expect(error.map { "\($0)" } == "at character 4: this group has no closing parenthesis")
  }
}
