import Pipeline

/// A page that shows many runs one after the other.
package struct HTMLHistory: Sendable {
  package init() {}

  package var fileName: String { "history.html" }

  /// The whole file.
  ///
  /// - Parameter folder: where it will stand; links are relative to it.
  package func text(of history: RecordHistory, in folder: String) -> String {
    Templates.all.render(HistoryView(history, in: folder), with: "history")
  }
}
