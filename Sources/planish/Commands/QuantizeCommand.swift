import ArgumentParser
import Foundation

struct QuantizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "quantize",
    abstract: "Quantizes a model in one step: calibrates, solves, measures, publishes, and says how to run it.",
    discussion: """
      It makes an ordinary pipeline file and runs exactly that; --print shows it. Nothing is fetched from anywhere.

      EXAMPLES:
        planish quantize ./SmolLM2-135M
        planish quantize HuggingFaceTB/SmolLM2-135M q4_k_m -o smollm2.gguf
        planish quantize ./model gptq --bits 4
        planish quantize ./model q4_k_m q6_k q8_0 --calibrate my-text.txt
      """)

  @OptionGroup var draft: DraftOptions
  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file or folder to write. (default: the model's name and the target, in the current folder)",
      valueName: "path"),
    completion: .file())
  var output: String?
  @Flag(help: "Prints the pipeline file and runs nothing.")
  var print = false
  @Option(
    help: ArgumentHelp("Also saves the pipeline file.", valueName: "file"), completion: .file(extensions: ["yaml"]))
  var save: String?
  @OptionGroup var running: RunOptions

  func validate() throws {
    if output != nil, draft.targets.count > 1 {
      throw ValidationError("found --output with \(draft.targets.count) targets, expected one target with it")
    }
  }

  func run() throws {
    let command = DraftFile.command(["quantize", draft.model] + draft.targets)
    let made = try draft.draft(output: output, command: command, on: running.planning.workers.workers)
    let folder = save.map { PipelineDraft.folder(of: $0) } ?? "."
    let text = made.yaml(in: folder)
    guard !print else { return Terminal.answer(text) }
    if let save { try DraftFile.write(text, to: save) }
    let request = PipelineRequest(file: save ?? Self.unsaved, text: text, planning: running.planning)
    do {
      try PipelineSession(request, running, command: "quantize").execute()
    } catch {
      guard save == nil, error.problems.contains(where: { $0.file == Self.unsaved }) else { throw error }
      var failure = error
      failure.remark =
        "planish: \(Self.unsaved) is the pipeline file that this command made; --print shows it, --save keeps it"
      throw failure
    }
  }

  /// What problems call a pipeline file that is only in memory.
  private static let unsaved = "quantize.yaml"
}
