import ArgumentParser
import Foundation
import Tensors

struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Writes a commented pipeline file for a model, to be read, changed and run.",
    discussion: """
      What is not given is asked for on a terminal, and takes its default elsewhere.

      EXAMPLES:
        planish init ./SmolLM2-135M
        planish init ./model q4_k_m q8_0 -o model.yaml
      """)

  @OptionGroup var draft: DraftOptions
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The pipeline file to write; - prints it. (default: the model's name and .yaml)", valueName: "file"),
    completion: .file(extensions: ["yaml"]))
  var output: String?
  @OptionGroup var workers: WorkerOptions
  @OptionGroup var format: FormatOptions

  func run() throws {
    var options = draft
    let asks = isatty(STDIN_FILENO) == 1 && Terminal.isWatched
    if asks, options.targets.isEmpty { options.targets = try askTargets() }
    if asks, options.calibrate.isEmpty,
      let text = Terminal.ask("a text to calibrate on", default: "that of the program")
    {
      options.calibrate = [text]
    }
    let made = try options.draft(
      output: nil, command: DraftFile.command(["init", draft.model] + options.targets), on: workers.workers)
    let path = output ?? "\(made.name).yaml"
    guard path != "-" else { return Terminal.answer(made.yaml(in: ".")) }
    let text = made.yaml(in: PipelineDraft.folder(of: path))
    try DraftFile.write(text, to: path)
    let place = NextSteps.shellQuoted(path)
    let next = ["planish plan \(place)", "planish run \(place)"]
    guard !format.json else { return Answer.give(InitAnswer(path: path, pipeline: text, next: next), "init") }
    Terminal.answer((["wrote \(path)", "next:"] + next.map { "  \($0)" }).joined(separator: "\n"))
  }

  /// Asks until what is answered is known.
  private func askTargets() throws -> [String] {
    while true {
      guard
        let answer = Terminal.ask(
          "what to make, such as q4_k_m, q6_k, gptq, awq, mlx", default: DraftOptions.usualTarget)
      else { return [] }
      let names = answer.split(whereSeparator: { " ,".contains($0) }).map(String.init)
      var options = draft
      options.targets = names
      do {
        _ = try options.chosen()
        return names
      } catch {
        Terminal.complain(error.message)
      }
    }
  }
}

/// A pipeline file that was written.
struct InitAnswer: Encodable {
  let path: String
  let pipeline: String
  /// What to type next.
  let next: [String]
}
