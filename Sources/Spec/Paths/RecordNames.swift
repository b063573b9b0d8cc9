/// What the records of a run are called, and where they stand.
package enum RecordNames {
  package static let manifest = "manifest.json"
  package static let report = "report.json"
  /// In the folder of a report.
  package static let all = [report, manifest]

  /// In the folder of a report, the types that a budget bought, as a part of a pipeline file.
  ///
  /// - Parameter product: its number among those that were given a budget, from 1 up.
  package static func types(ofProduct product: Int) -> String { product == 1 ? "types.yaml" : "types-\(product).yaml" }

  /// The manifest of a product without a report.
  package static func manifest(beside product: String) -> String { "\(product).\(manifest)" }

  /// What says why a product was refused.
  package static func record(besideRejected product: String) -> String { "\(product).json" }
}
