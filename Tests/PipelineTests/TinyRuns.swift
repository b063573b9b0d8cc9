import Foundation
import Models
import Pipeline
import Spec
import Tensors
import TestSupport
import Testing
import Validation

extension TinyProject {
  /// The pipeline of the file.
  func spec(_ settings: [String] = []) throws -> Spec {
    try SpecFile.load(path: file, settings: settings, registries: .all).base
  }

  func plan(_ settings: [String] = [], workers: Int = 2) throws -> Plan {
    try Planner.plan(try spec(settings), on: Workers(count: workers))
  }

  /// - Parameter ranks: how many processes make the run together; here they are threads.
  @discardableResult
  func run(
    _ settings: [String] = [], workers: Int = 2, ranks: Int = 1, journals: JournalUse = .none,
    observer: @escaping RunObserver = { _ in }
  ) throws -> Outcome {
    let outcomes = try LocalRanks.run(ranks) { own in
      try self.part(of: own, try self.plan(settings, workers: workers), workers, journals, observer)
    }
    return try #require(outcomes.first ?? nil)
  }

  /// What one of several ranks does in a run.
  private func part(
    of own: any Ranks, _ plan: Plan, _ workers: Int, _ journals: JournalUse, _ observer: @escaping RunObserver
  ) throws -> Outcome? {
    let quiet: RunObserver = { _ in }
    let run = Run(
      plan, on: Workers(count: workers), over: own, journals: journals, observer: own.isFirst ? observer : quiet)
    if own.isFirst { return try run.execute() }
    try run.follow()
    return nil
  }

  /// The message of the error that planning throws, with the folder cut from its paths; nil when there is none.
  func planningError(_ settings: [String] = []) throws -> String? {
    let spec = try spec(settings)
    do throws(RunError) {
      _ = try Planner.plan(spec, on: Workers(count: 2))
      return nil
    } catch {
      return error.description.replacing(path("") + "/", with: "").replacing(path(""), with: "")
    }
  }

  /// Expects that the file or the plan is refused in words that hold all of `fragments`.
  func expectRefusal(saying fragments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let message: String
    do {
      message = try #require(try planningError(), sourceLocation: sourceLocation)
    } catch let error as SpecErrors {
      message = error.description
    }
    for fragment in fragments {
      #expect(message.contains(fragment), "\(message) lacks \(fragment)", sourceLocation: sourceLocation)
    }
  }

  func bytes(_ name: String) throws -> Data {
    try Data(contentsOf: URL(filePath: path(name)))
  }

  /// A JSON file.
  func object(_ name: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: try bytes(name)) as? [String: Any] ?? [:]
  }

  func model(_ name: String) throws -> ModelSource {
    try ModelSource(path: path(name), on: Workers(count: 2))
  }
}

/// SHA-256 of bytes in hexadecimal digits.
func sha256(_ data: Data) -> String {
  var digest = SHA256()
  digest.update(Array(data).span.bytes)
  return digest.hexadecimal()
}

/// A measured figure, not a number where it was not measured.
func value(_ measurements: Measurements, _ measure: Measure) -> Double {
  measurements[measure]?.value ?? .nan
}
