/// Where a value was written, so that a person can go there.
package enum SourcePosition: Sendable, Hashable {
  /// A place in a file. Both numbers count from 1; columns count Unicode scalars.
  case text(file: String, line: Int, column: Int)
  /// A file as a whole, for what has no line: an unreadable file, a missing one.
  case file(String)
  /// A value given on the command line as `--set KEY=VALUE`.
  case setting(String)
  /// A path given on the command line by an option, such as `--keep-rejected`.
  case option(String)

  /// Files come first, in reading order, and command-line settings after them.
  fileprivate var order: (Int, String, Int, Int) {
    switch self {
    case .file(let file): (0, file, 0, 0)
    case .text(let file, let line, let column): (0, file, line, column)
    case .setting(let key): (1, key, 0, 0)
    case .option(let name): (2, name, 0, 0)
    }
  }
}

extension SourcePosition: CustomStringConvertible {
  package var description: String {
    switch self {
    case .text(let file, let line, let column): "\(file):\(line):\(column)"
    case .file(let file): file
    case .setting(let key): "--set \(key)"
    case .option(let name): name
    }
  }
}

/// One thing to tell about a pipeline file, in the form that editors and terminals turn into a link.
package struct Diagnostic: Sendable, Hashable {
  package enum Severity: String, Sendable, Hashable {
    case error
    case warning
  }

  package let position: SourcePosition
  package let severity: Severity
  /// What was found and what was expected; a second, indented line holds a list that is too long for the first.
  package let message: String

  package init(_ position: SourcePosition, _ message: String, severity: Severity = .error) {
    self.position = position
    self.severity = severity
    self.message = message
  }

  /// The file, where the value stands in one.
  package var file: String? {
    switch position {
    case .text(let file, _, _), .file(let file): file
    case .setting, .option: nil
    }
  }

  /// The line, counted from 1, where the value stands in a file.
  package var line: Int? {
    if case .text(_, let line, _) = position { line } else { nil }
  }

  /// The column, counted from 1 in Unicode scalars, where the value stands in a file.
  package var column: Int? {
    if case .text(_, _, let column) = position { column } else { nil }
  }
}

extension Diagnostic: CustomStringConvertible, Comparable {
  /// `pipeline.yaml:6:11: error: found 'x', expected a number`.
  package var description: String { "\(position): \(severity.rawValue): \(message)" }

  package static func < (left: Diagnostic, right: Diagnostic) -> Bool {
    (left.position.order, left.message) < (right.position.order, right.message)
  }
}

private func < (
  left: ((Int, String, Int, Int), String), right: ((Int, String, Int, Int), String)
) -> Bool {
  left.0 == right.0 ? left.1 < right.1 : left.0 < right.0
}

/// Every mistake in a pipeline file, in reading order; its description is ready to print.
package struct SpecErrors: Error, Equatable, CustomStringConvertible {
  package let diagnostics: [Diagnostic]

  /// Sorts by position and keeps one of each: a mistake in a part that several variants share is told once.
  package init(_ diagnostics: [Diagnostic]) {
    self.diagnostics = Set(diagnostics).sorted()
  }

  package init(_ position: SourcePosition, _ message: String) {
    self.init([Diagnostic(position, message)])
  }

  package var description: String { diagnostics.map(\.description).joined(separator: "\n") }
}
