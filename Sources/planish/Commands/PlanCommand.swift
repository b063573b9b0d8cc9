import ArgumentParser
import Pipeline

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Checks a pipeline file against its model and shows what it would do.")

  @OptionGroup var pipeline: PipelineFileOptions
  @Flag(help: "Lists every tensor instead of one line for those that are alike.")
  var tensors = false
  @Option(help: ArgumentHelp("Plans for so many processes that make the run together.", valueName: "count"))
  var ranks = 1
  @OptionGroup var planning: PlanningOptions
  @OptionGroup var format: FormatOptions

  func validate() throws {
    if ranks < 1 { throw ValidationError("found --ranks \(ranks), expected a number of at least 1") }
  }

  func run() throws {
    let request = PipelineRequest(file: pipeline.file, variants: pipeline.variants, planning: planning)
    let plans = try request.pipelines(running: true).specs.map { try request.plan($0, ranks: ranks) }
    let rate = ResourcePlan.measuredRate(on: planning.workers.workers)
    guard !format.json else { return Answer.give(PlanAnswer(plans: plans.map { PlanReport($0, rate: rate) }), "plan") }
    for (index, plan) in plans.enumerated() {
      plan.warnings.forEach { Terminal.complain($0.description) }
      Terminal.answer((index > 0 ? "\n" : "") + PlanSummary.text(plan, rate: rate, tensors ? .each : .byKind))
    }
    if plans.count > 1 { Terminal.answer("\n" + PlanSummary.total(plans, try request.joint(plans), rate: rate)) }
  }
}

/// What pipelines would do.
struct PlanAnswer: Encodable {
  let plans: [PlanReport]
}
