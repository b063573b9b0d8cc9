import Foundation
import Pipeline
import Reports
import Spec
import Tensors

/// Pipelines that are run one after the other, with what is said of them.
struct PipelineSession {
  private let plans: [Plan]
  /// What is compiled for several of them at once, before the first of them runs.
  private let joint: [JointCompilation]
  private let reportFolder: String?
  private let rejected: RejectedFolder?
  private let options: RunOptions
  private let command: String
  private let pipeline: String?
  /// The pipeline file, as it was asked for.
  private let file: String
  private let ranks: any Ranks

  /// Plans every pipeline before the first one runs, so that mistakes cost no time.
  ///
  /// - Parameter command: the command's name, for JSON.
  init(
    _ request: PipelineRequest, _ options: RunOptions, command: String, over ranks: any Ranks = OneRank()
  ) throws(Failure) {
    self.ranks = ranks
    let rejected = options.keepRejected.map(PipelineDraft.absolute)
    let pipelines = try request.pipelines(running: true, rejected: rejected)
    var plans: [Plan] = []
    for spec in pipelines.specs { plans.append(try request.plan(spec, ranks: ranks.count)) }
    self.plans = plans
    joint = options.noJournal || ranks.count > 1 ? [] : try request.joint(plans)
    reportFolder = pipelines.reportFolder
    self.rejected = rejected.map { folder in
      RejectedFolder(folder, products: pipelines.specs.flatMap { $0.products.map(\.path.absolute) })
    }
    self.options = options
    self.command = command
    pipeline = request.text
    file = request.file
  }

  /// Compiles some blocks of each pipeline into journals, for `planish merge`, and answers.
  func compile(_ blocks: BlockRange) throws(Failure) {
    for plan in plans {
      guard let obstacle = blocks.obstacle(plan) else { continue }
      throw Failure(.wrongRequest, "found --blocks \(blocks) with \(name(plan)), \(obstacle)")
    }
    let workers = options.planning.workers.workers
    let progress = ProgressLine(RunForecast(only: .compile))
    defer { progress.finish() }
    var journals: [String] = []
    for plan in plans {
      do {
        journals += try PartialCompilation(plan, blocks).execute(options.journals, on: workers) { progress.show($0) }
      } catch {
        throw Failure(error)
      }
    }
    progress.finish()
    let next = "planish merge \(file) JOURNAL…, with the journals of all blocks, makes the products"
    guard !options.format.json else {
      return Answer.give(RunAnswer([], pipeline: pipeline, next: [next], journals: journals), command)
    }
    Terminal.answer((journals.map { "blocks \(blocks): \($0)" } + ["next:", "  \(next)"]).joined(separator: "\n"))
  }

  private func name(_ plan: Plan) -> String { plan.spec.variant.map { "the variant \($0)" } ?? "this pipeline" }

  /// Puts journals of some blocks together.
  ///
  /// - Parameter paths: of journals, and of folders that they are in.
  func merge(_ paths: [String]) throws(Failure) {
    do { try JournalMerge(plans).execute(paths) } catch { throw Failure(error) }
  }

  /// What has to be the same on all ranks, by name.
  var facts: [String: String] {
    plans.reduce(into: ["pipelines": "\(plans.count)"]) { facts, plan in
      let name = plan.spec.variant.map { " of \($0)" } ?? ""
      for (fact, value) in plan.facts { facts[fact + name] = value }
    }
  }

  /// Takes part in what the first rank runs.
  private func follow() throws(Failure) {
    for plan in plans {
      do { try Run(plan, on: options.planning.workers.workers, over: ranks).follow() } catch { throw Failure(error) }
    }
  }

