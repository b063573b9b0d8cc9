import Checkpoints
import Foundation
import Spec
import Validation

/// A product as it is compared with another: with what its run's record says of it, or with what it is alone.
package struct ComparedProduct: Sendable {
  /// The file or folder.
  package let path: String
  let record: PublishedRecord?
  let outcome: ProductOutcome?
  let figures: ProductFigures

  /// A product of a run.
  init(_ outcome: ProductOutcome, of record: PublishedRecord) {
    path = outcome.path
    self.record = record
    self.outcome = outcome
    figures = record.figures(of: outcome)
  }

  /// A product that no record tells of.
  package init(path: String, bytes: Int, bitsPerWeight: Double) {
    self.path = path
    record = nil
    outcome = nil
    figures = ProductFigures(exact: [.fileBytes: Double(bytes), .bitsPerWeight: bitsPerWeight])
  }

  var name: String { URL(filePath: path).lastPathComponent }

  /// The record of a product, where it lies beside the product or in a folder beside it.
  ///
  /// - Returns: nil where none is found; a product knows only what it was made of, not where its report is.
  package static func recorded(_ path: String) -> ComparedProduct? {
    let url = URL(filePath: path).standardizedFileURL
    let parent = url.deletingLastPathComponent().path
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []).sorted()
    let places =
      [RecordNames.manifest(beside: url.path)] + RecordNames.all.map { "\(parent)/\($0)" }
      + names.flatMap { name in RecordNames.all.map { "\(parent)/\(name)/\($0)" } }
    for place in places where FileManager.default.fileExists(atPath: place) {
      guard let record = try? PublishedRecord(contentsOf: place), record.isPublished,
        let outcome = record.products.first(where: { URL(filePath: $0.path).standardizedFileURL.path == url.path })
      else { continue }
      return ComparedProduct(outcome, of: record)
    }
    return nil
  }
}

extension PublishedRecord {
  /// Every product of the run.
  package var compared: [ComparedProduct] { products.map { ComparedProduct($0, of: self) } }
}
