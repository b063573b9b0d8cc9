import Checkpoints

/// The records of a run, written under temporary names before any product gets its name: a report that cannot be written
/// must stop a run while nothing is published yet.
///
/// `manifest.json` tells of what was published; `report.json` and its readable forms are there in any case where the
/// pipeline asks for a report. Beside a refused product that is kept, one says why.
final class RunRecords {
  /// A record that waits for its name.
  private final class Record {
    private var file: UnpublishedFile?

    init(_ text: String, at path: String) throws(CheckpointError) {
      file = try AtomicFile.prepare(Array(text.utf8).span.bytes, for: path)
    }

    func publish() throws(CheckpointError) {
      guard let file = file.take() else { preconditionFailure("a record is published once") }
      try file.publish()
    }
  }

  private let records: [Record]

  /// Writes the records.
  init(of outcome: Outcome, _ plan: Plan, _ recording: Recording) throws(CheckpointError) {
    var paths: [String] = []
    if let folder = plan.spec.report?.absolute {
      paths.append("\(folder)/report.json")
      if outcome.isPublished { paths.append("\(folder)/manifest.json") }
    } else if outcome.isPublished {
      paths = outcome.products.map { "\($0.path).manifest.json" }
    }
    paths += outcome.products.compactMap { $0.keptAt.map { "\($0).json" } }
    let text = outcome.json()
    var records: [Record] = []
    for path in paths { records.append(try Record(text, at: path)) }
    for file in recording.files(of: outcome, in: plan.spec.report?.absolute) {
      records.append(try Record(file.text, at: file.path))
    }
    self.records = records
  }

  /// Gives the records their names.
  func publish() throws(CheckpointError) {
    for record in records { try record.publish() }
  }
}
