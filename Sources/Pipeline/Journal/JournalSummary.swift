import Checkpoints
import Foundation

/// A journal as `planish clean` lists it, or what is kept of the original's answers.
package struct JournalSummary: Sendable, Encodable {
  /// What a journal says of itself.
  struct About: Codable {
    let name: String?
    let type: String?
    let layers: Int?
    /// Where the journal is for some blocks alone.
    var blocks: BlockRange?
  }

  package let path: String
  /// What the pipeline calls the model; nil where the file is no journal of this version.
  package let name: String?
  /// The type or mix of the product.
  package let type: String?
  package let blocks: Int
  package let blocksOfModel: Int?
  /// The blocks that the journal is for, such as `16..31`; nil where it is for all.
  package let range: String?
  package let isFinished: Bool
  /// Whether a run is writing it now.
  package let isLocked: Bool
  /// Of the journal and its files of activations.
  package let bytes: Int
  /// When it was written last, as `2026-01-31T12:00:00Z`.
  package let date: String
  /// Seconds since then.
  package let age: Double

  /// The journals in a folder of journals, or in the hidden one of a folder, oldest first.
  package static func all(in folder: String) throws(CheckpointError) -> [JournalSummary] {
    let url = URL(filePath: folder)
    let own = url.lastPathComponent == JournalPlace.folderName ? url : url.appending(path: JournalPlace.folderName)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: own.path)) ?? []
    var all: [JournalSummary] = []
    let endings = [JournalPlace.ending, StatesPlace.ending]
    for name in names.sorted() where endings.contains(where: name.hasSuffix) {
      all.append(try JournalSummary(own.appending(path: name).path))
    }
    return all.sorted { ($1.age, $0.path) < ($0.age, $1.path) }
  }

  private init(_ path: String) throws(CheckpointError) {
    self.path = path
    let glance = try RecordLog.glance(at: path)
    let isJournal = path.hasSuffix(JournalPlace.ending)
    let kinds = isJournal ? glance.kinds.compactMap(Journal.Kind.init) : []
    let own = Self.about(glance)
    name = own?.name
    type = own?.type
    blocksOfModel = own?.layers
    range = own?.blocks?.description
    blocks = kinds.count { $0 == .block }
    isFinished = kinds.contains(.end)
    isLocked = glance.isLocked
    let files = ([path] + (isJournal ? JournalPlace.textPaths(of: path) : [])).compactMap {
      try? FileManager.default.attributesOfItem(atPath: $0)
    }
    bytes = files.reduce(0) { $0 + (($1[.size] as? NSNumber)?.intValue ?? 0) }
    let written = files.compactMap { $0[.modificationDate] as? Date }.max() ?? .now
    date = written.formatted(.iso8601)
    age = Date.now.timeIntervalSince(written)
  }

  /// What a journal says of itself; nil where it is none of this version.
  static func about(_ glance: RecordLog.Glance) -> About? { Journal.decode(About.self, glance.first.span.bytes) }

  /// Removes the journal with its files, and the folder of journals if nothing else is in it.
  ///
  /// - Returns: false where a run is writing it now; it stays then.
  package func remove() throws(CheckpointError) -> Bool {
    guard try RecordLog.removeUnlocked(path) else { return false }
    if path.hasSuffix(JournalPlace.ending) { JournalPlace.removeTexts(of: path) }
    RecordLog.removeFolder(URL(filePath: path).deletingLastPathComponent().path)
    return true
  }
}
