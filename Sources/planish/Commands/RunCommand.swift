import ArgumentParser
import Pipeline

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a pipeline file: compiles, validates and publishes.",
    discussion: """
      EXAMPLES:
        planish run model.yaml
        planish run model.yaml --set quantize.type=q6_k --set report=build/q6
        planish run model.yaml --variant small --json
        planish run model.yaml --blocks 0..15
      """)

  @OptionGroup var pipeline: PipelineFileOptions
  @Option(
    help: ArgumentHelp(
      """
      Compiles these blocks alone, counted from 0, into a journal; `planish merge` puts journals of all blocks together. Asks for \
      calibrate.inputs: original.
      """, valueName: "first..last"),
    transform: { text in
      guard let blocks = BlockRange(text) else {
        throw ValidationError("found \(text), expected the first and the last block, such as 0..15")
      }
      return blocks
    })
  var blocks: BlockRange?
  @OptionGroup var running: RunOptions

  func validate() throws {
    if blocks != nil, running.noJournal {
      throw ValidationError("found --blocks with --no-journal, expected one of them")
    }
  }

  func run() throws {
    let request = PipelineRequest(file: pipeline.file, variants: pipeline.variants, planning: running.planning)
    let session = try Cluster.agree { () throws(Failure) in
      try PipelineSession(request, running, command: "run", over: Cluster.ranks)
    } on: {
      $0.facts
    }
    if let blocks { try session.compile(blocks) } else { try session.execute() }
  }
}
