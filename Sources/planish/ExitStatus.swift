import Pipeline
import Spec

/// What the exit status says.
enum ExitStatus: Int32 {
  /// Published, or answered.
  case success = 0
  /// The run or its input failed.
  case failed = 1
  /// The pipeline file or the command line is wrong.
  case wrongRequest = 2
  /// A gate failed and nothing was published.
  case rejected = 3
  /// Stopped from the keyboard, as shells report it.
  case interrupted = 130
}

/// An end that is not success, with what to say about it.
struct Failure: Error {
  let status: ExitStatus
  /// One or more.
  let problems: [Problem]
  /// What there is to answer nevertheless, for JSON.
  var result: (any Encodable & Sendable)?
  /// A last line for people.
  var remark: String?
  /// Whether all ranks fail at the same time.
  var isTogether = false

  /// - Parameter message: what was found, what was expected, and what to do.
  init(_ status: ExitStatus, _ message: String, result: (any Encodable & Sendable)? = nil) {
    self.status = status
    problems = [Problem(message)]
    self.result = result
  }

  /// Mistakes with their places.
  init(_ status: ExitStatus, _ diagnostics: [Diagnostic]) {
    self.status = status
    problems = diagnostics.map(Problem.init)
  }

  /// A run or an input that failed.
  init(because error: any Error) {
    self.init(.failed, "\(error)")
  }

  /// Mistakes in a pipeline file.
  init(_ errors: SpecErrors, _ status: ExitStatus) {
    self.init(status, errors.diagnostics)
  }

  /// The exit status of a failed run.
  init(_ error: RunError) {
    switch error {
    case .specification(let errors): self.init(errors, .wrongRequest)
    case .input(let diagnostic): self.init(.failed, [diagnostic])
    default: self.init(because: error)
    }
  }

  /// Every problem on a line of its own.
  var message: String { (problems.map(\.text) + [remark].compactMap(\.self)).joined(separator: "\n") }
}

/// One thing that went wrong.
struct Problem: Encodable, Sendable {
  let message: String
  let severity: Diagnostic.Severity
  /// The pipeline file, where the problem has a place in it.
  let file: String?
  /// Both counted from 1.
  let line: Int?
  let column: Int?
  /// The option of the command line, where the problem has its place there.
  let option: String?
  /// As people read it.
  let text: String

  private enum CodingKeys: CodingKey {
    case message, severity, file, line, column, option
  }

  init(_ message: String) {
    self.message = message
    severity = .error
    file = nil
    line = nil
    column = nil
    option = nil
    text = "planish: error: \(message)"
  }

  /// What opens with file, line and column, as compilers and editors expect.
  init(_ diagnostic: Diagnostic) {
    message = diagnostic.message
    severity = diagnostic.severity
    file = diagnostic.file
    line = diagnostic.line
    column = diagnostic.column
    option = diagnostic.file == nil ? diagnostic.position.description : nil
    text = diagnostic.description
  }
}

extension Diagnostic.Severity: Encodable {}
