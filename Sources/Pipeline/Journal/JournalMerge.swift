import Checkpoints
import Foundation

/// Puts journals of some blocks each together to the journals of whole models, from which the same run then writes its products.
package struct JournalMerge {
  /// A journal of some blocks.
  private struct Part {
    let path: String
    let blocks: BlockRange
  }

  /// Where the whole journals are to be: by plan and edition.
  private let places: [[JournalPlace]]
  private let plans: [Plan]

  package init(_ plans: [Plan]) throws(RunError) {
    self.plans = plans
    do throws(CheckpointError) {
      var places: [[JournalPlace]] = []
      for plan in plans {
        let inputs = try RecipeInputs(plan)
        places.append(plan.editions.indices.map { Journals.place(plan, $0, inputs) })
      }
      self.places = places
    } catch {
      throw .checkpoint(error)
    }
  }

  /// Merges the journals of some files and folders.
  ///
  /// - Parameter paths: of journals, each of which must be one of these plans', or of folders in which there may be others too. The
  ///   folders of the products are looked into as well.
  /// - Throws: `.merge` where a file is no such journal, or where blocks are missing, there twice, or not done.
  package func execute(_ paths: [String]) throws(RunError) {
    let parts = try parts(paths)
    for (plan, places) in zip(plans, places) {
      for (edition, place) in places.enumerated() {
        if try glance(place.path).kinds.last == Journal.Kind.end.rawValue { continue }
        try merge(try inOrder(parts[place.key] ?? [], plan, edition), into: place, plan, edition)
      }
    }
  }

  private func merge(_ parts: [Part], into place: JournalPlace, _ plan: Plan, _ edition: Int) throws(RunError) {
    var opened: [Journal] = []
    do throws(CheckpointError) {
      for part in parts {
        let about = JournalSummary.About(name: nil, type: nil, layers: nil, blocks: part.blocks)
        let own = JournalPlace(key: place.key, path: part.path)
        opened.append(try Journal(own, about: about, first: part.blocks.first, fresh: false))
      }
    } catch {
      throw .checkpoint(error)
    }
    for (part, journal) in zip(parts, opened) where !journal.isFinished {
      throw .merge(
        "\(part.path): found \(journal.blocks.count) blocks, expected all of \(part.blocks); "
          + "go on with planish run --blocks \(part.blocks)")
    }
    do throws(CheckpointError) {
      let whole = try Journals.open(plan, edition, place, .fresh)
      for journal in opened { try whole.take(journal) }
      try whole.finish()
    } catch {
      throw .checkpoint(error)
    }
  }

  /// The parts of one journal, which together are all of its blocks once.
  private func inOrder(_ parts: [Part], _ plan: Plan, _ edition: Int) throws(RunError) -> [Part] {
    let sorted = parts.sorted { ($0.blocks.first, $0.path) < ($1.blocks.first, $1.path) }
    let layers = plan.source.shape.layers
    let type = plan.editions[edition].type
    var next = 0
    for part in sorted {
      guard part.blocks.first == next else {
        let found =
          part.blocks.first > next
          ? "no journal of the blocks \(next)..\(part.blocks.first - 1)" : "the block \(part.blocks.first) twice"
        throw .merge("\(type): found \(found), expected each block of 0..\(layers - 1) once; the last was \(part.path)")
      }
      next = part.blocks.last + 1
    }
    guard next == layers else {
      throw .merge(
        """
        \(type): found no journal of the blocks \(next)..\(layers - 1); expected one for each range of blocks, made by \
        planish run --blocks from the same files under the same arithmetic (\(Arithmetic.current))
        """)
    }
    return sorted
  }

  /// Journals of blocks by their keys.
  private func parts(_ paths: [String]) throws(RunError) -> [String: [Part]] {
    let keys = Set(places.joined().map(\.key))
    var parts: [String: [Part]] = [:]
    var seen: Set<String> = []
    func add(_ path: String, isNamed: Bool) throws(RunError) {
      let path = URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
      guard seen.insert(path).inserted else { return }
      let glance = try glance(path)
      guard let key = glance.key, keys.contains(key), let blocks = JournalSummary.about(glance)?.blocks else {
        guard isNamed else { return }
        throw .merge(
          """
          \(path): found \(glance.key.map { "the key \($0.prefix(16))" } ?? "no journal"), expected a journal of some blocks with \
          one of the keys \(keys.map { String($0.prefix(16)) }.sorted().joined(separator: ", ")): another pipeline, other files or \
          another arithmetic than \(Arithmetic.current) made it
          """)
      }
      parts[key, default: []].append(Part(path: path, blocks: blocks))
    }
    for path in paths {
      guard FileManager.default.fileExists(atPath: path) else {
        throw .merge("\(path): not there; expected a journal of some blocks, or a folder of journals")
      }
      let journals = try journals(in: path)
      for journal in journals ?? [path] { try add(journal, isNamed: journals == nil) }
    }
    for place in places.joined() {
      let folder = URL(filePath: place.path).deletingLastPathComponent().path
      for journal in try journals(in: folder) ?? [] { try add(journal, isNamed: false) }
    }
    return parts
  }

  private func glance(_ path: String) throws(RunError) -> RecordLog.Glance {
    do { return try RecordLog.glance(at: path) } catch { throw .checkpoint(error) }
  }

  /// Nil where a path is no folder.
  private func journals(in path: String) throws(RunError) -> [String]? {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else { return nil }
    do { return try JournalSummary.all(in: path).filter { $0.range != nil }.map(\.path) } catch {
      throw .checkpoint(error)
    }
  }
}
