import ArgumentParser
import Pipeline

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Checks a pipeline file against its model and shows what it would do.")

  @OptionGroup var pipeline: PipelineOptions
  @Flag(help: "Prints one JSON document instead of a table.")
  var json = false

  func run() throws {
    let plans = try pipeline.specs(running: true).specs.map { try pipeline.plan($0) }
    let rate = ResourcePlan.measuredRate(on: pipeline.workers.workers)
    if json {
      let reports = plans.map { PlanReport($0, rate: rate) }
      Terminal.answer(reports.count == 1 ? RecordEncoding.encode(reports[0]) : RecordEncoding.encode(reports))
      return
    }
    for plan in plans {
      plan.warnings.forEach { Terminal.complain($0.description) }
      Terminal.answer(PlanSummary.text(plan, rate: rate))
    }
  }
}
