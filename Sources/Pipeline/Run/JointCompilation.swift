import Checkpoints
import Spec
import Tensors

/// Compiles side by side what several pipelines hold that differ in nothing else: blocks are read once, and what cannot differ is
/// computed once. Each pipeline then finds all its tensors in its journals.
package struct JointCompilation {
  /// Places of the pipelines, in their order.
  package let members: [Int]
  /// The first of the plans, with the editions of all.
  package let plan: Plan
  private let parts: [Plan]

  /// Pipelines that can be compiled together, each in at most one group; those that cannot are in none.
  ///
  /// - Parameter budget: memory that runs may take, as for a plan.
  package static func all(
    _ plans: [Plan], on workers: Workers, within budget: MemoryBudget?
  ) throws(RunError) -> [JointCompilation] {
    var groups: [[Int]] = []
    for (index, plan) in plans.enumerated() where plan.calibrates && !plan.sharesCalibration {
      if let place = groups.firstIndex(where: { areAlike(plans[$0[0]], plan) }) {
        groups[place].append(index)
      } else {
        groups.append([index])
      }
    }
    var all: [JointCompilation] = []
    for members in groups where members.count > 1 {
      let parts = members.map { plans[$0] }
      var plan = parts[0].replacing(parts.flatMap(\.editions))
      plan.resources = try Planner.resources(of: plan, on: workers, within: budget)
      // One after the other they are better off by themselves.
      guard plan.resources.compilesSideBySide else { continue }
      all.append(JointCompilation(members: members, plan: plan, parts: parts))
    }
    return all
  }

  /// Whether two pipelines differ at most in what their products hold, what these are called and how they are judged.
  private static func areAlike(_ first: Plan, _ second: Plan) -> Bool {
    first.files == second.files && first.calibration == second.calibration
      && RecipeOptions.shared(first) == RecipeOptions.shared(second)
  }

  /// Fills the journals of all pipelines.
  package func execute(
    _ use: JournalUse, on workers: Workers, observer: @escaping RunObserver
  ) throws(RunError) {
    observer(.began(.open, steps: 1))
    let opened: (plan: Plan, journals: Journals)
    do { opened = try open(use) } catch { throw .checkpoint(error) }
    observer(.advanced(.open, done: 1, of: 1, detail: ""))
    let allotted = try TypeAllotment.resolved(opened.plan, opened.journals, on: workers, observer: observer)
    let plan = try BitAllotment.resolved(allotted.plan, opened.journals, on: workers, observer: observer)
    try Compilation(
      plan: plan, journals: opened.journals, known: allotted.gradients, workers: workers, observer: observer
    ).fill()
  }

  /// The journal of each recipe, once.
  private func open(_ use: JournalUse) throws(CheckpointError) -> (plan: Plan, journals: Journals) {
    let inputs = try RecipeInputs(parts[0])
    var editions: [Edition] = []
    var journals: [Journal] = []
    var known: Set<String> = []
    for part in parts {
      for edition in part.editions.indices {
        let place = Journals.place(part, edition, inputs)
        guard known.insert(place.key).inserted else { continue }
        editions.append(part.editions[edition])
        journals.append(try Journals.open(part, edition, place, use))
      }
    }
    return (plan.replacing(editions), Journals(all: journals, use: use))
  }
}
