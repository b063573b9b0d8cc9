import Checkpoints
import Foundation

/// The records of many runs, oldest first.
package struct RecordHistory: Sendable {
  /// A product through all runs of one pipeline: of the same name, variant and file name.
  package struct Series: Sendable {
    package struct Point: Sendable {
      /// The run's place in `records`, and the product's in that run.
      package let run: Int
      package let product: Int
    }

    package let name: String
    package let variant: String?
    package let file: String
    package fileprivate(set) var points: [Point]
  }

  package let folder: String
  package let records: [PublishedRecord]
  /// Files of a record's name that are none, and why.
  package let notes: [String]

  /// Reads every record below a folder, each run once.
  ///
  /// - Throws: where the folder cannot be read, or holds no record.
  package init(folder: String) throws(CheckpointError) {
    self.folder = folder
    var records: [PublishedRecord] = []
    var notes: [String] = []
    for path in Self.paths(in: folder) {
      do { records.append(try PublishedRecord(contentsOf: path)) } catch { notes.append("\(error)") }
    }
    guard !records.isEmpty else {
      let why = notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"
      throw .missing(
        path: folder, lookedFor: "report.json, manifest.json or NAME.manifest.json of a run, in any folder below\(why)")
    }
    self.records = records.sorted { ($0.date ?? "", $0.path) < ($1.date ?? "", $1.path) }
    self.notes = notes
  }

  /// What could be a record, of a folder with both files the report, in the order of names.
  private static func paths(in folder: String) -> [String] {
    let all = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    let names = Set(all)
    return all.filter { path in
      let file = URL(filePath: path).lastPathComponent
      if file == "report.json" || file.hasSuffix(".manifest.json") { return true }
      return file == "manifest.json" && !names.contains(path.dropLast(file.count) + "report.json")
    }.sorted().map { "\(folder)/\($0)" }
  }

  /// Every product through the runs, in the order of their first.
  package var series: [Series] {
    var places: [String: Int] = [:]
    var all: [Series] = []
    for (run, record) in records.enumerated() {
      for (index, product) in record.products.enumerated() {
        let file = URL(filePath: product.path).lastPathComponent
        let key = [record.name, record.variant ?? "", file].joined(separator: "\n")
        let place = places[key] ?? all.count
        if place == all.count {
          places[key] = place
          all.append(Series(name: record.name, variant: record.variant, file: file, points: []))
        }
        all[place].points.append(.init(run: run, product: index))
      }
    }
    return all
  }
}
