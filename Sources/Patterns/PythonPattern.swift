/// A regular expression as Python's `re` reads it, matched in time that is linear in the text.
///
/// Configurations choose modules by such expressions. They come with a model, so nothing about them is trusted: no text
/// makes the matcher backtrack, and what it does not know is an error, never "matches nothing". Understood is what `re` of
/// Python 3.11 has for texts, but for back-references, conditions, atomic groups, possessive quantifiers, `\N{…}` and the
/// flags `x` and `L`.
package struct PythonPattern: Sendable {
  /// The expression as it was written.
  package let source: String
  /// Those of lookarounds, inner ones first; the last is the whole expression's.
  private let programs: [PythonProgram]

  /// How much of a text has to match: what `re.match`, `re.fullmatch` and `re.search` ask.
  package enum Extent: Sendable {
    case beginning
    case whole
    case anywhere
  }

  /// Compiles an expression. O(length of what its repetitions unfold to).
  ///
  /// - Throws: what is wrong with it, or goes beyond what is understood.
  package init(_ source: String) throws(PatternError) {
    var compiler = PythonCompiler(source: source)
    try compiler.compile(PythonParser.parse(source))
    self.source = source
    programs = compiler.programs
  }

  /// Whether a text matches. O(instructions × length of the text).
  package func matches(_ text: String, _ extent: Extent) -> Bool {
    let scalars = text.unicodeScalars.map(\.value)
    var lookarounds: [[Bool]] = []
    for program in programs.dropLast() {
      lookarounds.append(program.successes(in: scalars, lookarounds: lookarounds, endsAnywhere: true))
    }
    guard let main = programs.last else { return false }
    let starts = main.successes(in: scalars, lookarounds: lookarounds, endsAnywhere: extent != .whole)
    return extent == .anywhere ? starts.contains(true) : starts[0]
  }
}

extension PythonPattern: Equatable {
  package static func == (a: PythonPattern, b: PythonPattern) -> Bool { a.source == b.source }
}

/// What is wrong with a regular expression that a file holds.
package struct PatternError: Error, Equatable, CustomStringConvertible {
  package let source: String
  /// Counts from 0.
  package let position: Int
  package let reason: String

  package var description: String { "at character \(position + 1): \(reason)" }
}
