import ArgumentParser
import Pipeline
import Reports
import Tensors

/// What every command that reads a pipeline file takes.
struct PipelineOptions: ParsableArguments {
  @Argument(help: "The pipeline file.", completion: .file(extensions: ["yaml", "yml"]))
  var file: String

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Replaces a value of the file. May be given several times.", valueName: "key.path=value"))
  var settings: [String] = []

  @Option(
    name: .customLong("variant"), parsing: .singleValue,
    help: ArgumentHelp("Only this variant of the file. May be given several times.", valueName: "name"))
  var variants: [String] = []

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

  /// The pipelines that are asked for: all of the file, or the variants that are named; and the folder of the file's own report,
  /// if it asks for one.
  ///
  /// - Parameters:
  ///   - running: whether their products and reports are to be made: then every place is looked at.
  ///   - rejected: the folder in which refused products are to be kept.
  ///   - files: what the command writes beside, each with the option that names it.
  func specs(
    running: Bool, rejected: String? = nil, files: [(option: String, path: String)] = []
  ) throws(Failure) -> (specs: [Spec], reportFolder: String?) {
    let outputs = CommandOutputs(
      running: running
        ? CommandOutputs.Running(
          variants: variants, reportFiles: ReportForms.all.map(\.fileName),
          overviewFiles: ReportForms.overviews.map(\.fileName), rejected: rejected) : nil,
      files: files)
    let file: SpecFile
    do { file = try SpecFile.load(path: self.file, settings: settings, registries: .all, outputs: outputs) } catch {
      throw Failure(status: .wrongRequest, message: "\(error)")
    }
    let reportFolder = file.base.report?.absolute
    guard !variants.isEmpty else { return (file.all, reportFolder) }
    let known = file.variants.compactMap(\.variant)
    var chosen: [Spec] = []
    for name in variants {
      guard let spec = file.variants.first(where: { $0.variant == name }) else {
        let list = known.isEmpty ? "this file has no variants" : "known are: \(known.joined(separator: ", "))"
        throw Failure(status: .wrongRequest, message: "planish: error: --variant \(name): no such variant; \(list)")
      }
      chosen.append(spec)
    }
    return (chosen, reportFolder)
  }

  /// Resolves one pipeline against its model.
  func plan(_ spec: Spec) throws(Failure) -> Plan {
    do { return try Planner.plan(spec, on: workers.workers, within: memory) } catch { throw Failure(error) }
  }
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

extension Failure {
  /// The exit status of a failed run.
  init(_ error: RunError) {
    switch error {
    // These open with file, line and column, as compilers and editors expect.
    case .specification: self.init(status: .wrongRequest, message: "\(error)")
    case .memory: self.init(status: .failed, message: "planish: error: \(error)")
    case .input: self.init(status: .failed, message: "\(error)")
    default: self.init(because: error)
    }
  }
}
