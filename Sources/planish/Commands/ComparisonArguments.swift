import Checkpoints
import Foundation
import Pipeline
import Spec

/// What `compare` is asked to compare.
struct ComparisonArguments {
  private enum Side {
    case run(PublishedRecord)
    case product(ComparedProduct)

    /// The product, where there is but one.
    var single: ComparedProduct? {
      switch self {
      case .product(let product): product
      case .run(let record): record.compared.count == 1 ? record.compared[0] : nil
      }
    }
  }

  /// Why two things cannot be compared.
  private struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  private let first: Side
  private let second: Side?

  init(_ first: String, _ second: String?) throws {
    self.first = try Self.side(first)
    self.second = try second.map(Self.side)
  }

  func comparison() throws -> RecordComparison {
    switch (first, second) {
    case (.run(let record), nil):
      guard record.products.count > 1 else {
        throw Mistake(
          description:
            "\(record.path): found a run of one product, expected several, or another run or product to compare with")
      }
      return RecordComparison(within: record)
    case (.product(let product), nil):
      throw Mistake(description: "\(product.path): found one product, expected another to compare it with")
    case (.run(let first), .run(let second)?):
      return RecordComparison(first, second)
    case (let first, let second?):
      guard let a = first.single, let b = second.single else {
        throw Mistake(
          description: "found a product beside a run of several products, expected two products or two runs")
      }
      return RecordComparison(a, b)
    }
  }

  /// A record is a JSON file or a folder that holds one; everything else is a product.
  private static func side(_ path: String) throws -> Side {
    var isFolder: ObjCBool = false
    let isThere = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
    let holdsRecord = RecordNames.all.contains { FileManager.default.fileExists(atPath: "\(path)/\($0)") }
    let holdsModel = FileManager.default.fileExists(atPath: "\(path)/config.json")
    guard isThere, isFolder.boolValue ? holdsModel && !holdsRecord : !path.lowercased().hasSuffix(".json") else {
      return .run(try PublishedRecord(contentsOf: path))
    }
    if let product = ComparedProduct.recorded(path) { return .product(product) }
    let report = try CheckpointReport(path: path)
    return .product(ComparedProduct(path: path, bytes: try size(of: path), bitsPerWeight: report.bitsPerWeight))
  }

  /// Bytes of a file, or of all files in a folder.
  private static func size(of path: String) throws -> Int {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    _ = files.fileExists(atPath: path, isDirectory: &isFolder)
    let names = isFolder.boolValue ? try files.contentsOfDirectory(atPath: path).map { "\(path)/\($0)" } : [path]
    return try names.reduce(0) { $0 + ((try files.attributesOfItem(atPath: $1)[.size] as? Int) ?? 0) }
  }
}
