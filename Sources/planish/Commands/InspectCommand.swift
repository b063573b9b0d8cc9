import ArgumentParser

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Shows what is in a checkpoint: shapes, types, bits per weight, metadata.",
    discussion: """
      EXAMPLES:
        planish inspect model.gguf
        planish inspect ./model --json
      """)

  @Argument(help: "A Hugging Face folder or a GGUF file.", completion: .file())
  var model: String
  @OptionGroup var format: FormatOptions

  func run() throws {
    let report: CheckpointReport
    do { report = try CheckpointReport(path: model) } catch { throw Failure(because: error) }
    guard !format.json else { return Answer.give(report, "inspect") }
    Terminal.answer(report.text)
  }
}
