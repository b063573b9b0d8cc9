import ArgumentParser
import Pipeline
import Reports
import Spec
import Tensors

/// Which pipelines: those of a file, or some of its variants.
struct PipelineFileOptions: ParsableArguments {
  @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(
    name: .customLong("variant"), parsing: .singleValue,
    help: ArgumentHelp("Only this variant of the file. May be given several times.", valueName: "name"))
  var variants: [String] = []
}

/// What every command that plans a pipeline takes.
struct PlanningOptions: ParsableArguments {
  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp(
      "Replaces a value of the pipeline file. May be given several times.", valueName: "key.path=value"))
  var settings: [String] = []

  @Option(
    help: ArgumentHelp(
      "Memory that the run may take, such as 8GiB. Without it, a file holds activations beyond a quarter of the machine's.",
      valueName: "amount"),
    transform: { text in
      guard let budget = MemoryBudget(text) else {
        throw ValidationError("found \(text), expected an amount with its unit, such as 8GiB or 500MB")
      }
      return budget
    })
  var memory: MemoryBudget?

  @OptionGroup var workers: WorkerOptions
}

/// What every command that runs a pipeline takes.
struct RunOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A folder in which products that a gate refuses are kept for study, as NAME.rejected.gguf.", valueName: "folder"),
    completion: .directory)
  var keepRejected: String?

  @Flag(help: "Begins anew where an earlier run of the pipeline was ended, instead of going on behind its last block.")
  var fresh = false

  @Flag(help: "Keeps no journal: a run that is ended begins anew, and takes less of the disk.")
  var noJournal = false

  @OptionGroup var planning: PlanningOptions
  @OptionGroup var format: FormatOptions

  var journals: JournalUse { noJournal ? .none : fresh ? .fresh : .goOn }

  func validate() throws {
    if fresh, noJournal { throw ValidationError("found --fresh with --no-journal, expected one of them") }
  }
}

/// How a command answers.
struct FormatOptions: ParsableArguments {
  @Flag(help: "Prints one JSON document instead of text (docs/cli.md).")
  var json = false
}

/// How many threads may work.
struct WorkerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Threads to use, at most one for each core. The result does not depend on it.", valueName: "count"))
  var jobs: Int?

  func validate() throws {
    if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): expected a number of at least 1") }
  }

  /// Never more than there are cores: further threads would only wait for each other, and each has memory of its own.
  var workers: Workers { Workers(count: min(jobs ?? .max, Workers.all.count)) }
}
