import Pipeline
import Reports
import Spec

/// The pipelines that a command is asked for, and how they are to be planned.
struct PipelineRequest {
  let file: String
  /// What stands in the file, where it is only in memory.
  var text: String?
  var variants: [String] = []
  let planning: PlanningOptions

  /// The pipelines, and the folder of the file's own report, if it asks for one.
  struct Pipelines {
    let specs: [Spec]
    let reportFolder: String?
  }

  /// All pipelines of the file, or the variants that are named.
  ///
  /// - Parameters:
  ///   - running: whether their products and reports are to be made: then every place is looked at.
  ///   - rejected: the folder in which refused products are to be kept.
  ///   - files: what the command writes beside, each with the option that names it.
  func pipelines(
    running: Bool, rejected: String? = nil, files: [(option: String, path: String)] = []
  ) throws(Failure) -> Pipelines {
    let outputs = CommandOutputs(
      running: running
        ? CommandOutputs.Running(
          variants: variants, reportFiles: ReportForms.all.map(\.fileName),
          overviewFiles: ReportForms.overviews.map(\.fileName), rejected: rejected) : nil,
      files: files)
    let file: SpecFile
    do {
      file = try SpecFile.load(
        path: self.file, text: text, settings: planning.settings, registries: .all, outputs: outputs)
    } catch {
      throw Failure(error, .wrongRequest)
    }
    let reportFolder = file.base.report?.absolute
    guard !variants.isEmpty else { return Pipelines(specs: file.all, reportFolder: reportFolder) }
    let known = file.variants.compactMap(\.variant)
    var chosen: [Spec] = []
    for name in variants {
      guard let spec = file.variants.first(where: { $0.variant == name }) else {
        let list = known.isEmpty ? "this file has no variants" : "known are: \(known.joined(separator: ", "))"
        throw Failure(.wrongRequest, "--variant \(name): no such variant; \(list)")
      }
      chosen.append(spec)
    }
    return Pipelines(specs: chosen, reportFolder: reportFolder)
  }

  /// What can be compiled for several pipelines at once.
  func joint(_ plans: [Plan]) throws(Failure) -> [JointCompilation] {
    do { return try JointCompilation.all(plans, on: planning.workers.workers, within: planning.memory) } catch {
      throw Failure(error)
    }
  }

  /// Resolves one pipeline against its model.
  ///
  /// - Parameter ranks: processes that are to make the run together.
  func plan(_ spec: Spec, ranks: Int = 1) throws(Failure) -> Plan {
    do { return try Planner.plan(spec, on: planning.workers.workers, within: planning.memory, ranks: ranks) } catch {
      throw Failure(error)
    }
  }
}
