import ArgumentParser
import Foundation
import Pipeline
import Spec

struct CleanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clean",
    abstract: "Lists the journals that runs left beside their products, and removes them.",
    discussion: """
      A journal lets the same command go on where a run was ended, and makes further containers of a finished run without \
      calibration. Nothing else needs it.

      EXAMPLES:
        planish clean
        planish clean build --remove
        planish clean build other --remove --older-than 30
      """)

  @Argument(
    help: "Folders that products are in. (default: the current folder, and those in it)",
    completion: .directory)
  var folders: [String] = []
  @Flag(help: "Removes the journals that are listed, but for those that a run is writing now.")
  var remove = false
  @Option(help: ArgumentHelp("Only journals that nothing was written to for so long.", valueName: "days"))
  var olderThan: Double?
  @OptionGroup var format: FormatOptions

  func validate() throws {
    if let olderThan, olderThan < 0 {
      throw ValidationError("found --older-than \(olderThan), expected a number of days of at least 0")
    }
  }

  func run() throws {
    let places = try places()
    do {
      var entries: [CleanAnswer.Entry] = []
      for folder in places {
        for journal in try JournalSummary.all(in: folder) where journal.age >= (olderThan ?? 0) * 86_400 {
          entries.append(CleanAnswer.Entry(journal: journal, isRemoved: remove ? try journal.remove() : false))
        }
      }
      guard !format.json else { return Answer.give(CleanAnswer(journals: entries), "clean") }
      Terminal.answer(CleanAnswer.text(entries))
    } catch {
      throw Failure(because: error)
    }
  }

  /// The folders that are named; without any the current one, and those in it.
  private func places() throws(Failure) -> [String] {
    let manager = FileManager.default
    guard folders.isEmpty else {
      for folder in folders {
        var isFolder: ObjCBool = false
        guard manager.fileExists(atPath: folder, isDirectory: &isFolder), isFolder.boolValue else {
          throw Failure(.wrongRequest, "\(folder): found no folder, expected one that products are in")
        }
      }
      return folders
    }
    let names = (try? manager.contentsOfDirectory(atPath: ".")) ?? []
    return ["."]
      + names.sorted().filter { name in
        var isFolder: ObjCBool = false
        return !name.hasPrefix(".") && manager.fileExists(atPath: name, isDirectory: &isFolder) && isFolder.boolValue
      }
  }
}

/// The journals that were found.
struct CleanAnswer: Encodable {
  struct Entry: Encodable {
    let journal: JournalSummary
    let isRemoved: Bool
  }

  let journals: [Entry]

  /// A table, and what it comes to.
  static func text(_ entries: [Entry]) -> String {
    guard !entries.isEmpty else { return "no journals" }
    var table = TextTable(columns: [.left, .right, .right, .left, .left])
    table.add("journal", "size", "age", "for", "state")
    for entry in entries {
      let journal = entry.journal
      let blocks = journal.blocksOfModel.map { "\(journal.blocks) of \($0) blocks" } ?? "-"
      table.add(
        journal.path, journal.bytes.asBytes, journal.age.asRoughDuration,
        [journal.name, journal.type].compactMap(\.self).joined(separator: " "),
        (journal.range.map { "\($0): " } ?? "")
          + (journal.isLocked ? "being written" : journal.isFinished ? "finished" : blocks))
    }
    let gone = entries.filter(\.isRemoved)
    let bytes = (gone.isEmpty ? entries : gone).reduce(0) { $0 + $1.journal.bytes }
    let sum =
      gone.isEmpty
      ? "\(bytes.asBytes) in all; --remove removes them" : "removed \(gone.count) of \(entries.count), \(bytes.asBytes)"
    return "\(table.text)\n\(sum)"
  }
}
