import Pipeline

/// What every command prints with `--json`: one document, always of this shape (docs/cli.md).
struct Answer: Encodable {
  /// Which of `docs/schemas` describes it: `planish.run/1`.
  let schema: String
  /// The command's name.
  let command: String
  /// What was found or done; left out where there is nothing.
  let result: Box?
  /// Empty where all went well.
  let errors: [Problem]

  /// The version of all answers; it grows when a field changes its meaning or goes.
  static let version = 1

  /// A result of any kind.
  struct Box: Encodable {
    let value: any Encodable

    func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
  }

  init(_ result: (any Encodable)?, _ command: String, errors: [Problem] = []) {
    schema = "planish.\(command)/\(Self.version)"
    self.command = command
    self.result = result.map(Box.init)
    self.errors = errors
  }

  /// Prints a result.
  static func give(_ result: any Encodable, _ command: String) {
    Terminal.answer(RecordEncoding.encode(Answer(result, command)))
  }
}
