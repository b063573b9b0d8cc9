import Checkpoints
import Foundation
import JSON
import Tensors
import Validation

/// The manifest or report of an earlier run, as far as it is read again.
package struct PublishedRecord: Sendable {
  /// What stands in the file under the names that `Outcome` writes.
  private struct Content: Decodable {
    struct Weights: Decodable {
      struct Input: Decodable {
        let sha256: String
      }

      let weights: [Input]
    }

    let schema: Int
    let name: String
    let variant: String?
    let isPublished: Bool
    let date: String?
    let seconds: Double?
    let products: [ProductOutcome]
    let recipeDigest: String
    let recipe: Weights
    let ledger: Ledger
  }

  package let path: String
  private let content: Content

  package var name: String { content.name }
  package var variant: String? { content.variant }
  package var isPublished: Bool { content.isPublished }
  /// When the run ended, as `2026-01-31T12:00:00Z`.
  package var date: String? { content.date }
  package var seconds: Double? { content.seconds }
  package var products: [ProductOutcome] { content.products }
  package var recipeDigest: String { content.recipeDigest }
  package var ledger: Ledger { content.ledger }
  /// SHA-256 of each file of the original's weights.
  package var weights: [String] { content.recipe.weights.map(\.sha256) }

  /// Reads a record.
  ///
  /// - Parameter path: a `manifest.json` or `report.json`, or a folder with one.
  package init(contentsOf path: String) throws(CheckpointError) {
    self.path = try Self.file(path)
    let file: MappedFile
    do { file = try MappedFile(path: self.path) } catch { throw .file(error) }
    // Text that is no JSON is told with line and column.
    let bytes = file.bytes.array()
    _ = try JSONValue(unsafe bytes.span.bytes, path: self.path)
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    do {
      content = try decoder.decode(Content.self, from: Data(bytes))
    } catch {
      throw Self.malformed(self.path, error)
    }
    guard content.schema == Outcome.schema else {
      throw .setting(
        path: self.path, key: "schema", found: "\(content.schema)",
        expected: "\(Outcome.schema), as this version writes")
    }
    guard !content.products.isEmpty else {
      throw .setting(path: self.path, key: "products", found: "none", expected: "at least one")
    }
  }

  private static func file(_ path: String) throws(CheckpointError) -> String {
    var isFolder: ObjCBool = false
    guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
      return path
    }
    // The report is that of the last run. A manifest says the same or, where an earlier version left it beside the report of a
    // refused run, what is no longer true.
    let names = ["report.json", "manifest.json"]
    let file = names.map { "\(path)/\($0)" }.first { FileManager.default.fileExists(atPath: $0) }
    guard let file else { throw .missing(path: path, lookedFor: names.joined(separator: " or ")) }
    return file
  }

  private static func malformed(_ path: String, _ error: any Error) -> CheckpointError {
    let expected = "a manifest.json or report.json of Planish"
    guard let error = error as? DecodingError else {
      return .setting(path: path, key: "", found: "\(error)", expected: expected)
    }
    let context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context): context
      case .keyNotFound(let key, let context):
        DecodingError.Context(codingPath: context.codingPath + [key], debugDescription: "nothing")
      @unknown default: DecodingError.Context(codingPath: [], debugDescription: "\(error)")
      }
    let key = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    let found = if case .keyNotFound = error { "nothing" } else { context.debugDescription }
    return .setting(path: path, key: key.isEmpty ? "its content" : key, found: found, expected: expected)
  }

  /// The product to compare another with: the one of the same file name, or the only one.
  package func product(like path: String) -> ProductOutcome? {
    let name = URL(filePath: path).lastPathComponent
    let same = products.filter { URL(filePath: $0.path).lastPathComponent == name }
    if same.count == 1 { return same[0] }
    return products.count == 1 ? products[0] : nil
  }
}
