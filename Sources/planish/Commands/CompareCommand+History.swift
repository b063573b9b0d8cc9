import Checkpoints
import Foundation
import Pipeline
import Reports

extension CompareCommand {
  /// Writes the page of all runs below a folder and says where it is.
  func writeHistory(of folder: String) throws {
    do {
      let records = try RecordHistory(folder: folder)
      let page = output ?? "\(folder)/\(HTMLHistory().fileName)"
      let parent = URL(filePath: page).deletingLastPathComponent().path
      let text = HTMLHistory().text(of: records, in: parent)
      try AtomicFile.write(text, to: page)
      guard !format.json else { return Answer.give(HistoryAnswer(records, page: page), "compare") }
      Terminal.answer(Self.sentence(records, page))
    } catch {
      throw Failure(because: error)
    }
  }

  private static func sentence(_ history: RecordHistory, _ page: String) -> String {
    let notes = history.notes.map { "note: not read: \($0)\n" }.joined()
    let count = history.records.count
    let products = history.series.count
    return
      "\(notes)\(count) \(count == 1 ? "run" : "runs"), \(products) \(products == 1 ? "product" : "products"): \(page)"
  }
}

/// What a history found, for programs.
private struct HistoryAnswer: Encodable {
  let page: String
  let runs: [Run]

  struct Run: Encodable {
    let path: String
    let name: String
    let variant: String?
    let date: String?
    let isPublished: Bool
    let recipeDigest: String
  }

  init(_ history: RecordHistory, page: String) {
    self.page = page
    runs = history.records.map {
      Run(
        path: $0.path, name: $0.name, variant: $0.variant, date: $0.date, isPublished: $0.isPublished,
        recipeDigest: $0.recipeDigest)
    }
  }
}
