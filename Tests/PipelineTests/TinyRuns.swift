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

  @discardableResult
  func run(
    _ settings: [String] = [], workers: Int = 2, journals: JournalUse = .none,
    observer: @escaping RunObserver = { _ in }
  ) throws -> Outcome {
    try Run(
      try plan(settings, workers: workers), on: Workers(count: workers), journals: journals, observer: observer
    ).execute()
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
