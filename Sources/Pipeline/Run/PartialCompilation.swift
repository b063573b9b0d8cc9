import Checkpoints
import Tensors

/// Compiles some blocks of a model into journals, and writes no product: other machines compile the others.
package struct PartialCompilation {
  private let plan: Plan
  private let blocks: BlockRange

  /// - Precondition: the range has no obstacle in the plan.
  package init(_ plan: Plan, _ blocks: BlockRange) {
    precondition(blocks.obstacle(plan) == nil, "blocks that can be compiled by themselves")
    self.plan = plan
    self.blocks = blocks
  }

  /// - Returns: the paths of the journals, each of which holds all of the blocks.
  package func execute(
    _ use: JournalUse, on workers: Workers, observer: @escaping RunObserver
  ) throws(RunError) -> [String] {
    plan.warnings.forEach { observer(.warning($0.description)) }
    observer(.began(.open, steps: 1))
    let opened: Journals?
    do { opened = try Journals.open(plan, RecipeInputs(plan), use, blocks) } catch { throw .checkpoint(error) }
    guard let journals = opened else { preconditionFailure("a range of blocks is for a journal") }
    observer(.advanced(.open, done: 1, of: 1, detail: ""))
    guard !journals.isFinished else { return journals.all.map(\.path) }
    let allotted = try TypeAllotment.resolved(plan, journals, on: workers, observer: observer)
    let resolved = try BitAllotment.resolved(allotted.plan, journals, on: workers, observer: observer)
    try Compilation(
      plan: resolved, journals: journals, known: allotted.gradients, workers: workers, observer: observer
    ).fill()
    return journals.all.map(\.path)
  }
}
