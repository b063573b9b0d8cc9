import ArgumentParser
import Pipeline

struct ImatrixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imatrix",
    abstract: "Writes the importance matrix of a pipeline's model on its calibration text, in llama.cpp's GGUF form.")

  @OptionGroup var pipeline: PipelineFileOptions
  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String
  @OptionGroup var planning: PlanningOptions
  @OptionGroup var format: FormatOptions

  func run() throws {
    let request = PipelineRequest(file: pipeline.file, variants: pipeline.variants, planning: planning)
    let specs = try request.pipelines(running: false, files: [("--output", output)]).specs
    guard let spec = specs.first else { return }
    let plan = try request.plan(spec)
    plan.warnings.forEach { Terminal.complain($0.description) }
    let progress = ProgressLine(RunForecast(only: .compile))
    do {
      let importance = try ImportanceGathering(plan, on: planning.workers.workers) { progress.show($0) }.execute()
      progress.finish()
      do { try importance.write(to: output).forEach { Terminal.complain("warning: \($0)") } } catch {
        throw RunError.checkpoint(error)
      }
      let answer = ImatrixAnswer(
        path: output, matrices: importance.entries.count, sequences: importance.chunkCount,
        tokensPerSequence: importance.chunkSize)
      guard !format.json else { return Answer.give(answer, "imatrix") }
      Terminal.answer(
        "wrote \(output)\n  \(answer.matrices) matrices, \(answer.sequences) sequences of "
          + "\(answer.tokensPerSequence) tokens")
    } catch let error as RunError {
      throw Failure(error)
    }
  }
}

/// An importance matrix that was written.
struct ImatrixAnswer: Encodable {
  let path: String
  let matrices: Int
  let sequences: Int
  let tokensPerSequence: Int
}
