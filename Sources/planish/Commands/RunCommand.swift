import ArgumentParser

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a pipeline file: compiles, validates and publishes.",
    discussion: """
      EXAMPLES:
        planish run model.yaml
        planish run model.yaml --set quantize.type=q6_k --set report=build/q6
        planish run model.yaml --variant small --json
      """)

  @OptionGroup var pipeline: PipelineFileOptions
  @OptionGroup var running: RunOptions

  func run() throws {
    let request = PipelineRequest(file: pipeline.file, variants: pipeline.variants, planning: running.planning)
    try PipelineSession(request, running, command: "run").execute()
  }
}
