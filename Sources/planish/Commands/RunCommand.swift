import ArgumentParser
import Foundation
import Pipeline
import Reports

struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a pipeline file: compiles, validates and publishes.")

  @OptionGroup var pipeline: PipelineOptions
  @Option(
    help: ArgumentHelp(
      "A folder in which products that a gate refuses are kept for study, as NAME.rejected.gguf.", valueName: "folder"),
    completion: .directory)
  var keepRejected: String?
  @Flag(help: "Prints one JSON document instead of a summary.")
  var json = false

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  /// The reports that a run leaves, and among them the overview of a file with several pipelines.
  private static func recording(in folder: String?, ofSeveral: Bool, after earlier: [Outcome]) -> Recording {
    Recording(
      forms: ReportForms.all,
      overview: folder.flatMap {
        ofSeveral ? Recording.Overview(folder: $0, forms: ReportForms.overviews, earlier: earlier) : nil
      },
      earlierOverviews: ReportForms.overviews.compactMap { form in folder.map { "\($0)/\(form.fileName)" } })
  }

  func run() throws {
    var outcomes: [Outcome] = []
    // Every pipeline of the file is planned before the first one runs, so that mistakes cost no time.
    let rejected = keepRejected.map(Self.absolute)
    let (specs, reportFolder) = try pipeline.specs(running: true, rejected: rejected)
    let plans = try specs.map { try pipeline.plan($0) }
    let rejectedFolder = rejected.map { folder in
      RejectedFolder(folder, products: specs.flatMap { $0.products.map(\.path.absolute) })
    }
    for plan in plans {
      let progress = ProgressLine()
      let run = Run(
        plan, on: pipeline.workers.workers,
        recording: Self.recording(in: reportFolder, ofSeveral: plans.count > 1, after: outcomes),
        keepingRejected: rejectedFolder
      ) { progress.show($0) }
      do { outcomes.append(try run.execute()) } catch {
        // What the pipelines before this one came to is not lost with it.
        if json, !outcomes.isEmpty { Terminal.answer(RecordEncoding.encode(outcomes)) }
        throw Failure(error).after(outcomes)
      }
      if !json { Terminal.answer(Summary.text(outcomes[outcomes.count - 1])) }
      if !json, let folder = plan.spec.report { Terminal.answer("report \(folder.absolute)/\(HTMLReport().fileName)") }
    }
    if json { Terminal.answer(outcomes.count == 1 ? outcomes[0].json() : RecordEncoding.encode(outcomes)) }
    let refused = outcomes.filter { !$0.isPublished }.flatMap(\.products).map(\.path)
    guard refused.isEmpty else {
      let list = refused.joined(separator: ", ")
      throw Failure(status: .rejected, message: "planish: error: a gate does not hold; not published: \(list)")
    }
  }
}

extension Failure {
  /// The same, with what the pipelines before the one that failed have published.
  fileprivate func after(_ outcomes: [Outcome]) -> Failure {
    let published = outcomes.filter(\.isPublished).flatMap(\.products).map(\.path)
    guard !published.isEmpty else { return self }
    return Failure(status: status, message: "\(message)\nplanish: \(Interruption.tell(published))")
  }
}
