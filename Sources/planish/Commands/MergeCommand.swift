import ArgumentParser

struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge",
    abstract: "Puts journals of `run --blocks` together, validates and publishes.",
    discussion: """
      The products have the bytes that one run makes. Every machine needs the same pipeline file, the same model and texts, and \
      processors with the same BLAS kernels; only journals travel.

      EXAMPLES:
        planish run model.yaml --blocks 0..15       # on one machine
        planish run model.yaml --blocks 16..31      # on another one
        planish merge model.yaml from-other/3f2a9c.16-31.journal
      """)

  @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
  var file: String
  @Argument(
    help: ArgumentHelp(
      "Journals of some blocks, or folders that they are in. Those beside the products are found.", valueName: "journal"
    ),
    completion: .file(extensions: ["journal"]))
  var journals: [String] = []
  @Option(
    name: .customLong("variant"), parsing: .singleValue,
    help: ArgumentHelp("Only this variant of the file. May be given several times.", valueName: "name"))
  var variants: [String] = []
  @OptionGroup var running: RunOptions

  func validate() throws {
    if running.fresh || running.noJournal {
      throw ValidationError("found --fresh or --no-journal, expected neither: journals are what is merged")
    }
  }

  func run() throws {
    let request = PipelineRequest(file: file, variants: variants, planning: running.planning)
    let session = try PipelineSession(request, running, command: "merge")
    try session.merge(journals)
    try session.execute()
  }
}
