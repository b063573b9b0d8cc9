import Checkpoints
import Foundation
import Spec

/// The records of a run, written under temporary names before any product gets its name: a report that cannot be written
/// must stop a run while nothing is published yet.
///
/// `manifest.json` tells of what was published; `report.json` and its readable forms are there in any case where the
/// pipeline asks for a report. Beside a refused product that is kept, one says why.
enum RunRecords {
  /// Adds the records to what is to be published. Where a run is refused, it takes from its report's folder what says that
  /// something is published: the manifest of an earlier run, and an overview that this run does not write anew.
  static func add(
    of outcome: Outcome, _ plan: Plan, _ recording: Recording, to publication: Publication
  ) throws(CheckpointError) {
    let folder = plan.spec.report?.absolute
    var files = recording.files(of: outcome, in: folder)
    let text = outcome.json()
    if let folder {
      files.append(ReportFile(path: "\(folder)/\(RecordNames.report)", text: text))
      for (index, overrides) in outcome.products.compactMap({ $0.spending?.overrides }).enumerated() {
        files.append(
          ReportFile(path: "\(folder)/\(RecordNames.types(ofProduct: index + 1))", text: overrides))
      }
      if outcome.isPublished { files.append(ReportFile(path: "\(folder)/\(RecordNames.manifest)", text: text)) }
    } else if outcome.isPublished {
      files += outcome.products.map { ReportFile(path: RecordNames.manifest(beside: $0.path), text: text) }
    }
    files += outcome.products.compactMap { product in
      product.keptAt.map { ReportFile(path: RecordNames.record(besideRejected: $0), text: text) }
    }
    for file in files {
      publication.add(
        try AtomicFile.prepare(unsafe Array(file.text.utf8).span.bytes, for: file.path).pending(), as: .record)
    }
    guard !outcome.isPublished, let folder else { return }
    let written = Set(files.map(\.path))
    let claims = ["\(folder)/\(RecordNames.manifest)"] + recording.earlierOverviews
    // What the run was compared with stays: it tells of the products that still stand.
    let baseline = plan.baseline.map { Place($0.path).path }
    for path in claims where !written.contains(path) && Place(path).path != baseline { publication.remove(path) }
  }
}
