import ArgumentParser
import Pipeline

struct ImatrixCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "imatrix",
    abstract: "Writes the importance matrix of a pipeline's model on its calibration text, in llama.cpp's GGUF form.")

  @OptionGroup var pipeline: PipelineOptions
  @Option(name: .shortAndLong, help: ArgumentHelp("The file to write.", valueName: "file"))
  var output: String

  func run() throws {
    let specs = try pipeline.specs(running: false, files: [("--output", output)]).specs
    guard let spec = specs.first else { return }
    let plan = try pipeline.plan(spec)
    plan.warnings.forEach { Terminal.complain($0.description) }
    let progress = ProgressLine()
    do {
      let importance = try ImportanceGathering(plan, on: pipeline.workers.workers) { progress.show($0) }.execute()
      do { try importance.write(to: output).forEach { Terminal.complain("warning: \($0)") } } catch {
        throw RunError.checkpoint(error)
      }
      Terminal.answer(
        "wrote \(output)\n  \(importance.entries.count) matrices, \(importance.chunkCount) sequences of "
          + "\(importance.chunkSize) tokens")
    } catch let error as RunError {
      throw Failure(error)
    }
  }
}