  /// Runs all, and answers.
  func execute() throws(Failure) {
    guard ranks.isFirst else { return try follow() }
    var outcomes: [Outcome] = []
    let rate = ResourcePlan.measuredRate(on: options.planning.workers.workers)
    let progress = ProgressLine(RunForecast(plans, joint, rate: rate))
    defer { progress.finish() }
    for (index, group) in joint.enumerated() {
      progress.begin(index)
      do {
        try group.execute(options.journals, on: options.planning.workers.workers) { progress.show($0) }
      } catch {
        throw Failure(error)
      }
    }
    let joined = Set(joint.flatMap(\.members))
    for (index, plan) in plans.enumerated() {
      progress.begin(joint.count + index)
      let run = Run(
        plan, on: options.planning.workers.workers, over: ranks, recording: recording(after: outcomes),
        keepingRejected: rejected,
        journals: joined.contains(index) ? .joint : options.journals
      ) { progress.show($0) }
      do { outcomes.append(try run.execute()) } catch {
        // What the pipelines before this one came to is not lost with it.
        throw Failure(error).after(outcomes, RunAnswer(outcomes, pipeline: pipeline, next: []))
      }
      guard !options.format.json, let outcome = outcomes.last else { continue }
      progress.aside {
        Terminal.answer(Summary.text(outcome))
        Remarks.of(plan).forEach { Terminal.answer(PlanSummary.fact("  note", $0)) }
        if let folder = plan.spec.report { Terminal.answer("report \(folder.absolute)/\(HTMLReport().fileName)") }
      }
    }
    progress.finish()
    if !options.format.json, let table = Summary.table(outcomes) {
      let overview = plans.count > 1 ? reportFolder.map { "\noverview \($0)/overview.html" } ?? "" : ""
      Terminal.answer("\n\(table)\(overview)")
    }
    try answer(outcomes)
  }

  private func answer(_ outcomes: [Outcome]) throws(Failure) {
    let refused = outcomes.filter { !$0.isPublished }.flatMap(\.products).map(\.path)
    let next = zip(plans, outcomes).filter(\.1.isPublished).flatMap { NextSteps.lines(for: $0.0) }
    let answer = RunAnswer(outcomes, pipeline: pipeline, next: next)
    guard refused.isEmpty else {
      throw Failure(
        .rejected, "a gate does not hold; not published: \(refused.joined(separator: ", "))", result: answer)
    }
    if options.format.json {
      Answer.give(answer, command)
    } else if !next.isEmpty {
      Terminal.answer((["next:"] + next.map { "  \($0)" }).joined(separator: "\n"))
    }
  }

  /// The reports that a run leaves, and among them the overview of a file with several pipelines.
  private func recording(after earlier: [Outcome]) -> Recording {
    Recording(
      forms: ReportForms.all,
      overview: reportFolder.flatMap {
        plans.count > 1 ? Recording.Overview(folder: $0, forms: ReportForms.overviews, earlier: earlier) : nil
      },
      earlierOverviews: ReportForms.overviews.compactMap { form in reportFolder.map { "\($0)/\(form.fileName)" } })
  }
}

/// What pipelines came to.
struct RunAnswer: Encodable {
  /// In the order in which they ran.
  let runs: [Outcome]
  /// The pipeline file, where the command made it.
  let pipeline: String?
  /// What to type next with the products.
  let next: [String]
  /// Journals that were filled, where that is all.
  let journals: [String]?

  init(_ runs: [Outcome], pipeline: String?, next: [String], journals: [String]? = nil) {
    self.journals = journals
    self.runs = runs
    self.pipeline = pipeline
    self.next = next
  }
}

extension Failure {
  /// The same, with what the pipelines before the one that failed have published.
  fileprivate func after(_ outcomes: [Outcome], _ result: RunAnswer) -> Failure {
    guard !outcomes.isEmpty else { return self }
    var failure = self
    failure.result = result
    let published = outcomes.filter(\.isPublished).flatMap(\.products).map(\.path)
    if !published.isEmpty { failure.remark = "planish: \(Interruption.tell(published))" }
    return failure
  }
}
